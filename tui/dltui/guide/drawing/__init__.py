"""The plot of a step on a grid of characters, for a screen or as plain text."""

from dltui.charts.canvas import Canvas, StyleName, cell_text
from dltui.charts.chart import draw
from dltui.charts.legend import shorten
from dltui.guide.drawing.bars import draw_bars
from dltui.guide.drawing.curves import chart_of
from dltui.guide.drawing.heat_map import draw_heat_map
from dltui.guide.result import Bars, Curves, Plot
from dltui.guide.telling.words import told
from dltui.texts.guide import GuideTexts

__all__ = ["LEAST_HEIGHT", "LEAST_WIDTH", "chart_of", "draw_plot"]

LEAST_WIDTH, LEAST_HEIGHT = 16, 4
"""Below this a plot is only its title."""


def draw_plot(plot: Plot, texts: GuideTexts, width: int, height: int) -> Canvas:
    """Return the plot in ``width`` x ``height`` cells. Never raises for what the file of a guide may hold."""
    if isinstance(plot, Curves):
        return draw(chart_of(plot, texts, width, height))
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        canvas = Canvas(width, height)
        canvas.put(0, 0, shorten(cell_text(told(texts, plot.title)), width), StyleName.TITLE)
        return canvas
    if isinstance(plot, Bars):
        return draw_bars(plot, texts, width, height)
    return draw_heat_map(plot, texts, width, height)
