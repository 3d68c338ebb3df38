"""The report of a guide as one HTML file: its steps with their plots, then the page of its final run."""

from collections.abc import Iterator, Sequence
from html import escape

from dltui.guide.telling.step_words import StepWords, TableWords
from dltui.report.guide.plots import figure
from dltui.report.guide.report import TONES, GuideReport
from dltui.report.html import WIDE, article, page

_WIDTH = WIDE[0]
_VALUE = ' class="value"'


def guide_as_html(report: GuideReport) -> str:
    """Return the page of a guide."""
    return page(report.title[:80], report.word("kicker"), report.texts, _body(report))


def _body(report: GuideReport) -> Iterator[str]:
    yield "<article>"
    yield f'<header><p class="kicker">{escape(report.word("kicker"))}</p><h1>{escape(report.kicker)}</h1>'
    yield f'<p class="facts">{escape(report.title)}</p>'
    yield f'<p class="facts">{escape(" · ".join(report.facts))}</p></header>'
    yield from _verdict(report)
    yield from _chosen(report)
    for step in report.steps:
        yield from _step(report, step)
    yield "</article>"
    if report.no_final:
        yield f'<section class="error"><p>{escape(report.no_final)}</p></section>'
    if report.final is not None:
        yield f'<h2 class="final">{escape(report.word("final"))}</h2>'
        yield from article(report.final, "final")


def _verdict(report: GuideReport) -> Iterator[str]:
    verdict = report.verdict
    sure = f'<span class="sure">{escape(verdict.sure)}</span>' if verdict.sure else ""
    yield f'<section class="verdict {verdict.tone}" aria-label="{escape(report.word("came_to"))}">'
    sign = f'<span aria-hidden="true">{verdict.sign}</span>'
    yield f'<p class="word {verdict.tone}">{sign} {escape(verdict.word)}{sure}</p>'
    if verdict.reason:
        yield f"<p>{escape(verdict.reason)}</p>"
    yield "</section>"


def _chosen(report: GuideReport) -> Iterator[str]:
    if not report.chosen:
        return
    names = (report.texts.ui("name"), report.texts.ui("value"), report.word("chosen_by"))
    rows = [(each.name, each.value, each.by) for each in report.chosen]
    table = TableWords(columns=names, rows=tuple(rows), numbers=(False, False, False))
    yield f"<section><h2>{escape(report.word('chosen'))}</h2>"
    yield from table_html(table)
    yield "</section>"


def _step(report: GuideReport, step: StepWords) -> Iterator[str]:
    tone = TONES[step.judgement] if step.judgement is not None else "open"
    yield f"<section><h2>{escape(report.step_heading(step))}</h2>"
    if step.facts:
        yield f'<p class="facts">{escape(" · ".join(step.facts))}</p>'
    yield _judged(tone, step.sign, f"{step.word}: {step.said}", strong=True)
    for check in step.checks:
        yield _judged(TONES[check.judgement], check.sign, check.text)
    for failed in step.failed:
        yield _judged("bad", "✖", failed)
    if step.plot is not None:
        yield figure(step.plot, _WIDTH, f"s{step.number}", report.texts, report.guide_texts)
    if step.table is not None and step.table.rows:
        yield from table_html(step.table)
        if step.table.left_out:
            yield f"<p>{escape(report.word('rows_left_out', count=float(step.table.left_out)))}</p>"
    if step.handed:
        yield _handed(report.word("handed"), ", ".join(step.handed))
    if step.candidates:
        yield f'<p class="handed"><span class="how">{escape(report.word("candidates"))}:</span></p><ul>'
        yield "".join(f'<li class="action">{escape(each)}</li>' for each in step.candidates) + "</ul>"
    yield "</section>"


def _judged(tone: str, sign: str, text: str, *, strong: bool = False) -> str:
    told = f"<strong>{escape(text)}</strong>" if strong else escape(text)
    return f'<p class="judged {tone}"><span class="sign" aria-hidden="true">{sign}</span> {told}</p>'


def _handed(label: str, text: str) -> str:
    return f'<p class="handed"><span class="how">{escape(label)}:</span> <span class="action">{escape(text)}</span></p>'


def table_html(table: TableWords) -> Iterator[str]:
    """Return a table, whose first column names the rows; how many rows are left out is for who calls to say."""
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    yield "</tr></thead><tbody>"
    for row in table.rows:
        yield f"<tr>{_cells(row, table.numbers)}</tr>"
    yield "</tbody></table></div>"


def _cells(row: Sequence[str], numbers: Sequence[bool]) -> str:
    """The first cell of a row is its heading."""
    first = f'<th scope="row">{escape(row[0])}</th>' if row else ""
    rest = zip(row[1:], numbers[1:], strict=True)
    return first + "".join(f"<td{_VALUE if number else ''}>{escape(cell)}</td>" for cell, number in rest)
