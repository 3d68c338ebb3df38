"""The frame of a chart: axes, ticks and their labels, drawn by plotext, and cached until one of them changes."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from plotext._figure import _figure_class
from plotext._utility import uncolorize

from dltui.charts.canvas import Chars, StyleName, Styles, cell_text, code_points

Ticks = tuple[tuple[int, str], ...]
"""(cell, label) pairs; cells of the canvas area, rows counted from the bottom."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The characters and styles of a frame (not to be written to), and the rectangle that is left for the curves."""

    chars: Chars
    styles: Styles
    top: int
    left: int
    height: int
    width: int


def label_width(labels: list[str], least: int) -> int:
    """The width of the column of y labels: ``least``, so that the plot stays in place, or what the longest needs."""
    return max([least, *(len(label) for label in labels)])


def canvas_size(width: int, height: int, left: int) -> tuple[int, int]:
    """Columns and rows that are left for the curves when y labels take ``left`` columns."""
    return max(width - left - 1, 0), max(height - 2, 0)


@lru_cache(maxsize=256)
def draw_frame(width: int, height: int, left: int, rows: Ticks, columns: Ticks, corner: str) -> Frame:
    """A frame of ``width`` x ``height``; y labels take ``left`` columns; ``corner`` names the x axis.

    Everything is given to plotext in cells, so no limit or value can make it fail, and ticks stand on the very cells
    that the raster uses.
    """
    inner_width, inner_height = canvas_size(width, height, left)
    figure = _figure_class()  # the one of the module is shared by all threads
    figure.plotsize(width, height)
    figure._set_size(width, height)  # plotsize alone clamps to the terminal
    figure.plot([-1.0], [-1.0])  # a figure without data draws no axes; this point lies outside
    figure.xlim(0, max(inner_width - 1, 1))
    figure.ylim(0, max(inner_height - 1, 1))
    figure.xaxes(True, False)
    figure.yaxes(True, False)
    # Without ticks plotext leaves out their row or column too; a blank one keeps the plot in its place.
    ticks = columns or ((0, " "),)
    figure.xticks([cell for cell, _ in ticks], [label for _, label in ticks])
    ticks = rows or ((0, ""),)
    figure.yticks([cell for cell, _ in ticks], [label.rjust(left) for _, label in ticks])
    text = uncolorize(figure.build())
    text = text if columns else text.replace("┬", "─")
    text = text if rows else text.replace("┤", "│")
    chars = np.vstack([code_points(cell_text(line)[:width].ljust(width)) for line in text.split("\n")[:height]])
    return Frame(*_named(chars, left, corner), top=0, left=left + 1, height=inner_height, width=inner_width)


def _named(chars: Chars, left: int, corner: str) -> tuple[Chars, Styles]:
    """Add the name of the x axis where there is room, and the styles."""
    styles = np.full(chars.shape, StyleName.LABEL, dtype=np.uint8)
    name = code_points(cell_text(corner))
    for column in (left - len(name), 0):
        if 0 <= column <= left - len(name) and (chars[-1, column : column + len(name) + 1] == ord(" ")).all():
            chars[-1, column : column + len(name)] = name
            break
    styles[:-1, left:] = StyleName.FRAME
    styles[chars == ord(" ")] = StyleName.BLANK
    return chars, styles
