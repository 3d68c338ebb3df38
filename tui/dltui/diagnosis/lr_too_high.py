"""Steps too long: the loss jumps about, or waits for the learning rate to come down."""

import math

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import (
    LITTLE_EXPLAINED,
    drop,
    explained,
    last_lr_drop,
    lr_drops,
    train_curve,
    train_motion,
)
from dltui.diagnosis.rows import Series
from dltui.diagnosis.rule import LEAST_VALIDATIONS
from dltui.diagnosis.statistics import confidence, noise, trend
from dltui.diagnosis.usual import usual_lr

OSCILLATION = 0.10
"""Means over whole intervals between validations that still jump by a tenth of their level."""
OF_THE_DESCENT = 0.05
"""Near 0 a tenth of the level is nothing: the jumps must also be a twentieth of all that was learned."""
TURNS = 0.5
"""Of white noise two thirds of all points are turning points; a curve that only wobbles on its way down has fewer."""
LITTLE_LEARNED = 0.15
SET_FREE = 0.15
FAR_ABOVE_USUAL = 5.0
UPDATE_RATIO = 3e-2
"""CS231n: the update should be about 1e-3 of the weights; thirty times that throws away what was learned."""


def find(run: Observed) -> Finding | None:
    """The training does not settle because its steps are too long.

    It looks like a loss that falls at once and then stays high and ragged, or that only begins to fall when the
    schedule lowers the learning rate. Three signs, each enough: the mean training loss between validations jumps by a
    tenth of its level and goes nowhere; nothing was learned until the learning rate dropped; the learning rate lies far
    above what is usual for the optimiser, or the updates are far too long, and little is learned.
    Source: CS231n neural-networks-3 (loss curves, ratio of updates); DeepDiagnosis (update ratio).
    """
    if run.validations < LEAST_VALIDATIONS:
        return None
    return _waits_for_drop(run) or _oscillates(run) or _too_long(run)


def _waits_for_drop(run: Observed) -> Finding | None:
    """A fall that a drop of the learning rate set free, after nothing was learned before it."""
    train = run.train
    for step in lr_drops(run):
        before, after = train.value[train.step < step], train.value[train.step >= step]
        if run.share(step) < 0.2 or len(before) < 4 or len(after) < 4:
            continue
        stuck, then = float(np.median(before)), float(np.median(after))
        little = drop(Series(train.step[: len(before)], before)) < LITTLE_LEARNED
        fall = (stuck - then) / abs(stuck) if stuck else 0.0
        if little and fall > SET_FREE:
            numbers = {"drop_step": step, "first": stuck, "last": then}
            evidence = Evidence(name="set_free", value=fall, unit=Unit.RATIO, numbers=numbers)
            return _finding(confidence(fall, SET_FREE, SET_FREE / 3), run.first_step, evidence)
    return None


def _oscillates(run: Observed) -> Finding | None:
    train = run.train_between
    start = max(last_lr_drop(run), run.last_step - 0.5 * (run.last_step - run.first_step))
    chosen = train.step >= start
    step, value = train.step[chosen], train.value[chosen]
    line = trend(step, value)
    if len(value) < 8 or line is None or line.high < 0:
        return None
    level = float(np.median(value))
    ragged = noise(value) / abs(level) if level else 0.0
    turns = float(np.mean(np.diff(np.sign(np.diff(value))) != 0))
    val_ragged = run.val_noise / abs(float(np.median(run.val.value)) or math.inf)
    learned = drop(train_curve(run))
    descent = float(train.value[0]) - level
    if ragged < OSCILLATION or noise(value) < OF_THE_DESCENT * descent:
        return None
    if turns < TURNS or val_ragged < OSCILLATION / 2 or learned > 0.9:
        return None
    numbers = {"level": level, "turns_share": turns}
    evidence = Evidence(name="oscillation", value=ragged, unit=Unit.RATIO, numbers=numbers)
    return _finding(confidence(ragged, OSCILLATION, OSCILLATION / 3), float(step[0]), evidence)


def _too_long(run: Observed) -> Finding | None:
    """Long steps as such are no fault: only where little is learned, and no more is coming."""
    share = explained(run)
    move = train_motion(run)
    if share is None or share > LITTLE_EXPLAINED or move is None or (move.falling and move.predicted_gain > 0.02):
        return None
    evidence = []
    usual = usual_lr(run.hparams)
    lr = float(run.lr.value.max()) if len(run.lr) else math.nan
    if usual is not None and lr > FAR_ABOVE_USUAL * usual.high:
        numbers = {"low": usual.low, "high": usual.high}
        evidence.append(Evidence(name="high_lr", value=lr, unit=Unit.NUMBER, numbers=numbers))
    ratio = run.metric("update_ratio").value
    if len(ratio) >= 4 and float(np.median(ratio)) > UPDATE_RATIO:
        numbers = {"low": 1e-4, "high": 1e-2}
        evidence.append(Evidence(name="update_ratio", value=float(np.median(ratio)), unit=Unit.NUMBER, numbers=numbers))
    if not evidence:
        return None
    return _finding(0.8 if len(evidence) > 1 else 0.65, run.first_step, *evidence)


def _finding(sure: float, since: float, *evidence: Evidence) -> Finding:
    return Finding(
        symptom=Symptom.LR_TOO_HIGH,
        severity=Severity.WARNING,
        confidence=sure,
        since_step=since,
        evidence=evidence,
        guide_step=3,
    )
