"""Ended, or about to end, before it was done."""

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import (
    MATTERS,
    WINDOW,
    Motion,
    is_constant,
    lr_decayed,
    train_level,
    train_motion,
    val_motion,
)
from dltui.diagnosis.rule import LEAST_VALIDATIONS

MUCH = 0.10
"""A promise of 10 % is a training that was ended early; between the two it is done, and could be a little better."""
OF_THE_DESCENT = 0.05
"""Near 0 a loss can halve and halve again: a quarter of the run must still bring a twentieth of the whole descent."""
MORE = 0.5
FEW = 3


def find(run: Observed) -> Finding | None:
    """Validation still falls at the end of the log, and the curve promises more.

    It looks like a curve that has not levelled off. Nothing is wrong with the training: it wants more epochs. Silent
    when the schedule has brought the learning rate down (a small fall is its last gain; one that is still large wants
    a longer schedule), and when the fall gets faster, which is how such an end looks in a log without learning rates.
    Where there were too few validations for a trend, the training loss is asked, if every validation was better than
    the one before.
    Source: Hestness et al. 2017, arXiv:1712.00409 (learning curves are power laws); Google Tuning Playbook.
    """
    move = _promising(run)
    if move is None:
        return None
    gain = move.predicted_gain
    if gain <= MATTERS or (lr_decayed(run) and not is_early_end(run)):
        return None
    numbers = {"last": move.level, "predicted": move.level * (1 - gain), "more_share": MORE}
    return Finding(
        symptom=Symptom.STILL_IMPROVING,
        severity=Severity.INFO,
        confidence=min(0.99, 1 - move.p_falling),
        since_step=run.last_step - WINDOW * (run.last_step - run.first_step),
        evidence=(Evidence(name="predicted_gain", value=gain, unit=Unit.RATIO, numbers=numbers),),
        guide_step=5,
    )


def is_early_end(run: Observed) -> bool:
    """Whether the training was ended while it still learned fast: that is underfitting, not a good fit."""
    move = _promising(run)
    if move is None:
        return False
    level = run.val_smooth if move is val_motion(run) else train_level(run)
    descent = 0.0 if level is None else float(level[0]) - move.level
    return move.predicted_gain > MUCH and move.gain > OF_THE_DESCENT * descent


def _promising(run: Observed) -> Motion | None:
    """The motion that promises more: of validation, or of training where validations are few and all falling."""
    val, train = val_motion(run), train_motion(run)
    if train is None or train.gain < 0:
        return None
    if val is not None:
        enough = run.validations >= LEAST_VALIDATIONS
        return val if enough and val.falling and not _is_last_gain(run, val) else None
    falling = len(run.val) >= FEW and bool((np.diff(run.val.value) < 0).all())
    return train if falling and run.plan_known and train.falling and not _is_last_gain(run, train) else None


def _is_last_gain(run: Observed, move: Motion) -> bool:
    """Whether the fall gets faster as it does when a learning rate goes to 0, and the log does not deny that."""
    return move.accelerating and not is_constant(run)
