"""Marks on a chart: points with a symbol over them, and events as vertical lines with their text."""

import math

from dltui.charts.canvas import StyleName, cell_text, cell_width
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
    """Write the text of an event beside its line, in the first or the last row; False if there is no room."""
    column = plot.x.cell(mark.x, DOTS_X)
    if column is None:
        return True  # out of view, and so is its text
    text = cell_text(mark.text)
    width = cell_width(text)
    right, left = column + 1, column - width
    # with a blank between the text and what comes after it
    places = ((right, right, right + width + 1), (left, max(left - 1, 0), column))
    for start, first, stop in places:
        for row in (0, plot.height - 1):
            if 0 <= start <= plot.width - width and plot.is_blank(row, first, stop):
                plot.put_text(row, start, text, mark.style)
                return True
    return False
