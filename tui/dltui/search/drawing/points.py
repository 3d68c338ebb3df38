"""A chart of points, one a trial, on the frame of all charts; and a staircase through them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dltui.charts.canvas import Canvas, StyleName, cell_text, cell_width
from dltui.charts.frame import Ticks, canvas_size, draw_frame, label_width
from dltui.charts.legend import Entry, fit, shorten
from dltui.charts.notes import put_message
from dltui.charts.plot import Plot, place
from dltui.charts.raster import BRAILLE, DOTS_X, DOTS_Y, dots, line_spans, paint
from dltui.charts.scale import Scale
from dltui.charts.ticks import linear_ticks, log_labels, log_ticks, nice_limits, nice_log_limits, tick_labels
from dltui.search.drawing.axis import Axis

LEAST_WIDTH, LEAST_HEIGHT = 16, 5
"""Below this a chart is only its title."""
_LABELS = 6
_FAR = 3.0
"""What lies further off than so many times what three quarters of the points take is put at the edge ..."""
_EDGE = {False: "▲", True: "▽"}
"""... with this sign: above, or below where more is better."""
_LOG_RATIO = 5.0
_MOST_POWER = 308.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Points that mean the same. ``x``, ``y``: of each; a y that is not finite lies at the edge."""

    label: str
    sign: str
    style: StyleName
    x: Sequence[float] = field(default_factory=list)
    y: Sequence[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointChart:
    """A chart. ``steps``: the staircase through these points, each level up to the next x, the last one to the end.

    ``rises``: more is better. ``y_log``: None to choose what shows more. ``numbered``: where each trial
    is, and ``chosen``: the one that somebody looks at. ``with_legend``: the signs are told.
    """

    title: str
    axis: Axis
    groups: Sequence[Group] = ()
    steps: Sequence[tuple[float, float]] = ()
    steps_label: str = ""
    rises: bool = False
    y_log: bool | None = None
    numbered: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    chosen: int | None = None
    corner: str = ""
    empty: str = ""
    notes: Sequence[str] = ()
    with_legend: bool = True


def draw_points(spec: PointChart, width: int, height: int) -> Canvas:
    """Return the chart. Never raises for what a study may hold."""
    canvas = Canvas(width, height)
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        canvas.put(0, 0, shorten(cell_text(spec.title), width), StyleName.TITLE)
        return canvas
    values, log = _values(spec), is_log_chart(spec)
    limits = limits_of(values, log, spec.rises)
    rows = canvas_size(width, height - 1, 0)[1]
    y = Scale(*(limits or (0.0, 1.0)), rows * DOTS_Y, log and limits is not None)
    row_ticks = _row_ticks(y, rows) if limits is not None else ()
    left = label_width([label for _, label in row_ticks], _LABELS)
    x = Scale(spec.axis.lo, spec.axis.hi, canvas_size(width, height - 1, left)[0] * DOTS_X)
    frame = draw_frame(width, height - 1, left, row_ticks, _column_ticks(spec.axis, x), spec.corner)
    plot = place(canvas, frame, x, y)
    beyond = False
    if limits is None and not any(len(group.x) for group in spec.groups):
        put_message(plot, spec.empty)
    else:
        _paint_steps(plot, spec.steps)
        beyond = any([_put_group(plot, group, spec.rises) for group in spec.groups])
        _put_chosen(plot, spec)
    _put_title(canvas, spec, log, beyond)
    return canvas


def is_log_chart(spec: PointChart) -> bool:
    """Whether the objective is on a log scale: as it is asked for, where it can be, else where that shows more."""
    values = _values(spec)
    return is_log(values, spec.rises) if spec.y_log is None else spec.y_log and min(values, default=0.0) > 0


def _values(spec: PointChart) -> list[float]:
    return [y for group in spec.groups for y in group.y if math.isfinite(y)]


def is_log(values: Sequence[float], rises: bool) -> bool:
    """Whether a log scale shows more of values that are to become small."""
    if rises or not values or min(values) <= 0:
        return False
    ordered = sorted(values)
    return ordered[(9 * (len(ordered) - 1)) // 10] / ordered[0] > _LOG_RATIO


def limits_of(values: Sequence[float], log: bool, rises: bool) -> tuple[float, float] | None:
    """Return the limits of y: from the best value to the worst that is not far off; None where there is no value."""
    if not values:
        return None
    shown = sorted((math.log10(each) if log else each for each in values), reverse=rises)
    best, usual, worst = shown[0], shown[(3 * (len(shown) - 1) + 3) // 4], shown[-1]
    reach = abs(usual - best)
    if reach and math.isfinite(reach) and abs(worst - best) > _FAR * reach:
        worst = best + (-_FAR if rises else _FAR) * reach
    lo, hi = min(best, worst), max(best, worst)
    return nice_log_limits(10 ** min(lo, _MOST_POWER), 10 ** min(hi, _MOST_POWER)) if log else nice_limits(lo, hi)


def _row_ticks(y: Scale, rows: int) -> Ticks:
    ticks = log_ticks(y.lo, y.hi, max(2, rows // 2)) if y.log else linear_ticks(y.lo, y.hi, max(2, min(rows // 2, 6)))
    labels = log_labels(ticks) if y.log else tick_labels(ticks, "number")
    return _in_cells(y, ticks, labels, DOTS_Y)


def _column_ticks(axis: Axis, x: Scale) -> Ticks:
    ticks, labels = axis.ticks(x.dots // DOTS_X)
    return _in_cells(x, ticks, labels, DOTS_X)


def _in_cells(scale: Scale, ticks: Sequence[float], labels: Sequence[str], dots_per_cell: int) -> Ticks:
    cells: dict[int, str] = {}
    for tick, label in zip(ticks, labels, strict=True):
        cell = scale.cell(tick, dots_per_cell)
        if cell is not None:
            cells.setdefault(cell, label)
    return tuple(sorted(cells.items()))


def _paint_steps(plot: Plot, steps: Sequence[tuple[float, float]]) -> None:
    """The staircase: from each point to the right up to the next, and there up or down to it."""
    if not steps:
        return
    corners: list[tuple[float, float]] = []
    for (x, y), after in zip(steps, [*(x for x, _ in steps[1:]), plot.x.hi], strict=True):
        corners += [(x, y), (after, y)]
    right, up = plot.x.dot(np.array([x for x, _ in corners])), plot.y.dot(np.array([y for _, y in corners]))
    spans = line_spans(right[:-1], up[:-1], right[1:], up[1:], plot.x.dots, plot.y.dots)
    paint(dots(spans, plot.x.dots, plot.y.dots), plot.chars, plot.styles, StyleName.BEST)


def _put_group(plot: Plot, group: Group, rises: bool) -> bool:
    """Put the signs of the points; return whether some lie beyond the limits, and have the sign of that at the edge."""
    x, y = np.asarray(group.x, dtype=np.float64), np.asarray(group.y, dtype=np.float64)
    known = np.isfinite(x)
    x, y = x[known], y[known]
    if not len(x):
        return False
    columns = np.rint(plot.x.dot(x)).astype(np.int64) // DOTS_X
    finite = np.isfinite(y) & ((y > 0) if plot.y.log else True)
    shown = np.rint(plot.y.dot(np.where(finite, y, plot.y.lo))).astype(np.int64)
    beyond = finite & ((shown < 0) if rises else (shown >= plot.y.dots))
    edge = plot.height - 1 if rises else 0
    rows = np.where(finite & ~beyond, plot.height - 1 - np.clip(shown, 0, plot.y.dots - 1) // DOTS_Y, edge)
    inside = (columns >= 0) & (columns < plot.width)
    signs = np.where(beyond, ord(_EDGE[rises]), ord(group.sign))
    plot.chars[rows[inside], columns[inside]] = signs[inside]
    plot.styles[rows[inside], columns[inside]] = group.style
    return bool((beyond & inside).any())


def _put_chosen(plot: Plot, spec: PointChart) -> None:
    """Show the point under the cursor of the table as it stands, on the colour of what is selected."""
    place = spec.numbered.get(spec.chosen) if spec.chosen is not None else None
    if place is None or not math.isfinite(place[0]):
        return
    column = plot.x.cell(place[0], DOTS_X)
    edge = plot.height - 1 if spec.rises else 0
    cell = plot.y.cell(place[1], DOTS_Y)
    row = edge if cell is None else plot.height - 1 - cell
    if column is None:
        return
    if plot.chars[row, column] == ord(" "):
        plot.put_text(row, column, "○", StyleName.SELECTED)
    plot.styles[row, column] = StyleName.SELECTED
    for at, sign in ((column - 1, "["), (column + 1, "]")):
        if 0 <= at < plot.width and _is_free(int(plot.chars[row, at])):
            plot.put_text(row, at, sign, StyleName.SELECTED)


def _is_free(char: int) -> bool:
    """Whether no point is there; a line may be covered."""
    return char == ord(" ") or BRAILLE <= char < BRAILLE + 256


def _put_title(canvas: Canvas, spec: PointChart, log: bool, beyond: bool) -> None:
    entries: list[Entry] = [(f"{spec.title} (log)" if log else spec.title, StyleName.TITLE)]
    if spec.with_legend:
        entries += [(f"{group.sign} {group.label}", group.style) for group in reversed(spec.groups) if len(group.x)]
    if spec.steps and spec.steps_label:
        entries.append((f"━ {spec.steps_label}", StyleName.BEST))
    if beyond:
        entries.append((f"{_EDGE[spec.rises]} beyond", StyleName.NOTE))
    entries += [(note, StyleName.NOTE) for note in spec.notes]
    column = 0
    for text, style in fit([(cell_text(text), style) for text, style in entries], canvas.width):
        canvas.put(0, column, text, style)
        column += cell_width(text)
