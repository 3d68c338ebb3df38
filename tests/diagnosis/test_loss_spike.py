"""The training loss jumps up and comes back."""

import numpy as np
import pytest
from diagnosis.curves import Values, evidence, falling, found, jittered, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict


def spiked(*at: int, height: float = 5.0, length: int = 600, width: int = 1) -> Values:
    """A sound curve of a value each step that shoots up to ``height`` at those steps."""
    values = jittered(falling(length), 0.05)
    for step in at:
        values[step - 1 : step - 1 + width] = height
    return values


def test_one_is_a_note() -> None:
    state = run(spiked(300), falling(60))
    finding = found(state, Symptom.LOSS_SPIKE)
    told = evidence(finding, "spike")
    assert finding.severity is Severity.INFO
    assert finding.since_step == pytest.approx(300, abs=3)
    assert told.numbers["count"] == 1
    assert told.value == pytest.approx(5.0 / falling(600)[299], rel=0.2)
    assert examine(state).verdict is Verdict.GOOD_FIT


def test_three_that_undo_all_are_a_warning() -> None:
    finding = found(run(spiked(200, 300, 400), falling(60)), Symptom.LOSS_SPIKE)
    assert finding.severity is Severity.WARNING
    assert evidence(finding, "spike").numbers["count"] == 3
    assert found(run(spiked(200, 300), falling(60)), Symptom.LOSS_SPIKE).severity is Severity.INFO
    low = found(run(spiked(200, 300, 400, height=1.5), falling(60)), Symptom.LOSS_SPIKE)
    assert low.severity is Severity.INFO


def test_none_is_missed_in_a_long_log() -> None:
    train = spiked(77_777, length=100_000)
    finding = found(run(train, falling(50)), Symptom.LOSS_SPIKE)
    assert evidence(finding, "spike").numbers["spike_step"] == pytest.approx(77_777, abs=300)
    assert evidence(finding, "spike").value == pytest.approx(5.0 / 0.3, rel=0.2)


@pytest.mark.parametrize(
    ("name", "train"),
    [
        ("the noise of batches", jittered(falling(600), 0.2)),
        ("in the first twentieth", spiked(20)),
        ("less than a fifth of the descent", spiked(300, height=0.5)),
        ("no spike", falling(600)),
    ],
)
def test_the_near_miss(name: str, train: Values) -> None:
    assert silent(run(train, falling(60)), Symptom.LOSS_SPIKE)


def test_where_the_loss_stays_up_it_is_divergence() -> None:
    state = run(np.where(np.arange(600) > 400, 5.0, spiked()), falling(60))
    assert silent(state, Symptom.LOSS_SPIKE)
    assert examine(state).verdict is Verdict.DIVERGED


def test_a_few_points_have_no_spikes() -> None:
    assert silent(run(np.where(np.arange(19) == 12, 9.0, falling(19)), falling(19)), Symptom.LOSS_SPIKE)
