"""A chart from its description: the frame by plotext, the curves in braille, the marks, the notes and the legend."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dltui.charts.canvas import Canvas, PlotArea, StyleName, cell_text
from dltui.charts.frame import Frame, Ticks, canvas_size, draw_frame, label_width
from dltui.charts.legend import put_title_row, readout, shorten
from dltui.charts.raster import BRAILLE, DOTS_X, DOTS_Y, Spans, dots, join, line_spans, paint, point_spans, stipple
from dltui.charts.scale import Limits, Scale, x_limits, y_limits
from dltui.charts.spec import ChartSpec, Curve, Kind, Mark
from dltui.charts.ticks import (
    format_value,
    linear_ticks,
    log_labels,
    log_ticks,
    tick_labels,
    time_ticks,
)
from dltui.series.trace import Window

__all__ = ["ChartSpec", "Curve", "Kind", "Mark", "draw", "readout"]

LEAST_WIDTH, LEAST_HEIGHT = 16, 5
"""Below this a chart is only its title and the last values."""

_LABELS_WIDE, _LABELS_NARROW = 6, 5  # columns for y labels: "1.5e-4", and "0.125" where room is short
_NARROW = 40
_ROWS_PER_TICK, _ROWS_PER_TICK_TALL = 2, 5  # ticks stand less close where a chart is tall
_ROWS_PER_LOG_TICK = 2  # they stand closest just below a decade, and further apart elsewhere
_COLUMNS_PER_TICK = 12
_MARKER_DISTANCE = 3  # cells between markers: nearer ones hide the line that joins them


@dataclass(frozen=True, slots=True)
class _Plot:
    """The area of the curves on the canvas: views of its cells, and the scales that lead there."""

    canvas: Canvas
    chars: npt.NDArray[np.uint32]
    styles: npt.NDArray[np.uint8]
    x: Scale
    y: Scale

    @property
    def width(self) -> int:
        return int(self.chars.shape[1])

    @property
    def height(self) -> int:
        return int(self.chars.shape[0])


def draw(spec: ChartSpec) -> Canvas:
    """The chart, ``spec.width`` x ``spec.height`` cells. Never raises for what a log may hold."""
    canvas = Canvas(spec.width, spec.height)
    if spec.width < LEAST_WIDTH or spec.height < LEAST_HEIGHT:
        canvas.put(0, 0, shorten(cell_text(spec.title), spec.width), StyleName.TITLE)
        return canvas
    x_lo, x_hi = x_limits(spec)
    left = _LABELS_NARROW if spec.width < _NARROW else _LABELS_WIDE
    while True:
        columns, rows = canvas_size(spec.width, spec.height - 1, left)
        x = Scale(x_lo, x_hi, columns * DOTS_X)
        windows = [curve.trace.window(spec.axis, x_lo, x_hi, x.dots, positive=spec.y_log) for curve in spec.curves]
        limits = y_limits(spec, windows, x.dots)
        y = Scale(limits.lo, limits.hi, rows * DOTS_Y, spec.y_log) if limits else None
        row_ticks = _row_ticks(spec, y, rows) if y else ()
        needed = label_width([label for _, label in row_ticks], left)
        if needed <= left or needed > spec.width // 2:
            break
        left = needed
    frame = draw_frame(spec.width, spec.height - 1, left, row_ticks, _column_ticks(spec, x, columns), spec.axis)
    plot = _place(canvas, frame, x, y or Scale(0.0, 1.0, rows * DOTS_Y))
    left_over: tuple[str, ...] = ()
    if limits is None:
        _put_message(plot, _why_empty(spec))
    else:
        left_over = _draw_curves(plot, spec, windows)
        _put_notes(plot, _notes(spec, limits, x_lo, x_hi))
    put_title_row(canvas, spec, left_over)
    return canvas


def _place(canvas: Canvas, frame: Frame, x: Scale, y: Scale) -> _Plot:
    canvas.chars[1:] = frame.chars
    canvas.styles[1:] = frame.styles
    canvas.area = PlotArea(frame.left, frame.width, x.lo, x.hi)
    area = np.s_[1 + frame.top : 1 + frame.top + frame.height, frame.left : frame.left + frame.width]
    return _Plot(canvas, canvas.chars[area], canvas.styles[area], x, y)


def _row_ticks(spec: ChartSpec, y: Scale, rows: int) -> Ticks:
    count = max(2, min((rows + 1) // _ROWS_PER_TICK, 2 + rows // _ROWS_PER_TICK_TALL))
    ticks = log_ticks(y.lo, y.hi, max(2, rows // _ROWS_PER_LOG_TICK)) if y.log else linear_ticks(y.lo, y.hi, count)
    labels = log_labels(ticks, spec.unit) if y.log else tick_labels(ticks, spec.unit)
    return _in_cells(y, ticks, labels, DOTS_Y)


def _column_ticks(spec: ChartSpec, x: Scale, columns: int) -> Ticks:
    count = max(2, columns // _COLUMNS_PER_TICK)
    if spec.x_hi is None and all(curve.trace.x_range(spec.axis) is None for curve in spec.curves):
        return ()  # no point yet, and no plan: any number would be made up
    ticks = time_ticks(x.lo, x.hi, count) if spec.axis == "time" else linear_ticks(x.lo, x.hi, count)
    return _in_cells(x, ticks, tick_labels(ticks, spec.axis), DOTS_X)


def _in_cells(scale: Scale, ticks: list[float], labels: list[str], dots_per_cell: int) -> Ticks:
    """The ticks that lie on the scale, one a cell."""
    cells: dict[int, str] = {}
    for tick, label in zip(ticks, labels, strict=True):
        cell = scale.cell(tick, dots_per_cell)
        if cell is not None:
            cells.setdefault(cell, label)
    return tuple(cells.items())


def _draw_curves(plot: _Plot, spec: ChartSpec, windows: list[Window]) -> tuple[str, ...]:
    """Draw all that lies in the area, from the bottom up; return the texts of the events that found no room."""
    drawn = list(zip(spec.curves, windows, strict=True))
    for curve, window in drawn:
        if curve.kind is Kind.FAINT:
            paint(stipple(_curve_dots(plot, window)), plot.chars, plot.styles, curve.style)
    events = [mark for mark in spec.marks if mark.y is None]
    for mark in events:
        _put_vertical(plot, mark.x, mark.sign, mark.style)
    if spec.cursor_x is not None:
        _put_vertical(plot, spec.cursor_x, "│", StyleName.CURSOR)
    for curve, window in drawn:
        if curve.kind is not Kind.FAINT:
            paint(_curve_dots(plot, window), plot.chars, plot.styles, curve.style)
    for curve, window in drawn:
        if curve.kind is Kind.POINTS:
            _put_markers(plot, curve, window)
        elif sign := spec.end_sign(curve):
            _put_end_sign(plot, curve, sign)
    for mark in spec.marks:
        if mark.y is not None:
            _put_point(plot, mark)
    return tuple(f"{mark.sign} {mark.text}" for mark in events if mark.text and not _put_event_text(plot, mark))


def _curve_dots(plot: _Plot, window: Window) -> npt.NDArray[np.bool_]:
    """The dots of a curve: a bar from lowest to highest for each entry, and lines from each entry to the next."""
    width, height = plot.x.dots, plot.y.dots
    x = np.clip(window.pixel, -1e9, 1e9)
    first, low, high, last = plot.y.dot(np.stack([window.first, window.low, window.high, window.last]))
    joined = np.flatnonzero(~window.broken)
    lines = line_spans(x[joined - 1], last[joined - 1], x[joined], first[joined], width, height)
    bars: Spans = point_spans(x, low, high, width, height)
    return dots(join(bars, lines), width, height)


def _cells(plot: _Plot, window: Window) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Row and column of the last value of each entry, and which of them are in the area."""
    x, y = np.rint(np.clip(window.pixel, -1e9, 1e9)), np.rint(plot.y.dot(window.last))
    inside = (x >= 0) & (x < plot.x.dots) & (y >= 0) & (y < plot.y.dots)
    rows = plot.height - 1 - y.astype(np.int64) // DOTS_Y
    return rows, x.astype(np.int64) // DOTS_X, inside


def _put_markers(plot: _Plot, curve: Curve, window: Window) -> None:
    """A marker for each value, or for every 2nd, 4th, ... where they would touch: counted from the start of the run, so
    that markers stay on their values as more come."""
    rows, columns, inside = _cells(plot, window)
    if not inside.any():
        return
    span, entries = int(np.ptp(columns[inside])), int(np.count_nonzero(inside))
    positions = window.position[inside]
    per_point = span / max(int(positions[-1] - positions[0]), 1)
    stride = 1
    while entries > 1 and per_point * stride < _MARKER_DISTANCE and stride <= len(curve.trace):
        stride *= 2
    rows, columns, last = rows[inside], columns[inside], len(positions) - 1
    chosen = positions // stride != np.append(-1, positions[:-1]) // stride if stride > 1 else np.ones(len(rows), bool)
    kept = np.flatnonzero(chosen)
    if kept[-1] != last:  # the newest value always has its marker
        kept = np.append(kept[columns[kept] <= columns[last] - _MARKER_DISTANCE], last)
    plot.chars[rows[kept], columns[kept]] = ord(cell_text(curve.sign))
    plot.styles[rows[kept], columns[kept]] = curve.style


def _put_end_sign(plot: _Plot, curve: Curve, sign: str) -> None:
    """The sign of a line in the last cell where it lies on top, so that lines which end together all keep theirs."""
    own = (plot.styles == curve.style) & (plot.chars >= BRAILLE) & (plot.chars < BRAILLE + 256)
    columns = np.flatnonzero(own.any(axis=0))
    if len(columns):
        column = int(columns[-1])
        _put_cell(plot, int(np.flatnonzero(own[:, column])[0]), column, sign, curve.style)


def _put_cell(plot: _Plot, row: int, column: int, sign: str, style: StyleName) -> None:
    plot.chars[row, column] = ord(cell_text(sign))
    plot.styles[row, column] = style


def _put_point(plot: _Plot, mark: Mark) -> None:
    """The symbol of a point, over it where there is a row."""
    column, row = plot.x.cell(mark.x, DOTS_X), plot.y.cell(mark.y if mark.y is not None else np.nan, DOTS_Y)
    if column is not None and row is not None:
        _put_cell(plot, max(plot.height - 2 - row, 0), column, mark.sign, mark.style)


def _put_vertical(plot: _Plot, x: float, sign: str, style: StyleName) -> None:
    column = plot.x.cell(x, DOTS_X)
    if column is not None:
        plot.chars[:, column] = ord(cell_text(sign))
        plot.styles[:, column] = style


def _put_event_text(plot: _Plot, mark: Mark) -> bool:
    """Write the text of an event right of its line, in the first or the last row, where nothing is in the way."""
    column = plot.x.cell(mark.x, DOTS_X)
    if column is None:
        return True  # out of view, and so is its text
    text = cell_text(mark.text)
    area = np.s_[column + 1 : column + 2 + len(text)]
    if column + 1 + len(text) > plot.width:
        return False
    for row in (0, plot.height - 1):
        if (plot.chars[row, area] == ord(" ")).all():
            _put_text(plot, row, column + 1, text, mark.style)
            return True
    return False


def _put_text(plot: _Plot, row: int, column: int, text: str, style: StyleName) -> None:
    points = [ord(character) for character in cell_text(text)[: plot.width - column]]
    plot.chars[row, column : column + len(points)] = points
    plot.styles[row, column : column + len(points)] = style


def _put_message(plot: _Plot, message: str) -> None:
    text = shorten(cell_text(message), plot.width)
    _put_text(plot, (plot.height - 1) // 2, (plot.width - len(text)) // 2, text, StyleName.NOTE)


def _why_empty(spec: ChartSpec) -> str:
    traces = [curve.trace for curve in spec.curves if len(curve.trace)]
    if not traces:
        return spec.empty
    if all(trace.x_range(spec.axis) is None for trace in traces):
        return f"no {spec.axis} in this log"
    lo, hi = x_limits(spec)
    if all(trace.x_range(spec.axis) is None or not np.isfinite(trace.values).any() for trace in traces):
        return "no finite value yet"
    if spec.y_log and any(trace.extent(spec.axis, lo, hi) for trace in traces):
        return "no value > 0 for a log axis"
    return "no value in this window"


def _notes(spec: ChartSpec, limits: Limits, x_lo: float, x_hi: float) -> list[str]:
    """What the chart does not show, said."""
    notes = []
    if limits.above is not None:
        who = "first values" if limits.first_only else "values"
        notes.append(f"{who} up to {format_value(limits.above, spec.unit)} above the chart ▲")
    if limits.below is not None:
        notes.append(f"values down to {format_value(limits.below, spec.unit)} below the chart ▼")
    not_finite = _hidden(spec, x_lo, x_hi, positive=False)
    if spec.y_log and (not_positive := _hidden(spec, x_lo, x_hi, positive=True) - not_finite):
        notes.append(f"{not_positive} value{'s' if not_positive > 1 else ''} <= 0 not on a log axis")
    if not_finite:
        notes.append(f"{not_finite} not finite")
    return notes


def _hidden(spec: ChartSpec, x_lo: float, x_hi: float, *, positive: bool) -> int:
    """Points in view without a usable value. A raw and a smoothed curve of one track lack the same ones."""
    by_track: dict[int, int] = {}
    for curve in spec.curves:
        hidden = curve.trace.hidden(spec.axis, x_lo, x_hi, positive=positive)
        key = id(curve.trace.track)
        by_track[key] = max(by_track.get(key, 0), hidden)
    return sum(by_track.values())


def _put_notes(plot: _Plot, notes: list[str]) -> None:
    """One note a row at the top right; at the bottom where the curves are up there and not down here."""
    for number, note in enumerate(notes[: plot.height]):
        text = shorten(note, plot.width - 1)
        column = plot.width - len(text)
        rows = (number, plot.height - len(notes) + number)
        free = [row for row in rows if 0 <= row < plot.height and (plot.chars[row, column - 1 :] == ord(" ")).all()]
        _put_text(plot, free[0] if free else number, column, text, StyleName.NOTE)
