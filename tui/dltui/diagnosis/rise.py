"""How far validation stands above its best: what overfitting and overconfidence are both told by."""

import math
from dataclasses import dataclass

import numpy as np

from dltui.diagnosis.observed import Observed, once
from dltui.diagnosis.rows import Series
from dltui.diagnosis.rule import LEAST_VALIDATIONS, WARM_UP_SHARE, persistence
from dltui.diagnosis.statistics import noise, running_median, trend

RISE = 0.03
"""Of the best. On 459 labelled histories of OverfitGuard (Li et al. 2024) 3 to 5 % separates best; less is noise."""
SIGMAS = 2.0
OF_THE_DESCENT = 0.01
"""A rise that loses less than a hundredth of all that was gained changes nothing for anybody."""
STEADY_POINTS = 12
STEADY_P = 0.001
STEADY_RISE = 0.05
"""Under noise a rise is told by its trend since the best: with a chance of one in a thousand to be none, and by 5 %
at the least (the lower end of its 95 % interval; the best is a lucky point, from which any curve seems to rise)."""
RIGHTED = 0.25
"""A quarter of the wrong answers must have become right, and more than noise: less does not outweigh the loss."""


@dataclass(frozen=True, slots=True)
class Rise:
    """How far the smoothed validation curve stands above its best, and since which validation it does."""

    at_best: int
    best: float
    end: float
    threshold: float
    since: int

    @property
    def ratio(self) -> float:
        """The rise as a share of the best."""
        return (self.end - self.best) / abs(self.best) if self.best else float("inf")


@once
def rise_of(run: Observed) -> Rise | None:
    """Return the rise of the validation curve over its best if it is more than noise, and lasted; else None."""
    level = run.val_smooth
    at_best = int(level.argmin())
    lasting = persistence(len(level))
    best, end = float(level[at_best]), float(level[-lasting:].min())
    descent = max(0.0, float(run.val.value[0]) - best)
    least = max(RISE * abs(best), OF_THE_DESCENT * descent)
    long_enough = run.share(float(run.val.step[-1])) - run.share(float(run.val.step[at_best])) >= WARM_UP_SHARE
    for threshold in (max(least, SIGMAS * run.val_noise), _steady(run, at_best, best, least)):
        below = np.flatnonzero(level <= best + threshold)
        since = int(below[-1]) + 1
        if long_enough and len(level) - since >= lasting:
            return Rise(at_best, best, end, threshold, since)
    return None


def _steady(run: Observed, at_best: int, best: float, least: float) -> float:
    """The threshold for a noisy curve that rises all the time: ``least`` where a trend says so, else infinity."""
    since = Series(run.val.step[at_best:], run.val.value[at_best:])
    line = trend(since.step, since.value) if len(since) >= STEADY_POINTS else None
    if line is None or line.p_falling < 1 - STEADY_P:
        return math.inf
    risen = line.low * float(since.step[-1] - since.step[0])
    return least if risen > STEADY_RISE * abs(best) else math.inf


def accuracy_gain(run: Observed, rise: Rise) -> tuple[float, float] | None:
    """Return the validation accuracy at the best loss and now, if it rose since by more than noise; else None."""
    accuracy = run.metric("val_accuracy")
    if len(accuracy) < LEAST_VALIDATIONS or run.on_error:
        return None
    level = np.interp(run.val.step, accuracy.step, running_median(accuracy.value))
    first, last = float(level[rise.at_best]), float(level[-1])
    return (first, last) if last - first > max(RIGHTED * (1 - first), 2 * noise(accuracy.value)) else None
