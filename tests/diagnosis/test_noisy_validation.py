"""The validation curve is too ragged to steer by."""

import math

import pytest
from diagnosis.curves import EPOCH, evidence, falling, found, jittered, plan, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict

SOUND = falling(60, first=1.5, last=0.8)


@pytest.mark.parametrize(
    ("share", "severity"), [(0.005, None), (0.02, None), (0.1, Severity.INFO), (0.4, Severity.WARNING)]
)
@pytest.mark.parametrize("seed", range(3))
def test_how_ragged(share: float, severity: Severity | None, seed: int) -> None:
    state = run(SOUND, jittered(SOUND, share, seed))
    if severity is None:
        assert silent(state, Symptom.NOISY_VALIDATION)
        return
    finding = found(state, Symptom.NOISY_VALIDATION)
    told = evidence(finding, "val_noise")
    assert finding.severity is severity
    assert finding.since_step == 31 * EPOCH
    assert told.value == pytest.approx(share, rel=0.5)
    assert told.numbers["level"] == pytest.approx(0.8, rel=0.2)
    assert examine(state).verdict is not Verdict.OVERFITTING


def test_what_the_size_of_the_set_explains() -> None:
    state = run(SOUND, jittered(SOUND, 0.1), manifest=plan(n_val=100))
    told = evidence(found(state, Symptom.NOISY_VALIDATION), "expected_noise")
    assert told.value == pytest.approx(0.8 / math.sqrt(100))
    assert told.numbers == {"n_val": 100}


def test_a_ragged_beginning_is_usual() -> None:
    val = SOUND.copy()
    val[:30] = jittered(val[:30], 0.4)
    assert silent(run(SOUND, val), Symptom.NOISY_VALIDATION)


def test_noise_of_a_loss_near_0_does_not_matter() -> None:
    tiny = falling(60, last=1e-5, rate=20)
    assert silent(run(tiny, jittered(tiny, 0.3)), Symptom.NOISY_VALIDATION)


@pytest.mark.parametrize(("validations", "told"), [(23, False), (24, True)])
def test_four_times_the_least_validations_are_needed(validations: int, told: bool) -> None:
    val = jittered([1.0] * validations, 0.3)
    assert silent(run([1.0] * validations, val), Symptom.NOISY_VALIDATION) is not told
