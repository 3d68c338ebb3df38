"""A configuration that is tried with several seeds, and whether one is better than another beyond the noise."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dltui.guide.outcome import Outcome
from dltui_trainers.runlog import Value

LEAST_NOISE = 0.01
"""Of a loss: two seeds that agree by chance are no measurement of how little seeds matter."""
SIGMAS = 2.0


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A configuration and what it came to, one outcome a seed. ``settings`` are beside those that hold anyway."""

    settings: Mapping[str, Value]
    outcomes: Sequence[Outcome]

    @cached_property
    def losses(self) -> list[float]:
        """The best validation loss of each seed after its first step; one without a finite one counts as infinite."""
        return [float(np.min(course(each), initial=math.inf)) for each in self.outcomes]

    @property
    def mean(self) -> float:
        """Their mean; infinite without any."""
        return float(np.mean(self.losses)) if self.losses else math.inf

    @property
    def best(self) -> Outcome | None:
        """The outcome with the lowest loss; None without any."""
        ranked = sorted(zip(self.losses, self.outcomes, strict=True), key=lambda each: each[0])
        return ranked[0][1] if ranked else None

    @property
    def first(self) -> Outcome | None:
        """The outcome of the first seed, by whose curves the configuration is judged."""
        return self.outcomes[0] if self.outcomes else None


def course(outcome: Outcome) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return the validation losses after the first step; what is no number counts as infinite."""
    losses = outcome.val_losses[1:]
    return np.where(np.isfinite(losses), losses, np.inf)


def noise(arms: Sequence[Arm]) -> float:
    """Return the standard deviation of a loss between seeds, as a share of it: pooled over ``arms``.

    NaN while no arm has two finite losses.
    """
    squares, freedom = 0.0, 0
    for arm in arms:
        finite = np.array([each for each in arm.losses if math.isfinite(each) and each > 0])
        if len(finite) > 1:
            squares += float(np.sum((finite / finite.mean() - 1) ** 2))
            freedom += len(finite) - 1
    return max(LEAST_NOISE, math.sqrt(squares / freedom)) if freedom else math.nan


def margin(arm: Arm, other: Arm, share: float) -> float:
    """Return how much lower than that of ``other`` the mean of ``arm`` is, in standard errors of the difference.

    ``share``: the noise, see :func:`noise`; where it is not known, 5 % is taken for it.
    """
    if not math.isfinite(arm.mean) or not math.isfinite(other.mean):
        return math.inf if other.mean > arm.mean else (-math.inf if arm.mean > other.mean else 0.0)
    share = share if math.isfinite(share) else 0.05
    error = share * math.hypot(arm.mean / math.sqrt(len(arm.losses)), other.mean / math.sqrt(len(other.losses)))
    return (other.mean - arm.mean) / error if error else 0.0
