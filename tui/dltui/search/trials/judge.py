"""Decides which trainings are stopped before their end."""

import math
from collections.abc import Callable

from dltui.search.methods.method import Pruner
from dltui.search.study.study import Study
from dltui.search.trials.fault import fault_of, is_spared, told_as
from dltui.search.trials.objective import Measured, best_of
from dltui.search.trials.training import Training

EXAMINE_EVERY_S = 0.5
EXAMINE_GROWTH = 1.2
"""A training is examined again when it has so many times the validations: an examination costs milliseconds."""
LEAST_VALIDATIONS = 2


class Judge:
    """By the diagnosis, where ``by_diagnosis``, and by ``pruner``, where there is one."""

    def __init__(self, pruner: Pruner | None, by_diagnosis: bool, clock: Callable[[], float]) -> None:
        self._pruner = pruner
        self._by_diagnosis = by_diagnosis
        self._clock = clock
        self._examined_s = -math.inf

    def examined(self, training: Training, study: Study) -> str:
        """Return why a training under way is hopeless, or past its best; empty if it is not or it is not the time."""
        state = training.following.state
        validations = max(len(state.val_loss), len(state.eval_metrics["val_accuracy"]))
        due = validations >= max(LEAST_VALIDATIONS, EXAMINE_GROWTH * training.judged)
        if not self._by_diagnosis or not due or self._clock() - self._examined_s < EXAMINE_EVERY_S:
            return ""
        self._examined_s, training.judged = self._clock(), validations
        fault = fault_of(state, study.objective)
        if fault is None or is_spared(fault, training.following.measured, _others(training, study), study.objective):
            return ""
        return told_as(fault)

    def compared(self, training: Training, study: Study) -> str:
        """Return why a trial with new validations is not worth its time beside the others; empty if it is."""
        return self._pruner.wants_to_prune(training.trial, study.trials) if self._pruner is not None else ""


def _others(training: Training, study: Study) -> list[float]:
    """What the other trials have come to until now."""
    found = []
    for trial in study.trials:
        reported = [Measured(0, x, value) for job in trial.jobs.values() for x, value in job.points]
        best = best_of(reported, study.objective)
        if trial.number != training.trial and best is not None:
            found.append(best.value)
    return found
