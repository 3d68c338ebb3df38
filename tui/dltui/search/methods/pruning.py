"""Which trials are not worth their time any more, by the curves of the others. Each trial is asked about as it goes.

Both rules compare the best objective that a trial has reached by some share of its planned training with what the
others had reached by the same share, for the best one is what counts in the end. A trial that has ended and failed says
nothing about the others. What is told is a function of the study, so that a killed search goes on as it would have.
"""

from collections.abc import Sequence
from statistics import median

from dltui.search.methods.curve import Progresses
from dltui.search.study.options import Objective
from dltui.search.study.study import TrialEntry, TrialState

STARTUP = 5
"""With fewer ended trials to compare with, none is pruned (Optuna's own)."""
WARMUP = 0.2
"""The median rule waits for this share of a training: early on a large learning rate looks best that is not in the end.
Without that and a start-up Optuna's default pruned 52 of 60 trials of a toy."""
LATE = 0.8
"""From this share on a trial may end: there is little left to save."""
REDUCTION = 3
"""At each rung of a bracket the best third goes on (Li et al. 2017: 3 or 4)."""
RUNGS = (1 / 9, 1 / 3)
"""Where the first bracket looks, of the training; the second one looks at the last of them alone, the third at none."""
_BRACKETS = (0, 0, 1, 0, 0, 1, 2, 0, 0, 1, 0, 0, 1, 2, 0, 1, 2)
"""The bracket of a trial by its number, over and over: 9, 5 and 3 of 17, the sizes that Hyperband gives them."""
_TELLING = (TrialState.COMPLETE, TrialState.PRUNED)


class NoPruner:
    """Prunes nothing."""

    def wants_to_prune(self, number: int, trials: Sequence[TrialEntry]) -> str:
        """See :class:`dltui.search.methods.method.Pruner`."""
        return ""


class MedianPruner:
    """Stops a trial whose best is worse than the median of what all ended trials had reached by then.

    The median stopping rule (Golovin et al. 2017, Google Vizier, section 3.2.2) with the best in the place of the mean.
    Pruned trials count as well, with what they had reached: were they left out, the median would be that of the
    survivors, rise with each round, and stop nearly all trials in the end.
    """

    def __init__(self, objective: Objective) -> None:
        self._progresses = Progresses(objective)

    def wants_to_prune(self, number: int, trials: Sequence[TrialEntry]) -> str:
        """See :class:`dltui.search.methods.method.Pruner`."""
        own = self._progresses.of(trials[number])
        if not own.has_come_to(WARMUP) or own.has_come_to(LATE):
            return ""
        others = [each for each in trials if each.state in _TELLING and each.number != number]
        if len(others) < STARTUP:
            return ""
        reached = median(self._progresses.of(each).loss_by(own.share) for each in others)
        return "median" if own.loss_by(own.share) > reached else ""


class HyperbandPruner:
    """Stops a trial that is not among the best third of its bracket at a rung, once three have come there.

    Hyperband (Li et al. 2017, arXiv:1603.06560) whose brackets go on without waiting for each other, as in ASHA (Li et
    al. 2018, arXiv:1810.05934): no trial is paused, each is judged at its rung by those that came so far until then.
    """

    def __init__(self, objective: Objective) -> None:
        self._progresses = Progresses(objective)

    def wants_to_prune(self, number: int, trials: Sequence[TrialEntry]) -> str:
        """See :class:`dltui.search.methods.method.Pruner`."""
        own = self._progresses.of(trials[number])
        rungs = [each for each in RUNGS[bracket_of(number) :] if own.has_come_to(each)]
        if not rungs or own.has_come_to(LATE):
            return ""
        reached = self._reached(number, trials, rungs[-1])
        better = sum(loss < own.loss_by(rungs[-1]) for loss in reached)
        came = len(reached) + 1
        return "hyperband" if came >= REDUCTION and better >= came // REDUCTION else ""

    def _reached(self, number: int, trials: Sequence[TrialEntry], rung: float) -> list[float]:
        """What the others of the bracket had reached at a rung, as far as they came there."""
        found = []
        for trial in trials:
            beside = trial.number != number and bracket_of(trial.number) == bracket_of(number)
            if beside and trial.state is not TrialState.FAILED:
                progress = self._progresses.of(trial)
                if progress.has_come_to(rung) or trial.state is TrialState.COMPLETE:
                    found.append(progress.loss_by(rung))
        return found


def bracket_of(number: int) -> int:
    """Return the bracket of a trial: 0 looks at all rungs, 1 at the later one, 2 at none."""
    return _BRACKETS[number % len(_BRACKETS)]
