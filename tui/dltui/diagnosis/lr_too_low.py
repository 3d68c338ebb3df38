"""Steps too short: the loss creeps."""

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import drop, explained, is_warming_up, lr_decayed, train_curve, train_motion
from dltui.diagnosis.rows import Series
from dltui.diagnosis.rule import LEAST_VALIDATIONS
from dltui.diagnosis.statistics import confidence, trend
from dltui.diagnosis.usual import usual_lr

STRAIGHT = 0.5
"""A healthy curve is steep first and flat later; one whose last third falls at least half as fast as its first third
creeps along a straight line."""
LITTLE_LEARNED = 0.5
UPDATE_RATIO = 1e-4
"""CS231n: the update should be about 1e-3 of the weights."""
FAR_BELOW_USUAL = 5.0
BUDGET_SHARE = 0.25
LEAST_POINTS = 9


def find(run: Observed) -> Finding | None:
    """Both losses fall slowly and steadily, nearly in a straight line, and have not come far.

    Cause: a learning rate that is too low (or a warm-up that never ends). The curve alone cannot tell it from a problem
    that is hard, so the updates (their norm over that of the weights) and the usual range for the optimiser count
    where the log has them. Silent before a quarter of the planned steps.
    Source: CS231n neural-networks-3 (a low learning rate looks linear; updates of 1e-3).
    """
    train = train_curve(run)
    if (
        run.continued
        or is_warming_up(run)
        or run.validations < LEAST_VALIDATIONS
        or len(train) < LEAST_POINTS
        or run.budget_share < BUDGET_SHARE
    ):
        return None
    move = train_motion(run)
    if move is None or not move.falling:
        return None
    learned = explained(run)
    if (drop(train) if learned is None else learned) > LITTLE_LEARNED:
        return None
    straight = min(_straightness(train), _straightness(run.val))
    ratio = _update_ratio(run)
    low = _below_usual(run)
    if straight < STRAIGHT and not (ratio is not None and low is not None):
        return None
    evidence = [Evidence(name="steady_fall", value=straight, unit=Unit.RATIO), *(each for each in (ratio, low) if each)]
    return Finding(
        symptom=Symptom.LR_TOO_LOW,
        severity=Severity.WARNING if run.plan_known or ratio or low else Severity.INFO,
        confidence=max(confidence(straight, STRAIGHT, STRAIGHT / 3), 0.85 if ratio and low else 0.5),
        since_step=run.first_step,
        evidence=tuple(evidence),
        guide_step=3,
    )


def _straightness(curve: Series) -> float:
    """The slope of the last third over that of the first; 1 is a straight line, near 0 a curve that levelled off."""
    third = len(curve) // 3
    first = trend(curve.step[: third + 1], curve.value[: third + 1])
    last = trend(curve.step[-third - 1 :], curve.value[-third - 1 :])
    if first is None or last is None or first.slope >= 0:
        return 0.0
    return max(0.0, last.slope / first.slope)


def _update_ratio(run: Observed) -> Evidence | None:
    ratio = run.metric("update_ratio").value
    if len(ratio) < 4 or float(np.median(ratio)) > UPDATE_RATIO or lr_decayed(run):
        return None
    numbers = {"low": UPDATE_RATIO, "high": 1e-2}
    return Evidence(name="update_ratio", value=float(np.median(ratio)), unit=Unit.NUMBER, numbers=numbers)


def _below_usual(run: Observed) -> Evidence | None:
    usual = usual_lr(run.hparams)
    lr = float(run.lr.value.max()) if len(run.lr) else float("nan")
    if usual is None or not lr < usual.low / FAR_BELOW_USUAL:
        return None
    return Evidence(name="low_lr", value=lr, unit=Unit.NUMBER, numbers={"low": usual.low, "high": usual.high})
