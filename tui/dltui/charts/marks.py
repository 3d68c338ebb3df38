"""Marks on a chart: points with a symbol over them, and events as vertical lines with their text."""

import math

from dltui.charts.canvas import StyleName, cell_text
from dltui.charts.plot import Plot
from dltui.charts.raster import DOTS_X, DOTS_Y
from dltui.charts.spec import Mark


def put_point(plot: Plot, mark: Mark) -> None:
    """The symbol of a point, over it where there is a row."""
    column, row = plot.x.cell(mark.x, DOTS_X), plot.y.cell(math.nan if mark.y is None else mark.y, DOTS_Y)
    if column is not None and row is not None:
        plot.put_text(max(plot.height - 2 - row, 0), column, mark.sign, mark.style)


def put_vertical(plot: Plot, x: float, sign: str, style: StyleName) -> None:
    """A line from top to bottom at ``x``, if that is in view."""
    column = plot.x.cell(x, DOTS_X)
    if column is not None:
        plot.put_column(column, sign, style)


def put_event_text(plot: Plot, mark: Mark) -> bool:
    """Write the text of an event right of its line, in the first or the last row; False if there is no room."""
    column = plot.x.cell(mark.x, DOTS_X)
    if column is None:
        return True  # out of view, and so is its text
    text = cell_text(mark.text)
    if column + 1 + len(text) > plot.width:
        return False
    for row in (0, plot.height - 1):
        if plot.is_blank(row, column + 1, column + 2 + len(text)):
            plot.put_text(row, column + 1, text, mark.style)
            return True
    return False
