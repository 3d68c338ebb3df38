"""The report of a search or a tuning as one HTML file."""

from collections.abc import Iterator
from html import escape

from dltui.report.guide.html import table_html
from dltui.report.guide.plots import figure
from dltui.report.html import SMALL, WIDE, page
from dltui.report.study.charts import Charts, as_bars
from dltui.report.study.points import describe_point_chart, draw_point_chart, title_of
from dltui.report.study.record import Training
from dltui.report.study.report import StudyReport
from dltui.report.study.words import WITHOUT, rows_left_out
from dltui.search.drawing.points import PointChart
from dltui.texts.guide import GuideTexts

_SMALL_HEIGHT = 250


def study_as_html(report: StudyReport) -> str:
    """Return the page of a study."""
    return page(report.title[:80], report.kicker, report.texts, _body(report))


def _body(report: StudyReport) -> Iterator[str]:
    yield "<article>"
    yield f'<header><p class="kicker">{escape(report.kicker)}</p><h1>{escape(report.title)}</h1>'
    yield f'<p class="facts">{escape(report.name)}</p>'
    yield f'<p class="facts">{escape(" · ".join(report.facts))}</p></header>'
    yield from _verdict(report)
    yield from _best(report)
    if report.charts is not None:
        yield f'<section aria-label="{escape(report.texts.ui("charts"))}">'
        yield _figure(report.charts.progress, report, WIDE, "progress")
        yield "</section>"
    yield from _record(report)
    yield f"<section><h2>{escape(report.hparams_heading)}</h2>"
    yield from table_html(report.hparams)
    yield "</section>"
    if report.charts is not None:
        yield from _hparams(report.charts, report)
    yield from _trials(report)
    yield "<section><h2>How</h2><table><tbody>"
    for label, text in report.about:
        yield f'<tr><th scope="row">{escape(label)}</th><td>{escape(text)}</td></tr>'
    yield "</tbody></table></section>"
    yield "</article>"


def _verdict(report: StudyReport) -> Iterator[str]:
    verdict = report.verdict
    sure = f'<span class="sure">{escape(verdict.sure)}</span>' if verdict.sure else ""
    yield f'<section class="verdict {verdict.tone}">'
    sign = f'<span aria-hidden="true">{verdict.sign}</span>'
    yield f'<p class="word {verdict.tone}">{sign} {escape(verdict.word)}{sure}</p>'
    yield f"<p>{escape(verdict.reason)}</p></section>"


def _best(report: StudyReport) -> Iterator[str]:
    if report.best is None:
        return
    yield f'<section><h2>The best</h2><p class="facts">{escape(" · ".join(report.best.facts))}</p>'
    yield f"<p>{escape(report.best.again)}</p><pre>{escape(report.best.command)}</pre></section>"


def _record(report: StudyReport) -> Iterator[str]:
    if report.record:
        yield "<section><h2>The record</h2>"
        for each in report.record:
            yield from _training(each)
        yield "</section>"


def _training(each: Training) -> Iterator[str]:
    best = " ★" if each.is_best else ""
    sign = f'<span class="sign" aria-hidden="true">{each.sign}</span>'
    yield f'<div class="finding"><h3 class="{each.tone}">{sign} {each.number}{best}: {escape(each.began)}</h3>'
    if each.why:
        yield f"<p>{escape(each.why)}</p>"
    yield f"<p>→ <strong>{escape(each.came_to)}</strong></p>"
    if each.seen:
        yield f'<p class="facts">seen: {escape(each.seen)}</p>'
    if each.error:
        yield f'<p class="facts">{escape(each.error)}</p>'
    yield "</div>"


def _hparams(charts: Charts, report: StudyReport) -> Iterator[str]:
    size = (SMALL[2][0], _SMALL_HEIGHT)
    if charts.hparams:
        yield '<section><div class="small n2">'
        for at, chart in enumerate(charts.hparams):
            yield _figure(chart, report, size, f"h{at}")
        yield "</div>"
        if charts.without:
            yield f"<p>{escape(WITHOUT.format(names=', '.join(charts.without)))}</p>"
        yield "</section>"
    bars = charts.importances
    if bars is None:
        return
    yield f"<section><h2>{escape(bars.title)}</h2>"
    if bars.shares:
        yield figure(as_bars(bars), WIDE[0], "importances", report.texts, GuideTexts.load(report.texts.language))
    else:
        yield f"<p>{escape(bars.empty)}</p>"
    yield "</section>"


def _trials(report: StudyReport) -> Iterator[str]:
    if not report.trials.rows:
        return
    yield f'<section class="trials"><h2>{escape(report.trials_heading)}</h2>'
    yield from table_html(report.trials)
    if report.trials.left_out:
        yield f"<p>{escape(rows_left_out(report))}</p>"
    yield "</section>"


def _figure(chart: PointChart, report: StudyReport, size: tuple[int, int], key: str) -> str:
    width, height = size
    main = ' class="main"' if size == WIDE else ""
    told = escape(describe_point_chart(chart))
    return (
        f'<figure{main}><svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{key}t {key}d">'
        f'<title id="{key}t">{escape(title_of(chart))}</title><desc id="{key}d">{told}</desc>'
        f"{draw_point_chart(chart, width, height, f'{key}p', report.texts)}</svg></figure>"
    )
