"""Marks on a chart: points with a symbol over them, and events as vertical lines with their text."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from dltui.charts.canvas import StyleName, cell_text, cell_width
from dltui.charts.legend import shorten
from dltui.charts.plot import Plot
from dltui.charts.raster import DOTS_X, DOTS_Y
from dltui.charts.spec import Mark

_LEAST_BEGINNING = 10
"""Less of a text than ``lr 1e-3→3…`` says nothing."""


def put_point(plot: Plot, mark: Mark) -> None:
    """The symbol of a point, over it where there is a row."""
    column, row = plot.x.cell(mark.x, DOTS_X), plot.y.cell(math.nan if mark.y is None else mark.y, DOTS_Y)
    if column is not None and mark.y == math.inf:
        plot.put_text(0, column, mark.sign, mark.style)
    elif column is not None and row is not None:
        plot.put_text(max(plot.height - 2 - row, 0), column, mark.sign, mark.style)


def put_vertical(plot: Plot, x: float, sign: str, style: StyleName) -> None:
    """A line from top to bottom at ``x``, if that is in view."""
    column = plot.x.cell(x, DOTS_X)
    if column is not None:
        plot.put_column(column, sign, style)


def put_event_lines(plot: Plot, events: Sequence[Mark]) -> None:
    """A line for each event; what was undone lies beneath. Of lines that touch, every other one is left out."""
    last: dict[StyleName, int] = {}
    for mark in sorted(events, key=lambda mark: (mark.style is not StyleName.UNDONE, mark.x)):
        column = plot.x.cell(mark.x, DOTS_X)
        if column is not None and column - last.get(mark.style, -2) != 1:
            plot.put_column(column, mark.sign, mark.style)
            last[mark.style] = column


def put_event_text(plot: Plot, mark: Mark) -> bool:
    """Write the text of an event beside its line, in the first or the last rows; False if there is no room."""
    column = plot.x.cell(mark.x, DOTS_X)
    if column is None:
        return True  # out of view, and so is its text
    text = cell_text(mark.text)
    width = cell_width(text)
    right, left = column + 1, column - width
    # with a blank between the text and what comes after it
    places = ((right, right, right + width + 1), (left, max(left - 1, 0), column))
    for rows in ((0, plot.height - 1), (1, plot.height - 2)):
        for (start, first, stop), row in product(places, rows):
            if 0 <= row < plot.height and 0 <= start <= plot.width - width and plot.is_blank(row, first, stop):
                plot.put_text(row, start, text, mark.style)
                return True
    return mark.style is StyleName.MARK and _put_beginning(plot, right, text, mark.style)


def _put_beginning(plot: Plot, start: int, text: str, style: StyleName) -> bool:
    """Write the first words of what was done, if there is room for some."""
    for row in (0, plot.height - 1):
        drawn = np.flatnonzero(plot.chars[row, start:] != ord(" "))
        short = shorten(text, int(drawn[0]) - 1 if len(drawn) else plot.width - start)
        if cell_width(short) >= _LEAST_BEGINNING:
            plot.put_text(row, start, short, style)
            return True
    return False
