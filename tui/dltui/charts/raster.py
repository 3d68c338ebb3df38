"""Lines and spans as braille: numpy from values to code points, without a loop over dots, columns or segments.

Dot coordinates: column 0 is the left edge, row 0 the bottom; both may be fractional and far outside. A cell holds 2 x 4
dots. Dots of different curves are never mixed in a cell: the curve that is drawn last owns it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dltui.charts.canvas import Chars, StyleName, Styles
from dltui.series.growing import Column

DOTS_X, DOTS_Y = 2, 4
BRAILLE = 0x2800
# the bit of the dot in (row from the top, column) of a cell
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

_VERTICAL = 1e-9  # columns: a line narrower than this has no slope

Dots = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spans:
    """Vertical spans of dots: in ``column``, from row ``low`` to row ``high``, ends included; they may overlap."""

    column: npt.NDArray[np.int64]
    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]


def line_spans(x0: Column, y0: Column, x1: Column, y1: Column, width: int, height: int) -> Spans:
    """Straight lines from (x0, y0) to (x1, y1), x0 <= x1, one dot thick, cut to a grid of width x height dots."""
    x0, y0, x1, y1 = _cut_x(x0, y0, x1, y1, width)
    first, last = np.rint(x0).astype(np.int64), np.rint(x1).astype(np.int64)
    lengths = last - first + 1
    line = np.repeat(np.arange(len(first)), lengths)
    column = np.arange(len(line)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + first[line]
    length = x1 - x0
    slope = np.where(length > _VERTICAL, (y1 - y0) / np.maximum(length, _VERTICAL), 0.0)
    x_start, x_stop, y_start, y_stop, slope = x0[line], x1[line], y0[line], y1[line], slope[line]
    begins, ends = column == first[line], column == last[line]
    enters = np.where(begins, y_start, y_start + slope * (column - 0.5 - x_start))
    leaves = np.where(ends, y_stop, y_start + slope * (np.minimum(column + 0.5, x_stop) - x_start))
    enters, leaves = np.clip(enters, -2.0, height + 1.0), np.clip(leaves, -2.0, height + 1.0)
    # A dot is lit where the line passes the middle of its row; half-open, so that two columns do not both light the
    # row where they meet, which would make slopes look thick. The ends of a line are always lit.
    low, high = np.minimum(enters, leaves), np.maximum(enters, leaves)
    bottom, top = np.ceil(low), np.ceil(high) - 1
    flat = top < bottom
    middle = np.rint((low + high) / 2)
    bottom, top = np.where(flat, middle, bottom), np.where(flat, middle, top)
    for end, y in ((begins, np.rint(enters)), (ends, np.rint(leaves))):
        bottom, top = np.where(end, np.minimum(bottom, y), bottom), np.where(end, np.maximum(top, y), top)
    return Spans(column, bottom.astype(np.int64), top.astype(np.int64))


def _cut_x(x0: Column, y0: Column, x1: Column, y1: Column, width: int) -> tuple[Column, Column, Column, Column]:
    """The parts of the lines between the centres of the columns 0 and width - 1."""
    inside = (x1 >= 0) & (x0 <= width - 1) & (x1 >= x0)
    if not inside.all():
        x0, y0, x1, y1 = x0[inside], y0[inside], x1[inside], y1[inside]
    left, right = np.maximum(x0, 0.0), np.minimum(x1, width - 1.0)
    length = np.where(x1 > x0, x1 - x0, 1.0)
    return left, y0 + (y1 - y0) * ((left - x0) / length), right, y1 - (y1 - y0) * ((x1 - right) / length)


def point_spans(x: Column, low: Column, high: Column, width: int, height: int) -> Spans:
    """Vertical bars at ``x`` from ``low`` to ``high``, at least one dot."""
    inside = (x >= -0.5) & (x < width - 0.5)
    bounds = (np.rint(np.clip(side[inside], -2.0, height + 1.0)).astype(np.int64) for side in (low, high))
    return Spans(np.rint(x[inside]).astype(np.int64), *bounds)


def join(*spans: Spans) -> Spans:
    """All the spans in one."""
    return Spans(
        np.concatenate([part.column for part in spans]),
        np.concatenate([part.low for part in spans]),
        np.concatenate([part.high for part in spans]),
    )


def dots(spans: Spans, width: int, height: int) -> Dots:
    """The grid of dots that the spans light, height x width, row 0 at the bottom."""
    low, high = np.maximum(spans.low, 0), np.minimum(spans.high, height - 1)
    shown = (low <= high) & (spans.column >= 0) & (spans.column < width)
    column, low, high = spans.column[shown], low[shown], high[shown]
    # A span adds 1 where it begins and takes it away after its end: the running sum over the rows counts the spans.
    size = (height + 1) * width
    begins, ends = low * width + column, (high + 1) * width + column
    change = np.bincount(begins, minlength=size) - np.bincount(ends, minlength=size)
    lit: Dots = np.cumsum(change.reshape(height + 1, width)[:-1], axis=0) > 0
    return lit


def stipple(grid: Dots) -> Dots:
    """Every other dot: half as dark, so that a raw curve looks fainter than a line without colour too."""
    lighter = grid.copy()
    lighter[0::2, 0::2] = False
    lighter[1::2, 1::2] = False
    return lighter


def sparse(grid: Dots) -> Dots:
    """Two of five dots, along lines of any direction: fainter still than :func:`stipple`."""
    rows, columns = np.ogrid[: grid.shape[0], : grid.shape[1]]
    kept: Dots = (rows + 2 * columns) % 5 < 2
    return grid & kept


def paint(grid: Dots, chars: Chars, styles: Styles, style: StyleName) -> npt.NDArray[np.bool_]:
    """Write the dots to the cells ``chars`` and ``styles``, and return the mask of the cells that were taken over."""
    top_down = grid[::-1].view(np.uint8)
    bits = np.zeros(chars.shape, dtype=np.uint8)
    for row, columns in enumerate(_BITS):
        for column, bit in enumerate(columns):
            bits |= top_down[row::DOTS_Y, column::DOTS_X] * np.uint8(bit)
    taken: npt.NDArray[np.bool_] = bits != 0
    np.copyto(chars, bits.astype(np.uint32) + np.uint32(BRAILLE), where=taken)
    np.copyto(styles, np.uint8(style), where=taken)
    return taken
