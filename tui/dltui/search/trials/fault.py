"""Whether a training under way is not worth going on with, as its diagnosis tells."""

import math
from collections.abc import Sequence

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom
from dltui.search.study.options import Objective
from dltui.search.trials.objective import Measured, best_of
from dltui.series.state import RunState

BY_DIAGNOSIS = "diagnosis"
SURE = 0.8
"""What is less sure may heal."""
LEAST_VALIDATIONS = 3
"""Before these a training is let alone: one before its first step, and two that tell whether it moves."""
AT_ONCE = frozenset({Symptom.NON_FINITE})
"""It has reached the weights, and nothing heals those."""
HOPELESS = AT_ONCE | {
    Symptom.DIVERGED,
    Symptom.NOT_LEARNING,
    Symptom.NEVER_UPDATED,
    Symptom.ZERO_INIT,
    Symptom.NO_GRADIENT,
    Symptom.VANISHING_GRADIENTS,
}
"""Of a loss that begins too high, which is critical as well, a training recovers."""
BEST_SHARE = 1 / 3
COME_DOWN = 0.15
"""By more than a first step down."""
PAST_ITS_BEST = Symptom.OVERFITTING
"""Where it is critical the best validation loss lies far behind. An accuracy may go on rising all the while."""


def fault_of(state: RunState, objective: Objective) -> Symptom | None:
    """Return the critical finding for which the training in ``state`` is to be stopped; None while there is none."""
    early = max(len(state.val_loss), len(state.eval_metrics["val_accuracy"])) < LEAST_VALIDATIONS
    for finding in examine(state).findings:
        if finding.severity is not Severity.CRITICAL or finding.confidence < SURE:
            continue
        if finding.symptom in (AT_ONCE if early else HOPELESS):
            return finding.symptom
        if finding.symptom is PAST_ITS_BEST and objective.metric == "val_loss" and not early:
            return finding.symptom
    return None


def is_spared(fault: Symptom, own: Sequence[Measured], others: Sequence[float], objective: Objective) -> bool:
    """Whether a training goes on in spite of a fault: it has learned, and is among the best.

    ``own``: its validations; ``others``: what the other trials have come to. It may come down again with its learning
    rate. None of the best trials is ever killed (BTTackler, arXiv:2602.23630), as the guide does not.
    """
    best = best_of(own, objective)
    if best is None or fault in AT_ONCE or fault is PAST_ITS_BEST:
        return False
    sign = -1.0 if objective.rises else 1.0
    first = own[0].value
    has_learned = sign * (first - best.value) > COME_DOWN * abs(first)
    better = sum(sign * each < sign * best.value for each in others)
    return has_learned and better < math.ceil(BEST_SHARE * (len(others) + 1))


def is_past_its_best(pruned_by: str) -> bool:
    """Whether a trial was stopped because its best lay behind it: it is complete then, and counts with that."""
    return pruned_by == told_as(PAST_ITS_BEST)


def told_as(fault: Symptom) -> str:
    """Return why a trial was pruned, as its record tells it."""
    return f"{BY_DIAGNOSIS}: {fault}"
