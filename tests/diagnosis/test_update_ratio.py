"""Updates that are too long or too short for the weights."""

import numpy as np
import pytest
from diagnosis.curves import EPOCH, along, evidence, falling, found, plan, run, silent

from dltui.diagnosis.finding import Severity, Symptom

SOUND = falling(60)


@pytest.mark.parametrize(
    ("ratio", "severity"),
    [
        (1e-7, Severity.WARNING),
        (3e-5, Severity.INFO),
        (2e-4, None),
        (1e-3, None),
        (9e-3, None),
        (5e-2, Severity.INFO),
        (0.5, Severity.WARNING),
    ],
)
def test_a_thousandth_is_usual(ratio: float, severity: Severity | None) -> None:
    state = run(SOUND, SOUND, update_ratio=ratio)
    if severity is None:
        assert silent(state, Symptom.UPDATE_RATIO)
        return
    finding = found(state, Symptom.UPDATE_RATIO)
    assert finding.severity is severity
    assert evidence(finding, "update_ratio").value == pytest.approx(ratio)
    assert EPOCH < finding.since_step <= 5 * EPOCH  # after the warm-up


def test_a_warm_up_does_not_count() -> None:
    assert silent(run(SOUND, SOUND, update_ratio=np.where(along(60) <= 0.05, 0.5, 1e-3)), Symptom.UPDATE_RATIO)


def test_the_end_of_a_schedule_does_not_count() -> None:
    lr = np.where(along(60) < 0.4, 1.0, 0.001)
    assert silent(run(SOUND, SOUND, update_ratio=lr * 1e-3, lr=lr), Symptom.UPDATE_RATIO)
    assert not silent(run(SOUND, SOUND, update_ratio=lr * 1e-3), Symptom.UPDATE_RATIO)


def test_three_values_are_too_few() -> None:
    assert silent(run(falling(4), falling(4), update_ratio=0.5), Symptom.UPDATE_RATIO)


@pytest.mark.parametrize(("last", "severity"), [(0.2, Severity.INFO), (2.0, Severity.WARNING)])
def test_a_training_that_has_converged_stands_still(last: float, severity: Severity) -> None:
    curve = falling(60, last=last, rate=20)
    state = run(curve, curve, update_ratio=np.full(60, 1e-7), manifest=plan(expected_initial_loss=2.3))
    assert found(state, Symptom.UPDATE_RATIO).severity is severity
