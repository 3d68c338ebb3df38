"""Stuck: the curves are flat, and were from early on."""

import math

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.not_learning import find as find_not_learning
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import LITTLE_EXPLAINED, drop, explained, is_flat, is_warming_up, train_curve
from dltui.diagnosis.statistics import confidence

RISING = 0.05
"""A loss above its first value is not stuck there."""
SMALL_DROP = 0.15
"""A training that lost less than this of its first loss, in all, has hardly begun."""


def find(run: Observed) -> Finding | None:
    """The training loss is flat, and in all it has hardly fallen.

    It looks like two level lines, after a small first step down. Causes: a learning rate too low to move on or too high
    to settle, a bad initialisation, features frozen that should learn. Not a plateau: a loss that is flat because all
    is learned.
    Source: CS231n neural-networks-3; AWS SageMaker Debugger, LossNotDecreasing.
    """
    train = train_curve(run)
    if run.continued or is_warming_up(run) or not is_flat(run) or find_not_learning(run) is not None:
        return None
    fallen = max(drop(train), drop(run.val))
    if fallen > SMALL_DROP or _explained(run) > LITTLE_EXPLAINED:
        return None
    numbers = {"first": float(train.value[0]), "last": float(train.value[-1])}
    if numbers["last"] > numbers["first"] + RISING * abs(numbers["first"]):
        return None
    return Finding(
        symptom=Symptom.PLATEAU,
        severity=Severity.WARNING if run.plan_known else Severity.INFO,
        confidence=confidence(-fallen, -SMALL_DROP, SMALL_DROP / 4),
        since_step=run.first_step,
        evidence=(Evidence(name="both_flat", value=fallen, unit=Unit.RATIO, numbers=numbers),),
        guide_step=3,
    )


def _explained(run: Observed) -> float:
    share = explained(run)
    return -math.inf if share is None else share
