"""Ended before it was done."""

import numpy as np
import pytest
from diagnosis.curves import EPOCH, Values, along, evidence, falling, found, jittered, run, silent, turning

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict

T = along(60)


@pytest.mark.parametrize(("rate", "verdict"), [(1.0, Verdict.UNDERFITTING), (4.0, Verdict.GOOD_FIT)])
def test_validation_falls_at_the_end(rate: float, verdict: Verdict) -> None:
    curve = falling(60, rate=rate)
    state = run(jittered(curve, 0.003), jittered(curve, 0.003, seed=1))
    finding = found(state, Symptom.STILL_IMPROVING)
    assert finding.severity is Severity.INFO
    assert finding.since_step == pytest.approx(36 * EPOCH, abs=EPOCH)
    assert examine(state).verdict is verdict


def test_the_promise() -> None:
    told = evidence(found(run(2.3 - T, 2.3 - T), Symptom.STILL_IMPROVING), "predicted_gain")
    assert told.numbers["last"] == pytest.approx(1.3, abs=0.03)
    assert told.numbers["predicted"] == pytest.approx(0.8, abs=0.05)  # half as many epochs again
    assert told.value == pytest.approx(1 - told.numbers["predicted"] / told.numbers["last"])


@pytest.mark.parametrize(
    ("name", "train", "val"),
    [
        ("has levelled off", falling(60), falling(60)),
        ("rises", falling(60, rate=1), turning(60, turn=0.5, end=0.9)),
        ("falls while training rises", 1 + 0.5 * T, 2.3 - T),
        ("falls ever faster, as at the end of a schedule", 2.3 - T**6, 2.3 - T**6),
        ("falls less than its noise", falling(60, rate=1), jittered(2.3 - 0.02 * T, 0.05)),
    ],
)
def test_the_near_miss(name: str, train: Values, val: Values) -> None:
    assert silent(run(jittered(train, 0.002), jittered(val, 0.002, seed=1)), Symptom.STILL_IMPROVING)


def test_the_last_gain_of_a_schedule_is_no_promise() -> None:
    curve = falling(60, rate=4.5)
    cosine = 0.05 + 0.5 * (1 + np.cos(np.pi * T))
    assert not silent(run(curve, curve, lr=1.0), Symptom.STILL_IMPROVING)
    assert silent(run(curve, curve, lr=cosine), Symptom.STILL_IMPROVING)


def test_five_validations_are_too_few() -> None:
    assert silent(run(falling(5, rate=1), falling(5, rate=1)), Symptom.STILL_IMPROVING)
    assert not silent(run(2.3 - along(12), 2.3 - along(12)), Symptom.STILL_IMPROVING)


def test_a_short_training_can_promise_too() -> None:
    """Nine validations leave too few for a trend in the window before the last."""
    curve = 2.3 - 1.4 * along(9) ** 0.8
    assert evidence(found(run(curve, curve), Symptom.STILL_IMPROVING), "predicted_gain").value > 0.1


@pytest.mark.parametrize(("lr", "told"), [(1e-4, True), (None, False)])
def test_a_fall_that_gets_faster_is_no_decay_where_the_rate_is_constant(lr: float | None, told: bool) -> None:
    curve = jittered(2.3 - 1.3 * along(60) ** 2, 0.002)
    state = run(curve, curve, lr=None if lr is None else np.full(60, lr))
    assert silent(state, Symptom.STILL_IMPROVING) is not told


def test_nobody_is_promised_a_loss_below_nothing() -> None:
    curve = 2.3 - 2.2 * along(60)
    told = evidence(found(run(curve, curve, lr=np.full(60, 1e-3)), Symptom.STILL_IMPROVING), "predicted_gain")
    assert told.value == pytest.approx(0.9) and told.numbers["predicted"] > 0
