"""The plot of a step as SVG: curves as those of a run, bars and heat maps as shapes of their own."""

from html import escape

from dltui.guide.drawing import chart_of
from dltui.guide.result import Bars, Curves, HeatMap, Plot
from dltui.guide.telling.words import told
from dltui.report.drawing import describe_chart, draw_chart
from dltui.report.guide.bars import bars_height, describe_bars, draw_bars
from dltui.report.guide.heat_map import describe_heat_map, draw_heat_map, heat_map_height
from dltui.texts import Texts
from dltui.texts.guide import GuideTexts

CURVES_HEIGHT = 280.0


def plot_height(plot: Plot, width: float) -> float:
    """Return how high a plot of that width is."""
    match plot:
        case Curves():
            return CURVES_HEIGHT
        case Bars():
            return bars_height(plot, width)
        case HeatMap():
            return heat_map_height(plot)


def draw_plot(plot: Plot, width: float, key: str, texts: Texts, guide_texts: GuideTexts) -> str:
    """Return the plot as the inside of an ``svg`` of that width. ``key`` tells its ids from those of others."""
    match plot:
        case Curves():
            return draw_chart(chart_of(plot, guide_texts), width, CURVES_HEIGHT, key, texts)
        case Bars():
            return draw_bars(plot, width, guide_texts)
        case HeatMap():
            return draw_heat_map(plot, width, guide_texts)


def describe_plot(plot: Plot, texts: Texts, guide_texts: GuideTexts) -> str:
    """Return what the plot shows in words, for who cannot see it."""
    match plot:
        case Curves():
            return describe_chart(chart_of(plot, guide_texts), texts)
        case Bars():
            return describe_bars(plot, guide_texts)
        case HeatMap():
            return describe_heat_map(plot, guide_texts)


def figure(plot: Plot, width: int, key: str, texts: Texts, guide_texts: GuideTexts) -> str:
    """Return the plot as a figure of an HTML page."""
    title, says = escape(told(guide_texts, plot.title)), escape(describe_plot(plot, texts, guide_texts))
    height = round(plot_height(plot, width))
    return (
        f'<figure class="main"><svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{key}t {key}d">'
        f'<title id="{key}t">{title}</title><desc id="{key}d">{says}</desc>'
        f"{draw_plot(plot, width, f'{key}p', texts, guide_texts)}</svg></figure>"
    )
