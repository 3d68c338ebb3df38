"""The rows of one curve that count, and the same as a short series: what a view of a run is made of."""

import math
from dataclasses import dataclass

import numpy as np

from dltui.diagnosis.reduction import Bounds, Values, block_means, block_middles, even_bounds
from dltui.series.curve import Curve
from dltui.series.gaps import GapCount
from dltui.series.trace import Trace

FRESH_START_SHARE = 0.05
"""A log whose step goes back to its first twentieth was started anew; further on, a training was resumed."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values and their steps, without gaps: what is not finite was left out. At most ``MOST_BLOCKS`` of them."""

    step: Values
    value: Values

    def __len__(self) -> int:
        return len(self.value)

    def at(self, steps: Values) -> Values:
        """Return the values at other steps, by straight lines; the ends are held. NaN where there is nothing."""
        if not len(self):
            return np.full(len(steps), np.nan)
        return np.asarray(np.interp(steps, self.step, self.value), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class NonFinite:
    """Values of a loss that are no numbers: how many, the first step with one, and whether the loss ends in them."""

    count: int
    first_step: float
    at_end: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a curve that count, in order of their steps.

    ``gaps``: their values that are no numbers; ``source``: where they lie in one piece, if they do.
    """

    step: Values
    value: Values
    restarts: int
    gaps: GapCount
    source: tuple[Trace, int] | None = None

    def peaks(self, bounds: Bounds) -> Values:
        """The largest finite value between each two ``bounds``; not finite where there is none."""
        if self.source is not None:
            trace, start = self.source
            return trace.extremes(bounds + start)[1]
        finite = np.where(np.isfinite(self.value), self.value, -np.inf)
        return np.maximum.reduceat(finite, bounds[:-1]) if len(self.value) else finite


def rows_of(curve: Curve, until: float, since: float = -math.inf) -> Rows:
    """Return the rows after ``since`` up to ``until`` that count.

    They are those since the log was last begun anew, resumed parts joined.
    """
    length = len(curve.raw)
    axis = curve.track.axis("step")
    steps, values = axis.values[:length], curve.raw.values[:length]
    if axis.shuffled:
        order = np.argsort(steps, kind="stable")
        steps, values, segments = steps[order], values[order], [(0, length)]
    else:
        segments = axis.segments(length)
    kept, restarts = _joined(steps, segments)
    if math.isfinite(until):
        kept = [(a, a + int(np.searchsorted(steps[a:b], until, side="right"))) for a, b in kept]
    if math.isfinite(since):
        kept = [(a + int(np.searchsorted(steps[a:b], since, side="right")), b) for a, b in kept]
        kept = [(a, b) for a, b in kept if a < b]
    a, b = kept[0] if kept else (0, 0)
    if len(kept) == 1 and not axis.shuffled:
        # the usual case costs nothing: views, and gaps that the trace knows
        return Rows(steps[a:b], values[a:b], restarts, curve.raw.gaps(a, b), (curve.raw, a))
    chosen = np.concatenate([np.arange(a, b) for a, b in kept]) if kept else np.empty(0, dtype=np.int64)
    return Rows(steps[chosen], values[chosen], restarts, GapCount.of(values[chosen]))


def _joined(steps: Values, segments: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], int]:
    """The [start, stop) of the rows that count, and how often the log was begun anew."""
    kept: list[tuple[int, int]] = []
    restarts = 0
    for start, stop in segments:
        if kept and _starts_anew(steps, kept, start):
            restarts += 1
            kept = []
        kept = [(a, min(b, a + int(np.searchsorted(steps[a:b], steps[start])))) for a, b in kept]
        kept = [*((a, b) for a, b in kept if a < b), (start, stop)]
    return kept, restarts


def _starts_anew(steps: Values, kept: list[tuple[int, int]], start: int) -> bool:
    first, last = float(steps[kept[0][0]]), float(steps[kept[-1][1] - 1])
    return float(steps[start]) <= first + FRESH_START_SHARE * (last - first)


def series_of(rows: Rows) -> Series:
    """Return the rows as a short series of block means."""
    bounds = even_bounds(len(rows.value))
    return _known(block_middles(rows.step, bounds), block_means(rows.value, bounds))


def peaks_of(rows: Rows) -> Series:
    """Return the highest value of each block of :func:`series_of`, exactly."""
    bounds = even_bounds(len(rows.value))
    # a block counts if its mean does, so that peaks stand beside the means of the same blocks
    peaks = np.where(np.isfinite(block_means(rows.value, bounds)), rows.peaks(bounds), np.nan)
    return _known(block_middles(rows.step, bounds), peaks)


def _known(steps: Values, values: Values) -> Series:
    known = np.isfinite(steps) & np.isfinite(values)
    return Series(steps[known], values[known])


def non_finite_of(rows: Rows) -> NonFinite | None:
    """Return what of the rows is no number, None if all of it is."""
    if not rows.gaps.count:
        return None
    return NonFinite(rows.gaps.count, float(rows.step[rows.gaps.first]), rows.gaps.at_end)
