"""From values to dots: the limits of a chart and the scale between them."""

import math
from dataclasses import dataclass

import numpy as np

from dltui.charts.spec import ChartSpec, Kind
from dltui.charts.ticks import nice_limits, nice_log_limits
from dltui.series.growing import Column
from dltui.series.trace import Window

FIRST_COLUMNS = 0.05
"""The share of the columns whose values may leave the chart at the top: a start at 25 would flatten a loss near 0.1."""
FIRST_EXCEED = 3.0
"""They do where they reach this many times as far as all the rest."""

ASIDE_ROOM = 0.5
"""The curves of another run make the chart higher by at most this part of its own at either end ..."""
_LEAST_RATIO, _LEAST_SHARE = 2.0, 0.5
"""... which counts as that ratio, or that share of its largest value, where it is flat."""

_MOST_POWER = 308.0
_ENOUGH_ENTRIES = 20  # a curve of a few points has no start that could be left out
_LEAST_SPAN = 1e-290
"""Of x: dots over a shorter one are more than a float holds."""
_FROM_ZERO = 0.25  # an x axis that would begin this near to 0 begins at 0
_FAR = 1e9  # dots: as good as infinite, and still exact enough for a slope


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear or log scale over ``dots`` dots, numbered from 0."""

    lo: float
    hi: float
    dots: int
    log: bool = False

    def dot(self, values: Column) -> Column:
        """Where values lie, as fractional dots; outside the limits too. On a log scale they must be positive."""
        lo, hi = self._ends()
        with np.errstate(over="ignore", invalid="ignore"):
            shown = np.log10(values) if self.log else values
            position = (shown - lo) * (max(self.dots - 1, 1) / (hi - lo))
        # fmin and fmax take the number where the other is NaN
        return np.fmax(np.fmin(position, _FAR), -_FAR)

    def cell(self, value: float, dots_per_cell: int) -> int | None:
        """The cell of a value, None outside the limits."""
        if not math.isfinite(value) or (self.log and value <= 0):
            return None
        dot = round(float(self.dot(np.array([value]))[0]))
        return dot // dots_per_cell if 0 <= dot < self.dots else None

    def _ends(self) -> tuple[float, float]:
        return (math.log10(self.lo), math.log10(self.hi)) if self.log else (self.lo, self.hi)


def x_limits(spec: ChartSpec) -> tuple[float, float]:
    """The limits of x: as asked for, else what the curves cover."""
    ranges = [found for curve in spec.curves if (found := curve.trace.x_range(spec.axis)) is not None]
    lo = min((first for first, _ in ranges), default=0.0)
    hi = max((last for _, last in ranges), default=1.0)
    if 0 < lo < _FROM_ZERO * hi and not spec.x_log:
        lo = 0.0
    lo, hi = _given(spec.x_lo, lo), _given(spec.x_hi, hi)
    if hi - lo > _LEAST_SPAN and math.isfinite(hi - lo) and lo + (hi - lo) * 1e-9 > lo:
        return lo, hi
    return lo, lo + max(1.0, abs(lo) * 1e-6)


def _given(limit: float | None, otherwise: float) -> float:
    return limit if limit is not None and math.isfinite(limit) else otherwise


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of y. ``above``, ``below``: the extreme of the values that they leave out, else None.

    ``aside_above``, ``aside_below``: that of the curves of another run.
    """

    lo: float
    hi: float
    above: float | None = None
    below: float | None = None
    first_only: bool = False
    aside_above: float | None = None
    aside_below: float | None = None


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is visible of some curves, as the columns of their windows."""

    pixel: Column
    low: Column
    high: Column

    @property
    def extent(self) -> tuple[float, float]:
        return float(self.low.min()), float(self.high.max())


def y_limits(spec: ChartSpec, windows: list[Window], columns: int) -> Limits | None:
    """The limits of y around all that is visible, rounded outward; None where nothing is.

    ``windows``: those of the spec's curves. On a linear axis the first values may stick out, see :data:`FIRST_COLUMNS`.
    What was undone counts only where there is nothing else: a loss that exploded must not flatten the one that counts.
    The curves of another run widen them only as far as :data:`ASIDE_ROOM` allows, unless there are no others.
    """
    paired = list(zip(spec.curves, windows, strict=True))
    aside = _shown([window for curve, window in paired if curve.aside], columns)
    own = [(curve, window) for curve, window in paired if not curve.aside]
    counted = _shown([window for curve, window in own if curve.kind is not Kind.UNDONE], columns)
    counted = counted or _shown([window for _, window in own], columns)
    if counted is not None:
        return _limits(spec, counted, aside)
    return None if aside is None else _limits(spec, aside, None)


def _shown(windows: list[Window], columns: int) -> _Shown | None:
    pixel = np.concatenate([window.pixel for window in windows]) if windows else np.empty(0)
    shown = (pixel > -0.5) & (pixel < columns - 0.5)
    if not shown.any():
        return None
    low = np.concatenate([window.low for window in windows])[shown]
    high = np.concatenate([window.high for window in windows])[shown]
    return _Shown(pixel[shown], low, high)


def _limits(spec: ChartSpec, own: _Shown, aside: _Shown | None) -> Limits:
    smallest, largest = own.extent
    top = largest if spec.y_log else _without_first(own.pixel, own.low, own.high, largest)
    others = aside.extent if aside is not None else (smallest, top)
    lo, hi = _with_aside(*_with_levels(spec, smallest, top), others, spec.y_log)
    lo, hi = nice_log_limits(lo, hi) if spec.y_log else nice_limits(lo, hi)
    lo, hi = _fixed(spec, lo, hi)
    return Limits(
        lo,
        hi,
        above=largest if largest > hi else None,
        below=smallest if smallest < lo else None,
        first_only=top < largest and spec.y_hi is None,
        aside_above=others[1] if aside is not None and others[1] > hi else None,
        aside_below=others[0] if aside is not None and others[0] < lo else None,
    )


def _with_levels(spec: ChartSpec, lo: float, hi: float) -> tuple[float, float]:
    """The limits with the levels in them: a curve that is held against one shows on which side it is."""
    usable = [each.y for each in spec.levels if math.isfinite(each.y) and (each.y > 0 or not spec.y_log)]
    return min([lo, *usable]), max([hi, *usable])


def _with_aside(lo: float, hi: float, others: tuple[float, float], log: bool) -> tuple[float, float]:
    """The limits with those of others, as far as they may have them."""
    if log:
        ends = math.log10(lo), math.log10(hi)
        height = ASIDE_ROOM * max(ends[1] - ends[0], math.log10(_LEAST_RATIO))
        least, most = 10 ** (ends[0] - height), 10 ** min(ends[1] + height, _MOST_POWER)
    else:
        height = ASIDE_ROOM * max(hi - lo, _LEAST_SHARE * abs(hi))
        least, most = lo - height, hi + height
    return min(lo, max(others[0], least)), max(hi, min(others[1], most))


def _without_first(pixel: Column, low: Column, high: Column, largest: float) -> float:
    start, width = float(pixel.min()), float(np.ptp(pixel))
    late = pixel >= start + FIRST_COLUMNS * width
    if np.count_nonzero(late) < _ENOUGH_ENTRIES:
        return largest
    rest_lo, rest_hi = float(low[late].min()), float(high[late].max())
    exceeds = rest_hi > rest_lo and largest - rest_lo > FIRST_EXCEED * (rest_hi - rest_lo)
    return rest_hi if exceeds else largest


def _fixed(spec: ChartSpec, lo: float, hi: float) -> tuple[float, float]:
    """The limits with those that the spec asks for, as far as they leave room between them."""
    wanted = _given(spec.y_lo, lo), _given(spec.y_hi, hi)
    if wanted[0] >= wanted[1] or (spec.y_log and wanted[0] <= 0):
        return lo, hi
    return wanted
