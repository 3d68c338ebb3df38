"""Ended, or about to end, before it was done."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import MATTERS, WINDOW, lr_decayed, train_motion, val_motion
from dltui.diagnosis.rule import LEAST_VALIDATIONS

MUCH = 0.10
"""A promise of 10 % is a training that was ended early; between the two it is done, and could be a little better."""
OF_THE_DESCENT = 0.05
"""Near 0 a loss can halve and halve again: a quarter of the run must still bring a twentieth of the whole descent."""
MORE = 0.5


def find(run: Observed) -> Finding | None:
    """Validation still falls at the end of the log, and the curve promises more.

    It looks like a curve that has not levelled off. Nothing is wrong with the training: it wants more epochs. Silent
    when the schedule has brought the learning rate down (the fall is its last gain, more of the same brings nothing),
    and when the fall gets faster, which is how such an end looks in a log without learning rates.
    Source: DIAGNOSIS of learning curves by power laws (Hestness et al. 2017, arXiv:1712.00409); Google Tuning Playbook.
    """
    if run.validations < LEAST_VALIDATIONS:
        return None
    val, train = val_motion(run), train_motion(run)
    if val is None or train is None or not val.falling or val.accelerating or train.gain < 0:
        return None
    gain = val.predicted_gain
    if gain <= MATTERS or (lr_decayed(run) and not is_early_end(run)):
        return None
    numbers = {"last": val.level, "predicted": val.level * (1 - gain), "more_share": MORE}
    return Finding(
        symptom=Symptom.STILL_IMPROVING,
        severity=Severity.INFO,
        confidence=min(0.99, 1 - val.p_falling),
        since_step=run.last_step - WINDOW * (run.last_step - run.first_step),
        evidence=(Evidence(name="predicted_gain", value=gain, unit=Unit.RATIO, numbers=numbers),),
        guide_step=5,
    )


def is_early_end(run: Observed) -> bool:
    """Whether the training was ended while it still learned fast: that is underfitting, not a good fit."""
    val, train = val_motion(run), train_motion(run)
    if val is None or train is None or not val.falling or val.accelerating or train.gain < 0:
        return False
    descent = float(run.val_smooth[0]) - val.level
    return val.predicted_gain > MUCH and val.gain > OF_THE_DESCENT * descent
