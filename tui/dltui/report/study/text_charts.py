"""The charts of a study's report as text, each without blank lines at its end."""

from collections.abc import Iterable

from dltui.search.drawing.bars import BarChart, draw_bar_chart
from dltui.search.drawing.points import PointChart, draw_points


def points_text(chart: PointChart, columns: int, rows: int) -> str:
    """Return a chart of trials."""
    return _stripped(draw_points(chart, columns, rows).text())


def hparams_text(charts: Iterable[PointChart], columns: int, rows: int) -> str:
    """Return charts below each other."""
    return "\n\n".join(points_text(chart, columns, rows) for chart in charts)


def bars_text(chart: BarChart, columns: int) -> str:
    """Return bars, each in a line of its own."""
    return _stripped(draw_bar_chart(chart, columns, len(chart.shares) + 1).text())


def _stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")
