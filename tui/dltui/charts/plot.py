"""The part of a canvas where the curves are, and the small things that are put there cell by cell."""

from dataclasses import dataclass

import numpy as np

from dltui.charts.canvas import Canvas, Chars, PlotArea, StyleName, Styles, one_cell, put_cells
from dltui.charts.frame import Frame
from dltui.charts.scale import Scale


@dataclass(frozen=True, slots=True)
class Plot:
    """Views of the cells of the area, row 0 at the top, and the scales that lead there."""

    chars: Chars
    styles: Styles
    x: Scale
    y: Scale

    @property
    def width(self) -> int:
        return int(self.chars.shape[1])

    @property
    def height(self) -> int:
        return int(self.chars.shape[0])

    def is_blank(self, row: int, start: int, stop: int) -> bool:
        """Whether nothing is drawn in columns ``start`` to ``stop`` (not included) of a row."""
        return bool((self.chars[row, start:stop] == ord(" ")).all())

    def put_text(self, row: int, column: int, text: str, style: StyleName) -> None:
        """Write ``text`` to the right of (row, column), as far as there is room."""
        put_cells(self.chars[row], self.styles[row], column, text, style)

    def put_column(self, column: int, sign: str, style: StyleName) -> None:
        """A line from top to bottom."""
        self.chars[:, column] = ord(one_cell(sign))
        self.styles[:, column] = style


def place(canvas: Canvas, frame: Frame, x: Scale, y: Scale) -> Plot:
    """Put the frame below the title row of the canvas and return the area inside it."""
    canvas.chars[1:] = frame.chars
    canvas.styles[1:] = frame.styles
    canvas.area = PlotArea(frame.left, frame.width, x.lo, x.hi)
    area = np.s_[1 + frame.top : 1 + frame.top + frame.height, frame.left : frame.left + frame.width]
    return Plot(canvas.chars[area], canvas.styles[area], x, y)
