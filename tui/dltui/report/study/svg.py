"""The report of a search or a tuning as one picture: what it came to, and its charts."""

from dltui.charts.legend import shorten
from dltui.report.guide.plots import draw_plot, plot_height
from dltui.report.poster import (
    COLUMN,
    GAP,
    LINE,
    LOSS_HEIGHT,
    MARGIN,
    PAD,
    WIDTH,
    card,
    frame,
    header,
    placed,
    text,
)
from dltui.report.study.charts import as_bars
from dltui.report.study.points import draw_point_chart
from dltui.report.study.record import Training
from dltui.report.study.report import StudyReport
from dltui.search.drawing.points import PointChart
from dltui.texts.guide import GuideTexts

_SMALL_HEIGHT = 230.0
_LONGEST_LINE = 125
_MOST_RECORD = 20


def study_as_svg(report: StudyReport) -> str:
    """Return the poster of a study."""
    head = header(report.title, shorten(" · ".join((report.name, *report.facts)), 130))
    best = ", ".join(f"{row[0]} {row[-1]}" for row in report.hparams.rows) if report.best is not None else ""
    verdict, at = card(report.verdict, best)
    charts, at = _charts(report, at)
    record, at = _record(report, at)
    title, told = f"{report.title}: {report.verdict.word}", report.verdict.reason
    return frame(head + verdict + charts + record, at, title=title, told=told, texts=report.texts)


def _charts(report: StudyReport, top: float) -> tuple[str, float]:
    """The objective over the trials in full width, over each hyperparameter in two columns, and what matters."""
    charts, y = report.charts, top
    if charts is None:
        return "", top
    shapes = [_placed(charts.progress, report, "progress", (MARGIN, y, WIDTH - 2 * MARGIN, LOSS_HEIGHT))]
    y += LOSS_HEIGHT + GAP / 2
    for at, chart in enumerate(charts.hparams):
        place = (MARGIN + at % 2 * (COLUMN + GAP), y + at // 2 * (_SMALL_HEIGHT + GAP / 2))
        shapes.append(_placed(chart, report, f"h{at}", (*place, COLUMN, _SMALL_HEIGHT)))
    y += (len(charts.hparams) + 1) // 2 * (_SMALL_HEIGHT + GAP / 2)
    if charts.importances is not None and charts.importances.shares:
        bars, texts = as_bars(charts.importances), GuideTexts.load(report.texts.language)
        drawn = draw_plot(bars, WIDTH - 2 * MARGIN, "importances", report.texts, texts)
        shapes.append(placed(drawn, MARGIN, y))
        y += plot_height(bars, WIDTH - 2 * MARGIN) + GAP / 2
    return "".join(shapes), y


def _placed(chart: PointChart, report: StudyReport, key: str, place: tuple[float, float, float, float]) -> str:
    x, y, width, height = place
    return placed(draw_point_chart(chart, width, height, key, report.texts), x, y)


def _record(report: StudyReport, top: float) -> tuple[str, float]:
    """Of a tuning two lines a training: what was changed, and what it did."""
    shapes, y = [], top + 8
    for each in report.record[:_MOST_RECORD]:
        shapes.append(text("strong", MARGIN, y, shorten(_began(each), _LONGEST_LINE)))
        y += LINE
        shapes.append(text(f"text {each.tone}", MARGIN + PAD, y, shorten(f"→ {each.came_to}", _LONGEST_LINE)))
        y += LINE + 8
    left_out = len(report.record) - _MOST_RECORD
    if left_out > 0:
        shapes.append(text("muted", MARGIN, y, f"and {left_out} more"))
        y += LINE
    return "".join(shapes), y if report.record else top


def _began(each: Training) -> str:
    return f"{each.sign} {each.number}{' ★' if each.is_best else ''}: {each.began}"
