"""The curve of a trial: its objective as it trains, the mean of its seeds."""

import math
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate

from dltui.search.study.options import Objective
from dltui.search.study.study import TrialEntry

_CLOSE = 1e-9


def curve_of(trial: TrialEntry) -> list[tuple[float, float]]:
    """Return epoch and objective, in order. Where some seeds are not as far as others, the mean is of those that are.

    A value that is not finite is left out.
    """
    at: dict[float, list[float]] = defaultdict(list)
    for job in trial.jobs.values():
        for epoch, value in job.points:
            if math.isfinite(epoch) and math.isfinite(value):
                at[epoch].append(value)
    return [(epoch, sum(values) / len(values)) for epoch, values in sorted(at.items())]


@dataclass(frozen=True, slots=True)
class Progress:
    """What a trial had reached by which share of its planned training: the best until then, the lower the better.

    Nothing while the length of the training is not known. Trials of different lengths can be compared by the share, for
    the schedule of a learning rate stretches with the training.
    """

    shares: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()

    @property
    def share(self) -> float:
        """How far it is, 0 before the first validation."""
        return self.shares[-1] if self.shares else 0.0

    def has_come_to(self, share: float) -> bool:
        """Whether it is so far."""
        return self.share + _CLOSE >= share

    def loss_by(self, share: float) -> float:
        """Return the best until then, infinite before the first validation."""
        place = bisect_right(self.shares, share + _CLOSE)
        return self.losses[place - 1] if place else math.inf


def progress_of(trial: TrialEntry, objective: Objective) -> Progress:
    """Return how a trial came along."""
    epochs = max((job.epochs for job in trial.jobs.values()), default=0.0)
    curve = curve_of(trial) if epochs > 0 else []
    sign = -1.0 if objective.rises else 1.0
    return Progress(
        shares=tuple(epoch / epochs for epoch, _ in curve),
        losses=tuple(accumulate((sign * value for _, value in curve), min)),
    )


class Progresses:
    """How the trials of a study came along; that of a trial that has ended is worked out once."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._ended: dict[int, tuple[int, Progress]] = {}

    def of(self, trial: TrialEntry) -> Progress:
        """Return how ``trial`` came along."""
        if not trial.state.has_ended:
            return progress_of(trial, self._objective)
        points = sum(len(job.points) for job in trial.jobs.values())
        kept = self._ended.get(trial.number)
        if kept is None or kept[0] != points:
            kept = self._ended[trial.number] = (points, progress_of(trial, self._objective))
        return kept[1]
