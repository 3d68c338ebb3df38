"""NaN and infinity in a loss."""

import numpy as np
import pytest
from diagnosis.curves import EPOCH, evidence, falling, found, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict

BAD = [np.nan, np.inf, -np.inf]


def broken(at: slice | int, value: float, length: int = 60) -> np.ndarray:
    """A sound curve that has no number there."""
    values = falling(length)
    values[at] = value
    return values


@pytest.mark.parametrize("value", BAD)
def test_a_loss_that_ends_in_it_is_lost(value: float) -> None:
    state = run(broken(slice(40, None), value), falling(60))
    finding = found(state, Symptom.NON_FINITE)
    assert finding.severity is Severity.CRITICAL
    assert finding.since_step == 41 * EPOCH
    assert evidence(finding, "non_finite_loss").numbers == {"count": 20}
    assert examine(state).verdict is Verdict.DIVERGED


@pytest.mark.parametrize("value", BAD)
def test_one_that_was_survived_is_a_warning(value: float) -> None:
    state = run(broken(20, value), falling(60))
    finding = found(state, Symptom.NON_FINITE)
    assert finding.severity is Severity.WARNING
    assert (finding.since_step, evidence(finding, "non_finite_loss").numbers) == (21 * EPOCH, {"count": 1})
    assert examine(state).verdict is Verdict.GOOD_FIT


def test_it_counts_in_validation_too() -> None:
    state = run(broken(slice(40, None), np.nan), broken(slice(30, None), np.nan))
    finding = found(state, Symptom.NON_FINITE)
    assert finding.since_step == 31 * EPOCH
    assert evidence(finding, "non_finite_loss").numbers == {"count": 50}


def test_before_it_came_it_is_not_told() -> None:
    state = run(broken(slice(40, None), np.nan), falling(60))
    assert examine(state, 40 * EPOCH).find(Symptom.NON_FINITE) is None
    assert examine(state, 41 * EPOCH).find(Symptom.NON_FINITE) is not None


def test_a_nan_among_a_hundred_thousand_steps_is_found() -> None:
    train = falling(100_000)
    train[77_776] = np.nan
    assert found(run(train, falling(50)), Symptom.NON_FINITE).since_step == 77_777


def test_a_huge_number_is_a_number() -> None:
    assert silent(run(broken(20, 1e300), falling(60)), Symptom.NON_FINITE)


def test_a_measurement_that_was_not_made_is_no_nan() -> None:
    assert silent(run(falling(60), None, accuracy=1 - falling(60) / 3), Symptom.NON_FINITE)
