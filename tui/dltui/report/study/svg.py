"""The report of a search or a tuning as one picture: what it came to, and its charts."""

from html import escape

from dltui.charts.legend import shorten
from dltui.report.guide.plots import draw_plot, plot_height
from dltui.report.paths import number
from dltui.report.study.charts import as_bars
from dltui.report.study.points import draw_point_chart
from dltui.report.study.record import Training
from dltui.report.study.report import StudyReport
from dltui.report.style import poster_style
from dltui.report.svg import GAP, LOSS_HEIGHT, MARGIN, WIDTH, paragraph, text
from dltui.search.drawing.points import PointChart
from dltui.texts.guide import GuideTexts
from dltui_trainers import __version__

_PAD, _LINE = 24, 21.0
_COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
_SMALL_HEIGHT = 230.0
_LONGEST_LINE = 125
_MOST_RECORD = 20


def study_as_svg(report: StudyReport) -> str:
    """Return the poster of a study."""
    header = text("name", MARGIN, MARGIN + 20, shorten(report.title, 64))
    header += text("muted", MARGIN, MARGIN + 42, shorten(" · ".join((report.name, *report.facts)), 130))
    card, at = _card(report, MARGIN + 60.0)
    charts, at = _charts(report, at)
    record, at = _record(report, at)
    height = number(at + MARGIN)
    made_by = escape(report.texts.ui("made_by", version=__version__))
    name, told = escape(f"{report.title}: {report.verdict.word}"), escape(report.verdict.reason)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-labelledby="t d"><title id="t">{name}</title><desc id="d">{told}</desc>'
        f'<style>{poster_style()}</style><rect class="paper" width="{WIDTH}" height="{height}"/>'
        f"{header}{card}{charts}{record}"
        f'<text class="muted" x="{WIDTH - MARGIN}" y="{number(at + 12)}" text-anchor="end">{made_by}</text></svg>\n'
    )


def _card(report: StudyReport, top: float) -> tuple[str, float]:
    """What it came to, and how the best trial was set."""
    verdict, left = report.verdict, MARGIN + _PAD
    y = top + _PAD + 22
    shapes = [text(f"word {verdict.tone}", left, y, f"{verdict.sign} {verdict.word}")]
    if verdict.sure:
        shapes.append(text("text muted", WIDTH - MARGIN - _PAD, y, shorten(verdict.sure, 60), end=True))
    y += 8
    for line in paragraph(verdict.reason):
        y += _LINE
        shapes.append(text("text", left, y, line))
    settings = ", ".join(f"{row[0]} {row[-1]}" for row in report.hparams.rows) if report.best is not None else ""
    for at, line in enumerate(paragraph(settings)):
        y += _LINE + (8 if at == 0 else 0)
        shapes.append(text("strong", left, y, line))
    bottom = y + _PAD - 4
    size = f'y="{number(top)}" height="{number(bottom - top)}"'
    card = f'<rect class="card" x="{MARGIN}" {size} width="{WIDTH - 2 * MARGIN}" rx="6"/>'
    edge = f'<rect class="{verdict.tone}" x="{MARGIN}" {size} width="6" rx="3"/>'
    return card + edge + "".join(shapes), bottom + GAP


def _charts(report: StudyReport, top: float) -> tuple[str, float]:
    """The objective over the trials in full width, over each hyperparameter in two columns, and what matters."""
    charts, y = report.charts, top
    if charts is None:
        return "", top
    shapes = [_placed(charts.progress, report, "progress", (MARGIN, y, WIDTH - 2 * MARGIN, LOSS_HEIGHT))]
    y += LOSS_HEIGHT + GAP / 2
    for at, chart in enumerate(charts.hparams):
        place = (MARGIN + at % 2 * (_COLUMN + GAP), y + at // 2 * (_SMALL_HEIGHT + GAP / 2))
        shapes.append(_placed(chart, report, f"h{at}", (*place, _COLUMN, _SMALL_HEIGHT)))
    y += (len(charts.hparams) + 1) // 2 * (_SMALL_HEIGHT + GAP / 2)
    if charts.importances is not None and charts.importances.shares:
        bars, texts = as_bars(charts.importances), GuideTexts.load(report.texts.language)
        drawn = draw_plot(bars, WIDTH - 2 * MARGIN, "importances", report.texts, texts)
        shapes.append(f'<g transform="translate({MARGIN} {number(y)})">{drawn}</g>')
        y += plot_height(bars, WIDTH - 2 * MARGIN) + GAP / 2
    return "".join(shapes), y


def _placed(chart: PointChart, report: StudyReport, key: str, place: tuple[float, float, float, float]) -> str:
    x, y, width, height = place
    drawn = draw_point_chart(chart, width, height, key, report.texts)
    return f'<g transform="translate({number(x)} {number(y)})">{drawn}</g>'


def _record(report: StudyReport, top: float) -> tuple[str, float]:
    """Of a tuning two lines a training: what was changed, and what it did."""
    shapes, y = [], top + 8
    for each in report.record[:_MOST_RECORD]:
        shapes.append(text("strong", MARGIN, y, shorten(_began(each), _LONGEST_LINE)))
        y += _LINE
        shapes.append(text(f"text {each.tone}", MARGIN + _PAD, y, shorten(f"→ {each.came_to}", _LONGEST_LINE)))
        y += _LINE + 8
    left_out = len(report.record) - _MOST_RECORD
    if left_out > 0:
        shapes.append(text("muted", MARGIN, y, f"and {left_out} more"))
        y += _LINE
    return "".join(shapes), y if report.record else top


def _began(each: Training) -> str:
    return f"{each.sign} {each.number}{' ★' if each.is_best else ''}: {each.began}"
