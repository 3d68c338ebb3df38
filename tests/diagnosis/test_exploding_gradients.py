"""Gradients that are now and then far longer than usual."""

import numpy as np
import pytest
from diagnosis.curves import Values, evidence, falling, found, jittered, run, silent

from dltui.diagnosis.finding import Severity, Symptom


def norms(at: int, factor: float, length: int = 200) -> Values:
    """Gradient norms about 2, and one that is ``factor`` times as long."""
    values = jittered(np.full(length, 2.0), 0.1)
    values[at] = 2.0 * factor
    return values


@pytest.mark.parametrize(
    ("at", "factor", "told"),
    [(100, 100, True), (199, 100, True), (100, 50, False), (5, 1000, False), (100, 1, False)],
)
def test_seventy_times_the_median_after_the_first_steps(at: int, factor: float, told: bool) -> None:
    state = run(falling(200), falling(20), grad_norm=norms(at, factor))
    assert silent(state, Symptom.EXPLODING_GRADIENTS) is not told
    if not told:
        return
    finding = found(state, Symptom.EXPLODING_GRADIENTS)
    told_of = evidence(finding, "grad_norm_spike")
    assert (finding.severity, finding.since_step) == (Severity.WARNING, at + 1)
    assert told_of.value == pytest.approx(factor, rel=0.05)
    assert told_of.numbers == pytest.approx({"median": 2.0, "largest": 2.0 * factor}, rel=0.05)


def test_a_few_norms_have_no_usual_one() -> None:
    assert silent(run(falling(11), falling(11), grad_norm=norms(8, 1000, 11)), Symptom.EXPLODING_GRADIENTS)


def test_norms_of_0_have_no_multiple() -> None:
    state = run(falling(200), falling(20), grad_norm=np.where(np.arange(200) == 150, 1.0, 0.0))
    assert silent(state, Symptom.EXPLODING_GRADIENTS)


def test_a_log_without_norms_says_nothing() -> None:
    assert silent(run(falling(200), falling(20)), Symptom.EXPLODING_GRADIENTS)


@pytest.mark.parametrize("steps", [2_400, 24_000, 100_000])
def test_one_giant_is_found_in_a_log_of_any_length(steps: int) -> None:
    norms = np.full(steps, 2.0)
    norms[steps // 2] = 2000.0
    finding = found(run(falling(steps), falling(60), grad_norm=norms), Symptom.EXPLODING_GRADIENTS)
    assert evidence(finding, "grad_norm_spike").value == pytest.approx(1000, rel=0.01)
