"""The curves of a chart: braille for the lines, and the signs of their points and their ends."""

import numpy as np
import numpy.typing as npt

from dltui.charts.canvas import one_cell
from dltui.charts.plot import Plot
from dltui.charts.raster import BRAILLE, DOTS_X, DOTS_Y, dots, join, line_spans, paint, point_spans, sparse, stipple
from dltui.charts.spec import Curve, Kind
from dltui.series.trace import Window

_MARKER_DISTANCE = 3  # cells between markers: nearer ones hide the line that joins them
_LINE_MARKER_DISTANCE = 18  # columns: a line that is followed with the eye needs few


def paint_curve(plot: Plot, curve: Curve, window: Window) -> None:
    """Draw the line of a curve over what is there."""
    grid = _curve_dots(plot, window)
    lighter = {Kind.FAINT: stipple, Kind.UNDONE: sparse}.get(curve.kind)
    paint(lighter(grid) if lighter else grid, plot.chars, plot.styles, curve.style)


def put_markers(plot: Plot, curve: Curve, window: Window) -> None:
    """A marker for each value, or for every 2nd, 4th, ... where they would touch.

    They are counted from the start of the run, so that markers stay on their values as more come.
    """
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
    plot.chars[rows[kept], columns[kept]] = ord(one_cell(curve.sign))
    plot.styles[rows[kept], columns[kept]] = curve.style


def put_line_markers(plot: Plot, curves: list[Curve]) -> None:
    """Each line's marker on it every so many columns, those of different lines not in the same ones."""
    for number, curve in enumerate(curves):
        own = (plot.styles == curve.style) & (plot.chars >= BRAILLE) & (plot.chars < BRAILLE + 256)
        first = _LINE_MARKER_DISTANCE * (2 * number + 1) // (2 * len(curves))
        for column in range(first, plot.width, _LINE_MARKER_DISTANCE):
            rows = np.flatnonzero(own[:, column])
            if len(rows):
                plot.chars[rows[len(rows) // 2], column] = ord(one_cell(curve.symbol))


def put_end_sign(plot: Plot, curve: Curve, sign: str) -> bool:
    """The sign of a curve in the last cell where it lies on top, so that lines which end together all keep theirs.

    False if it lies on top nowhere.
    """
    own = (plot.styles == curve.style) & (plot.chars != ord(" "))
    columns = np.flatnonzero(own.any(axis=0))
    if len(columns):
        column = int(columns[-1])
        plot.put_text(int(np.flatnonzero(own[:, column])[0]), column, sign, curve.style)
    return len(columns) > 0


def put_covered_sign(plot: Plot, curve: Curve, window: Window, sign: str) -> None:
    """The sign of a curve that others hide, beside theirs: they all go there."""
    rows, columns, inside = _cells(plot, window)
    if not inside.any():
        return
    row, column = int(rows[inside][-1]), int(columns[inside][-1]) - 1
    while column > 0 and not BRAILLE <= plot.chars[row, column] < BRAILLE + 256:
        column -= 1
    plot.put_text(row, column, sign, curve.style)


def _curve_dots(plot: Plot, window: Window) -> npt.NDArray[np.bool_]:
    """The dots of a curve: a bar from lowest to highest for each entry, and lines from each entry to the next."""
    width, height = plot.x.dots, plot.y.dots
    x = np.clip(window.pixel, -1e9, 1e9)
    first, low, high, last = plot.y.dot(np.stack([window.first, window.low, window.high, window.last]))
    joined = np.flatnonzero(~window.broken)
    lines = line_spans(x[joined - 1], last[joined - 1], x[joined], first[joined], width, height)
    bars = point_spans(x, low, high, width, height)
    return dots(join(bars, lines), width, height)


def _cells(plot: Plot, window: Window) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Row and column of the last value of each entry, and which of them are in the area."""
    x, y = np.rint(np.clip(window.pixel, -1e9, 1e9)), np.rint(plot.y.dot(window.last))
    inside = (x >= 0) & (x < plot.x.dots) & (y >= 0) & (y < plot.y.dots)
    rows = plot.height - 1 - y.astype(np.int64) // DOTS_Y
    return rows, x.astype(np.int64) // DOTS_X, inside
