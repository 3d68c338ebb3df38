"""A chart from its description: the frame by plotext, the curves in braille, the marks, the notes and the legend."""

from dataclasses import dataclass

from dltui.charts.canvas import Canvas, StyleName, cell_text
from dltui.charts.curves import paint_curve, put_covered_sign, put_end_sign, put_line_markers, put_markers
from dltui.charts.frame import Ticks, canvas_size, draw_frame, label_width
from dltui.charts.legend import Entry, put_title_row, readout, shorten
from dltui.charts.levels import LEVEL_SIGN, put_band, put_level, put_level_name
from dltui.charts.marks import put_event_lines, put_event_text, put_point, put_vertical
from dltui.charts.notes import notes_of, put_message, put_notes, why_empty
from dltui.charts.plot import Plot, place
from dltui.charts.raster import DOTS_X, DOTS_Y
from dltui.charts.scale import Limits, Scale, x_limits, y_limits
from dltui.charts.spec import ChartSpec, Curve, Kind, Mark
from dltui.charts.ticks import linear_ticks, log_labels, log_ticks, power_ticks, tick_labels, time_ticks
from dltui.series.trace import Window

__all__ = ["ChartSpec", "Curve", "Kind", "Mark", "draw", "readout"]

LEAST_WIDTH, LEAST_HEIGHT = 16, 5
"""Below this a chart is only its title."""

_LABELS_WIDE, _LABELS_NARROW = 6, 5  # columns for y labels: "1.5e-4", and "0.125" where room is short
_NARROW = 40
_ROWS_PER_TICK, _ROWS_PER_TICK_TALL = 2, 5  # ticks stand less close where a chart is tall
_ROWS_PER_LOG_TICK = 2  # they stand closest just below a decade, and further apart elsewhere
_COLUMNS_PER_TICK, _COLUMNS_PER_DECADE = 12, 7  # the label of a decade is short: 1e-5
_LEAST_HEIGHT_FOR_NOTES = 5  # rows of the plot; in fewer they would hide it and go to the title row


def draw(spec: ChartSpec) -> Canvas:
    """The chart, ``spec.width`` x ``spec.height`` cells. Never raises for what a log may hold."""
    canvas = Canvas(spec.width, spec.height)
    if spec.width < LEAST_WIDTH or spec.height < LEAST_HEIGHT:
        canvas.put(0, 0, shorten(cell_text(spec.title), spec.width), StyleName.TITLE)
        return canvas
    layout = _layout(spec)
    columns = _column_ticks(spec, layout.x)
    frame = draw_frame(spec.width, spec.height - 1, layout.left, layout.row_ticks, columns, spec.x_name)
    plot = place(canvas, frame, layout.x, layout.y)
    notes: list[str] = []
    events: list[Entry] = []
    if layout.limits is None:
        put_message(plot, why_empty(spec))
    else:
        events = _draw_curves(plot, spec, layout.windows)
        if spec.band is not None:
            put_band(canvas, plot, spec.band)
        notes = notes_of(spec, layout.limits, layout.x.lo, layout.x.hi)
        if plot.height >= _LEAST_HEIGHT_FOR_NOTES:
            put_notes(plot, notes)
            notes = []
    put_title_row(canvas, spec, notes, events)
    return canvas


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What is settled before drawing. ``limits``: None where no value is in view; ``left``: columns of y labels."""

    left: int
    x: Scale
    y: Scale
    windows: list[Window]
    limits: Limits | None
    row_ticks: Ticks


def _layout(spec: ChartSpec) -> _Layout:
    """Limits need the curves, curves the width of the plot, and the width the labels of the limits.

    So it begins with the usual width of labels, and does it once more where one turns out longer.
    """
    x_lo, x_hi = x_limits(spec)
    left = _LABELS_NARROW if spec.width < _NARROW else _LABELS_WIDE
    while True:
        columns, rows = canvas_size(spec.width, spec.height - 1, left)
        x = Scale(x_lo, x_hi, columns * DOTS_X)
        windows = [curve.trace.window(spec.axis, x_lo, x_hi, x.dots, positive=spec.y_log) for curve in spec.curves]
        limits = y_limits(spec, windows, x.dots)
        y = Scale(limits.lo, limits.hi, rows * DOTS_Y, spec.y_log) if limits else Scale(0.0, 1.0, rows * DOTS_Y)
        row_ticks = _row_ticks(spec, y, rows) if limits else ()
        needed = label_width([label for _, label in row_ticks], left)
        if needed <= left or needed > spec.width // 2:
            return _Layout(left=left, x=x, y=y, windows=windows, limits=limits, row_ticks=row_ticks)
        left = needed


def _row_ticks(spec: ChartSpec, y: Scale, rows: int) -> Ticks:
    count = max(2, min((rows + 1) // _ROWS_PER_TICK, 2 + rows // _ROWS_PER_TICK_TALL))
    ticks = log_ticks(y.lo, y.hi, max(2, rows // _ROWS_PER_LOG_TICK)) if y.log else linear_ticks(y.lo, y.hi, count)
    labels = log_labels(ticks, spec.unit) if y.log else tick_labels(ticks, spec.unit)
    return _in_cells(y, ticks, labels, DOTS_Y)


def _column_ticks(spec: ChartSpec, x: Scale) -> Ticks:
    each = _COLUMNS_PER_DECADE if spec.x_log else _COLUMNS_PER_TICK
    count = max(2, x.dots // DOTS_X // each)
    if spec.x_hi is None and all(curve.trace.x_range(spec.axis) is None for curve in spec.curves):
        return ()  # no point yet, and no plan: any number would be made up
    ticks, labels = x_ticks(spec, x.lo, x.hi, count)
    return _in_cells(x, ticks, labels, DOTS_X)


def x_ticks(spec: ChartSpec, lo: float, hi: float, count: int) -> tuple[list[float], list[str]]:
    """About ``count`` ticks of x with their labels."""
    if spec.x_log:
        return power_ticks(lo, hi, count)
    ticks = time_ticks(lo, hi, count) if spec.axis == "time" else linear_ticks(lo, hi, count)
    return ticks, tick_labels(ticks, spec.axis)


def _in_cells(scale: Scale, ticks: list[float], labels: list[str], dots_per_cell: int) -> Ticks:
    """The ticks that lie on the scale, one a cell."""
    cells: dict[int, str] = {}
    for tick, label in zip(ticks, labels, strict=True):
        cell = scale.cell(tick, dots_per_cell)
        if cell is not None:
            cells.setdefault(cell, label)
    return tuple(cells.items())


def _draw_curves(plot: Plot, spec: ChartSpec, windows: list[Window]) -> list[Entry]:
    """Draw all that lies in the area, from the bottom up; return the texts that found no room."""
    drawn = list(zip(spec.curves, windows, strict=True))
    for level in spec.levels:
        put_level(plot, level)
    for beneath in (Kind.UNDONE, Kind.FAINT):
        for curve, window in drawn:
            if curve.kind is beneath:
                paint_curve(plot, curve, window)
    events = [mark for mark in spec.marks if mark.y is None]
    put_event_lines(plot, events)
    if spec.cursor_x is not None:
        put_vertical(plot, spec.cursor_x, "│", StyleName.CURSOR)
    for curve, window in drawn:
        if curve.kind not in (Kind.UNDONE, Kind.FAINT):
            paint_curve(plot, curve, window)
    for curve, window in drawn:
        if curve.kind is Kind.POINTS:
            put_markers(plot, curve, window)
    put_line_markers(plot, [curve for curve, _ in drawn if curve.kind is Kind.LINE and curve.end and curve.symbol])
    for curve, window in drawn:
        sign = spec.end_sign(curve)
        if sign and not put_end_sign(plot, curve, sign) and curve.end:
            put_covered_sign(plot, curve, window, sign)
    for mark in spec.marks:
        if mark.y is not None:
            put_point(plot, mark)
    told_last = sorted(events, key=lambda mark: mark.style is StyleName.UNDONE)
    untold = [mark for mark in told_last if mark.text and not put_event_text(plot, mark)]
    unnamed = [level for level in spec.levels if not put_level_name(plot, level)]
    return [
        *((f"{mark.sign} {mark.text}", mark.style) for mark in untold),
        *((f"{LEVEL_SIGN} {level.name}", StyleName.LEVEL) for level in unnamed),
    ]
