"""A chart as SVG: the same curves, limits and ticks as in the terminal, at the resolution of a page.

What is drawn costs what the plot is wide, not what the run is long. Shapes have classes, whose colours are in
``style.py``; nothing is loaded from anywhere, and every text is escaped.
"""

import math
from collections.abc import Iterator
from html import escape

import numpy as np
from rich.cells import cell_len

from dltui.charts.canvas import StyleName
from dltui.charts.scale import Limits, Scale, x_limits, y_limits
from dltui.charts.spec import ChartSpec, Curve, Kind, Level, Mark
from dltui.formatting import format_value
from dltui.report.lanes import Lanes
from dltui.report.legend import CLASSES, legend, notes_of
from dltui.report.paths import crosses_path, curve_path, dots_path, number, triangle
from dltui.report.plot import BOTTOM, CELL, RIGHT, Plot, axes, y_ticks
from dltui.series.trace import Window
from dltui.texts import Texts

_UNITS_A_COLUMN = 1.6
_LANE = 15.0
_MOST_DOTS = 120
"""Beyond this many validations a dot for each would hide the line that joins them."""
_UNSMOOTHED = (StyleName.GRAD, StyleName.VAL, StyleName.ACCURACY)
"""Where these have more points than columns, they are drawn thin: their noise would fill the plot."""
_EDGE = 3.0
"""Pixels by which a point on the edge of the plot may reach out of it."""


def draw_chart(spec: ChartSpec, width: float, height: float, key: str, texts: Texts) -> str:
    """Return the chart as the inside of an ``svg`` of that size. ``key`` tells its ids from those of other charts."""
    lo, hi = x_limits(spec)
    columns = _columns(width)
    windows = [curve.trace.window(spec.axis, lo, hi, columns, positive=spec.y_log) for curve in spec.curves]
    limits = y_limits(spec, windows, columns)
    title = texts.ui("chart_log", title=spec.title) if spec.y_log else spec.title
    heading = f'<text class="title" x="0" y="14">{escape(title)}</text>'
    if limits is not None:
        return heading + "".join(_shapes(spec, windows, limits, (width, height), key, texts))
    middle = f'x="{number(width / 2)}" y="{number(height / 2)}" text-anchor="middle"'
    return f'{heading}<text class="muted" {middle}>{escape(spec.empty)}</text>'


def _columns(width: float) -> int:
    """How many entries of a curve a chart of that width shows."""
    return max(int(width / _UNITS_A_COLUMN), 2)


def describe_chart(spec: ChartSpec, texts: Texts) -> str:
    """Return what the chart shows in words, for who cannot see it."""
    told = [_tell(spec, curve, texts) for curve in spec.curves if curve.kind not in (Kind.FAINT, Kind.UNDONE)]
    marks = [mark.text for mark in spec.marks if mark.text]
    return "; ".join([each for each in told if each] + marks[:10]) or spec.empty


def _tell(spec: ChartSpec, curve: Curve, texts: Texts) -> str:
    extent = curve.trace.extent(spec.axis, -math.inf, math.inf)
    if extent is None:
        return ""
    usable = curve.trace.values[np.isfinite(curve.trace.values)]
    numbers = dict(zip(("first", "last", "low", "high"), (usable[0], usable[-1], *extent), strict=True))
    written = {name: format_value(float(value), spec.unit) for name, value in numbers.items()}
    return texts.ui("chart_tells", curve=curve.label or spec.title, **written)


def _shapes(
    spec: ChartSpec, windows: list[Window], limits: Limits, size: tuple[float, float], key: str, texts: Texts
) -> Iterator[str]:
    """Settle from above downward and from the left to the right what has how much room, then draw from the back."""
    (width, height), (lo, hi) = size, x_limits(spec)
    rows, top = legend(spec, list(notes_of(spec, limits, lo, hi, texts)), width)
    yield rows
    ticks = y_ticks(spec, limits, height - top - BOTTOM)
    left = max((len(label) for _, label in ticks), default=1) * CELL + 10
    x = Scale(lo, hi, max(int(width - RIGHT - left), 1) + 1)
    events = [mark for mark in spec.marks if mark.y is None and math.isfinite(mark.x) and lo <= mark.x <= hi]
    lanes = Lanes(left, width - RIGHT, CELL)
    places = [lanes.place(left + float(x.dot(np.array([mark.x]))[0]), cell_len(mark.text)) for mark in events]
    top += lanes.used * _LANE
    y = Scale(limits.lo, limits.hi, max(int(height - top - BOTTOM), 1) + 1, spec.y_log)
    plot = Plot(left=left, top=top, x=x, y=y)
    yield from _band(spec, plot)
    yield from axes(spec, plot, ticks, texts)
    yield from (_level(each, plot) for each in spec.levels if plot.has(lo, each.y))
    for mark, place in zip(events, places, strict=True):
        yield _event(plot, mark, place, lanes.used)
    yield from _curves(spec, windows, plot, _columns(width), key)
    yield from (_point(mark, mark.y, plot) for mark in spec.marks if mark.y is not None and plot.has(mark.x, mark.y))
    yield from (_beyond(mark.x, plot) for mark in spec.marks if mark.y == math.inf and plot.shows(mark.x))


def _curves(spec: ChartSpec, windows: list[Window], plot: Plot, columns: int, key: str) -> Iterator[str]:
    """The curves, cut off at the edges of the plot."""
    x, y, width, height = plot.left - _EDGE, plot.top - _EDGE, plot.width + 2 * _EDGE, plot.height + 2 * _EDGE
    area = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    yield f'<clipPath id="{key}"><rect {area}/></clipPath><g clip-path="url(#{key})">'
    for curve, window in zip(spec.curves, windows, strict=True):
        if len(window):
            yield from _curve(curve, window, plot, columns)
    yield "</g>"


def _curve(curve: Curve, window: Window, plot: Plot, columns: int) -> Iterator[str]:
    name = CLASSES.get(curve.style, "train")
    x = plot.left + window.pixel * (plot.width / (columns - 1))
    values = np.stack([window.first, window.low, window.high, window.last])
    # what lies far beyond is cut off anyway, and need not be a long number
    y = np.clip(plot.at_y(values), plot.top - 9 * plot.height, plot.bottom + 9 * plot.height)
    dense = " dense" if curve.style in _UNSMOOTHED and len(curve.trace) > columns else ""
    yield f'<path class="line {name}{dense}" d="{curve_path(x, y, window.broken)}"/>'
    if curve.kind is Kind.POINTS and len(window) <= _MOST_DOTS:
        if curve.style is StyleName.FINDING:
            yield f'<path class="cross {name}" d="{crosses_path(x, y[3])}"/>'
        else:
            yield f'<path class="dot {name}" d="{dots_path(x, y[3])}"/>'


def _point(mark: Mark, value: float, plot: Plot) -> str:
    x, y = number(plot.at_x(mark.x)), number(float(plot.at_y(np.array([value]))[0]))
    name = CLASSES.get(mark.style, "mark")
    return f'<circle class="ring {name}" cx="{x}" cy="{y}" r="5.5"><title>{escape(mark.text)}</title></circle>'


def _band(spec: ChartSpec, plot: Plot) -> Iterator[str]:
    """The part of x that stands out, behind all else, with an edge on the axis."""
    if spec.band is None or not (math.isfinite(spec.band.lo) and math.isfinite(spec.band.hi)):
        return
    left, right = (min(max(plot.at_x(x), plot.left), plot.right) for x in (spec.band.lo, spec.band.hi))
    if right > left:
        size = f'width="{number(right - left)}" height="{number(plot.height)}"'
        yield f'<rect class="band" x="{number(left)}" y="{number(plot.top)}" {size}/>'
        yield f'<path class="edge" d="M{number(left)} {number(plot.bottom - 5)}v5H{number(right)}v-5"/>'


def _level(level: Level, plot: Plot) -> str:
    """A dashed line with its name at its right end, above it where there is room."""
    y = float(plot.at_y(np.array([level.y]))[0])
    text = y - 4 if y - plot.top > _LANE else y + 13
    name = (
        f'<text class="level" x="{number(plot.right)}" y="{number(text)}" text-anchor="end">{escape(level.name)}</text>'
    )
    return f'<path class="level" d="M{number(plot.left)} {number(y)}H{number(plot.right)}"/>{name}'


def _beyond(x: float, plot: Plot) -> str:
    """A sign at the top for a value that no chart has a place for."""
    return f'<path class="beyond" d="{triangle(plot.at_x(x), plot.top - 2)}"/>'


def _event(plot: Plot, mark: Mark, place: tuple[int, bool] | None, lanes: int) -> str:
    """A line through the plot, with its text in the lane above it; without room there the text is told on hovering."""
    name, text = CLASSES.get(mark.style, "mark"), escape(mark.text)
    x, begin, label = plot.at_x(mark.x), plot.top, ""
    if place is not None:
        lane, leftward = place
        begin = plot.top - (lanes - lane) * _LANE
        side, anchor = (x - 4, ' text-anchor="end"') if leftward else (x + 4, "")
        label = f'<text class="{name}" x="{number(side)}" y="{number(begin + 11)}"{anchor}>{text}</text>'
    path = f"M{number(x)} {number(begin)}V{number(plot.bottom)}"
    return f'<path class="event {name}" d="{path}"><title>{text}</title></path>{label}'
