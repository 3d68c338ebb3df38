"""A training that waits for its data."""

import numpy as np
import pytest
from diagnosis.curves import evidence, falling, found, rows, silent

from dltui.diagnosis.finding import Severity, Symptom
from dltui.runs.update import Batch
from dltui.series.state import RunState

STEPS = 400
"""A tenth of a second each."""


def waiting(share: float | np.ndarray, steps: int = STEPS) -> RunState:
    """A run whose steps wait for so large a part of their time."""
    state = RunState()
    given = {"train_loss": falling(steps), "data_wait": np.broadcast_to(share, steps)}
    state.extend(Batch(steps=rows(np.arange(1, steps + 1), given, ("train_loss", "data_wait"))))
    return state


def test_half_of_the_time() -> None:
    finding = found(waiting(0.5), Symptom.INPUT_BOUND)
    assert (finding.severity, finding.guide_step) == (Severity.WARNING, 4)
    told = evidence(finding, "data_wait")
    assert told.value == pytest.approx(0.5)
    assert told.numbers == pytest.approx({"wait_ms": 50, "step_ms": 100})


def test_bursts_of_workers_count_by_their_time() -> None:
    assert not silent(waiting(np.tile([0.0, 0.9], STEPS // 2)), Symptom.INPUT_BOUND)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.29])
def test_a_little_waiting_is_ordinary(share: float) -> None:
    assert silent(waiting(share), Symptom.INPUT_BOUND)


def test_what_is_short_or_over_is_not_told() -> None:
    assert silent(waiting(0.9, steps=90), Symptom.INPUT_BOUND)  # 9 seconds
    assert silent(waiting(0.9, steps=12), Symptom.INPUT_BOUND)
    assert silent(waiting(np.r_[np.full(STEPS // 2, 0.9), np.zeros(STEPS // 2)]), Symptom.INPUT_BOUND)


def test_a_log_without_it_says_nothing() -> None:
    assert silent(waiting(np.nan), Symptom.INPUT_BOUND)
