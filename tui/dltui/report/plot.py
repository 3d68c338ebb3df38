"""The area of the curves in a drawing: its scales, its ticks and its grid."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np

from dltui.charts.chart import x_ticks
from dltui.charts.scale import Limits, Scale
from dltui.charts.spec import ChartSpec
from dltui.charts.ticks import linear_ticks, log_labels, log_ticks, tick_labels
from dltui.report.paths import number
from dltui.series.growing import Column
from dltui.texts import Texts

CELL = 6.6
"""Pixels that a character of a label takes, at most nearly always; one of Chinese takes two of them."""
RIGHT, BOTTOM = 14.0, 40.0
"""Room beside and below the curves."""
_PIXELS_PER_Y_TICK, _PIXELS_PER_X_TICK, _PIXELS_PER_DECADE = 31.0, 72.0, 40.0
_LEAST_X_TICKS = 4
_ROUNDING = 1 + 1e-9

Ticks = list[tuple[float, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Where the curves are, and the scales that lead there."""

    left: float
    top: float
    x: Scale
    y: Scale

    @property
    def width(self) -> float:
        """From the first value of x to the last."""
        return self.x.dots - 1.0

    @property
    def height(self) -> float:
        """From the lowest value of y to the highest."""
        return self.y.dots - 1.0

    @property
    def right(self) -> float:
        """Where the last value of x is."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Where the lowest value of y is."""
        return self.top + self.height

    def at_x(self, value: float) -> float:
        """Where a value of x is."""
        return self.left + float(self.x.dot(np.array([value]))[0])

    def at_y(self, values: Column) -> Column:
        """Where values of y are."""
        return self.bottom - self.y.dot(values)

    def has(self, x: float, y: float) -> bool:
        """Whether the plot has a place for a point; a log scale has none for zero."""
        return self.shows(x) and math.isfinite(y) and (y > 0 or not self.y.log)

    def shows(self, x: float) -> bool:
        """Whether a value of x lies in the plot."""
        return math.isfinite(x) and self.left - 0.5 <= self.at_x(x) <= self.right + 0.5


def y_ticks(spec: ChartSpec, limits: Limits, height: float) -> Ticks:
    """The ticks of y in a plot of that height, with their labels."""
    count = max(2, int(height / _PIXELS_PER_Y_TICK))
    ticks = log_ticks(limits.lo, limits.hi, count) if spec.y_log else linear_ticks(limits.lo, limits.hi, count)
    inside = [tick for tick in ticks if limits.lo <= tick * _ROUNDING and tick <= limits.hi * _ROUNDING] or ticks
    return list(
        zip(inside, log_labels(inside, spec.unit) if spec.y_log else tick_labels(inside, spec.unit), strict=True)
    )


def axes(spec: ChartSpec, plot: Plot, ticks: Ticks, texts: Texts) -> Iterator[str]:
    """Draw the grid, the ticks, and the names of both axes. ``ticks``: those of y."""
    left, right, bottom = (number(each) for each in (plot.left, plot.right, plot.bottom))
    for (_, label), y in zip(ticks, plot.at_y(np.array([tick for tick, _ in ticks])).tolist(), strict=True):
        yield f'<path class="grid" d="M{left} {number(y)}H{right}"/>'
        yield _label(plot.left - 6, y + 4, label, "end")
    yield f'<path class="axis" d="M{left} {bottom}H{right}"/>'
    for tick, label in _x_ticks(spec, plot):
        x = plot.at_x(tick)
        yield f'<path class="axis" d="M{number(x)} {bottom}v4"/>'
        yield _label(x, plot.bottom + 17, label, "middle")
    name = texts.ui("chart_lr" if spec.x_log else spec.axis)
    yield _label((plot.left + plot.right) / 2, plot.bottom + 34, name, "middle")


def _x_ticks(spec: ChartSpec, plot: Plot) -> Iterator[tuple[float, str]]:
    count = max(_LEAST_X_TICKS, int(plot.width / (_PIXELS_PER_DECADE if spec.x_log else _PIXELS_PER_X_TICK)))
    ticks, labels = x_ticks(spec, plot.x.lo, plot.x.hi, count)
    return ((tick, label) for tick, label in zip(ticks, labels, strict=True) if plot.shows(tick))


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="tick" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{escape(text)}</text>'
