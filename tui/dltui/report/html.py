"""A report as one HTML file: no script, nothing loaded from anywhere, light or dark as the reader has it, printable."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from dltui.charts.spec import ChartSpec
from dltui.report.drawing import describe_chart, draw_chart
from dltui.report.report import AdviceWords, FindingWords, Report
from dltui.report.style import page_style
from dltui.texts import Texts
from dltui_trainers import __version__

WIDE = (912, 400)
SMALL = {1: (912, 250), 2: (444, 250), 3: (288, 220)}
"""The charts in their own pixels: the losses, and below them so many beside each other."""


def as_html(reports: Sequence[Report]) -> str:
    """Return the page of one run, or of several, one below the other."""
    texts = reports[0].texts
    title = " · ".join(report.title[:80] for report in reports[:3])
    body = (line for number, report in enumerate(reports) for line in article(report, f"r{number}"))
    return page(title, texts.ui("report_title"), texts, body)


def page(title: str, kind: str, texts: Texts, body: Iterable[str]) -> str:
    """Return a whole page. ``kind``: what it is a page of."""
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{texts.language.replace("_", "-")}">',
            "<head>",
            '<meta charset="utf-8">',
            # nothing in a log can load or run anything, even if an escape were forgotten
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(title)} · {escape(kind)}</title>",
            f"<style>\n{page_style()}</style>",
            "</head>",
            "<body>",
            "<main>",
            *body,
            f"<footer>{escape(texts.ui('made_by', version=__version__))}</footer>",
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def article(report: Report, key: str) -> Iterator[str]:
    """Return the part of a page that is about one run. ``key`` tells its ids from those of others."""
    yield "<article>"
    yield from _header(report)
    yield from _verdict(report)
    if report.error:
        heading = escape(report.texts.ui("went_wrong"))
        yield f'<section class="error"><p><strong>{heading}</strong></p><p>{escape(report.error)}</p></section>'
    yield from _charts(report, key)
    yield from _findings(report)
    yield from _advice(report)
    yield from _interventions(report)
    yield '<div class="columns">'
    yield from _settings(report)
    yield from _about(report)
    yield "</div>"
    yield "</article>"


def _header(report: Report) -> Iterator[str]:
    yield "<header>"
    yield f'<p class="kicker">{escape(report.texts.ui("report_title"))}</p>'
    yield f"<h1>{escape(report.title)}</h1>"
    yield f'<p class="facts">{escape(" · ".join(report.facts))}</p>'
    yield "</header>"


def _verdict(report: Report) -> Iterator[str]:
    verdict, texts = report.verdict, report.texts
    sure = f'<span class="sure">{escape(verdict.sure)}</span>' if verdict.sure else ""
    yield f'<section class="verdict {verdict.tone}" aria-label="{escape(texts.ui("diagnosis"))}">'
    yield f'<p class="word {verdict.tone}">'
    yield f'<span aria-hidden="true">{verdict.sign}</span> {escape(verdict.word)}{sure}</p>'
    if told := verdict.reason or report.first_finding:
        yield f"<p>{escape(told)}</p>"
    for change in report.advice[:1]:
        yield f'<p class="first"><span class="how">{escape(texts.ui("first_advice"))}:</span> '
        yield f'<span class="action">{escape(change.action)}</span></p>'
    yield "</section>"


def _charts(report: Report, key: str) -> Iterator[str]:
    yield f'<section aria-label="{escape(report.texts.ui("charts"))}">'
    small = len(report.charts) - 1
    for number, chart in enumerate(report.charts):
        if number == 1:
            yield f'<div class="small n{small}">'
        yield _figure(chart, report, WIDE if number == 0 else SMALL[small], f"{key}c{number}")
    yield "</div></section>" if len(report.charts) > 1 else "</section>"


def _figure(chart: ChartSpec, report: Report, size: tuple[int, int], key: str) -> str:
    width, height = size
    main = ' class="main"' if size == WIDE else ""
    title, told = escape(chart.title), escape(describe_chart(chart, report.texts))
    return (
        f'<figure{main}><svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{key}t {key}d">'
        f'<title id="{key}t">{title}</title><desc id="{key}d">{told}</desc>'
        f"{draw_chart(chart, width, height, f'{key}p', report.texts)}</svg></figure>"
    )


def _findings(report: Report) -> Iterator[str]:
    yield f"<section><h2>{escape(report.texts.ui('findings'))}</h2>"
    if not report.findings:
        yield f"<p>{escape(report.texts.ui('no_findings'))}</p>"
    for finding in report.findings:
        yield _finding(finding)
    yield "</section>"


def _finding(finding: FindingWords) -> str:
    return (
        f'<div class="finding"><h3 class="{finding.tone}"><span class="sign" aria-hidden="true">{finding.sign}</span> '
        f'{escape(finding.name)}</h3><p class="facts">{escape(" · ".join(finding.facts))}</p>'
        f"<p>{escape(finding.text)}</p></div>"
    )


def _advice(report: Report) -> Iterator[str]:
    yield f"<section><h2>{escape(report.texts.ui('advice'))}</h2>"
    if report.advice:
        yield '<ol class="changes">'
        for change in report.advice:
            yield from _change(change)
        yield "</ol>"
    else:
        yield f"<p>{escape(report.texts.ui('no_advice'))}</p>"
    if report.advice_note:
        yield f'<p class="facts">{escape(report.advice_note)}</p>'
    yield "</section>"


def _change(change: AdviceWords) -> Iterator[str]:
    yield f'<li><h3 class="action">{escape(change.action)}</h3><p class="how">{escape(change.how)}</p><dl>'
    for label, text in change.rows:
        yield f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>"
    yield "</dl></li>"


def _interventions(report: Report) -> Iterator[str]:
    texts = report.texts
    yield f"<section><h2>{escape(texts.ui('interventions'))}</h2>"
    if not report.interventions:
        yield f"<p>{escape(texts.ui('no_interventions'))}</p></section>"
        return
    names = ("step", "epoch", "time", "event", "event_by", "event_reason", "event_verdict")
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f'<th scope="col">{escape(texts.ui(name))}</th>' for name in names)
    yield "</tr></thead><tbody>"
    for each in report.interventions:
        short = "".join(f'<td class="short">{escape(cell)}</td>' for cell in (each.epoch, each.time))
        told = "".join(f"<td>{escape(cell)}</td>" for cell in (each.name, each.by, each.reason, each.verdict))
        yield f'<tr><th scope="row" class="short">{escape(each.step)}</th>{short}{told}</tr>'
    yield "</tbody></table></div>"
    if report.more_interventions:
        yield f"<p>{escape(texts.ui('more_rows', count=report.more_interventions))}</p>"
    yield "</section>"


def _settings(report: Report) -> Iterator[str]:
    if not report.settings:
        return
    texts, defaults = report.texts, any(setting.default for setting in report.settings)
    names = ("name", "value", "default") if defaults else ("name", "value")
    yield f"<section><h2>{escape(texts.ui('hyperparameters'))}</h2><table><thead><tr>"
    yield "".join(f'<th scope="col">{escape(texts.ui(name))}</th>' for name in names)
    yield "</tr></thead><tbody>"
    for setting in report.settings:
        value = f"<strong>{escape(setting.value)}</strong>" if setting.default else escape(setting.value)
        default = f'<td class="value how">{escape(setting.default)}</td>' if defaults else ""
        yield f'<tr><th scope="row">{escape(setting.name)}</th><td class="value">{value}</td>{default}</tr>'
    yield "</tbody></table></section>"


def _about(report: Report) -> Iterator[str]:
    if not report.about:
        return
    yield f"<section><h2>{escape(report.texts.ui('about_run'))}</h2><table><tbody>"
    for label, text in report.about:
        yield f'<tr><th scope="row">{escape(label)}</th><td>{escape(text)}</td></tr>'
    yield "</tbody></table></section>"
