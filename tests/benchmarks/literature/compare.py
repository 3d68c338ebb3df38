"""When a number of the literature is reached. Each judgement returns by what it was missed; empty where it was not."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev

ERRORS = 2.0
"""Two standard errors of a difference: what is nearer than that to a bound cannot be told from it by these seeds."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """One measured number, once for each seed."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> "Seeds":
        return cls(tuple(values))

    @property
    def mean(self) -> float:
        """The mean; NaN or infinite where one of them is."""
        return fmean(self.values)

    @property
    def deviation(self) -> float:
        """The standard deviation from seed to seed; 0 for a single one, NaN where one is not finite."""
        if not all(map(math.isfinite, self.values)):
            return math.nan
        return stdev(self.values) if len(self.values) > 1 else 0.0

    def text(self) -> str:
        """Mean and deviation, for a person."""
        return f"{self.mean:#.3g} +- {self.deviation:.2g}"

    def percent(self) -> str:
        """The same of percentages."""
        return f"{self.mean:.1f} +- {self.deviation:.1f} %"


def difference(one: Seeds, other: Seeds) -> tuple[float, float]:
    """Return how far the first mean is above the second, and the ``ERRORS`` standard errors of that."""
    noise = one.deviation**2 / len(one.values) + other.deviation**2 / len(other.values)
    return one.mean - other.mean, ERRORS * math.sqrt(noise)


def at_least(value: float, bound: float, unit: str = "") -> str:
    """Reached from ``bound`` on. NaN never is."""
    return "" if value >= bound else _by(bound - value, unit)


def between(value: float, low: float, high: float, unit: str = "") -> str:
    """Reached from ``low`` to ``high``. NaN never is."""
    return "" if low <= value <= high else _by(max(low - value, value - high), unit)


def above(one: Seeds, other: Seeds, unit: str = "") -> str:
    """Reached where the first is larger, and by more than the seeds can explain."""
    gap, errors = difference(one, other)
    return "" if gap > errors else _by(errors - gap, unit)


def below(one: Seeds, other: Seeds, unit: str = "") -> str:
    """Reached where the first is smaller, and by more than the seeds can explain."""
    return above(other, one, unit)


def not_below(one: Seeds, other: Seeds, unit: str = "") -> str:
    """Reached where the first is larger, or smaller by no more than the seeds can explain."""
    gap, errors = difference(one, other)
    return "" if gap >= -errors else _by(-errors - gap, unit)


def not_above(one: Seeds, other: Seeds, unit: str = "") -> str:
    """Reached where the first is smaller, or larger by no more than the seeds can explain."""
    return not_below(other, one, unit)


def falling(values: Sequence[float]) -> str:
    """Reached where each is less than the one before."""
    rises = [after - before for before, after in pairwise(values) if not after < before]
    return f"{_by(max(rises), '')} in {len(rises)} of {len(values) - 1} steps" if rises else ""


def equal(found: str, wanted: str) -> str:
    """Reached where it is the same word."""
    return "" if found == wanted else f"a word: {found}, not {wanted}"


def _by(distance: float, unit: str) -> str:
    return f"{distance:.2g}{unit}"
