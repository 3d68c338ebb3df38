"""The report of a guide in GitHub's Markdown; its plots stand in it as text."""

from collections.abc import Iterator

from dltui.guide.telling.as_text import plot_lines
from dltui.guide.telling.step_words import StepWords
from dltui.report.guide.report import GuideReport
from dltui.report.markdown import CHART_COLUMNS, CHART_ROWS, escaped, fenced, page, table
from dltui_trainers import __version__


def guide_as_markdown(report: GuideReport) -> str:
    """Return the report of a guide."""
    made_by = report.texts.ui("made_by", version=__version__)
    lines = list(_lines(report))
    if report.final is not None:
        lines += ["", "---", "", f"**{escaped(report.word('final'))}**", "", *page(report.final)]
    return "\n".join(lines) + f"\n\n<sub>{made_by}</sub>\n"


def _lines(report: GuideReport) -> Iterator[str]:
    verdict = report.verdict
    yield f"# {escaped(report.kicker)}"
    yield ""
    yield escaped(" · ".join((report.title, *report.facts)))
    yield ""
    yield f"> ## {verdict.sign} {escaped(verdict.word)}"
    yield ">"
    yield f"> {escaped(' — '.join(each for each in (verdict.reason, verdict.sure) if each))}"
    if report.no_final:
        yield ""
        yield escaped(report.no_final)
    if report.chosen:
        yield ""
        yield f"## {escaped(report.word('chosen'))}"
        yield ""
        names = (report.texts.ui("name"), report.texts.ui("value"), report.word("chosen_by"))
        yield from table(names, [(each.name, each.value, each.by) for each in report.chosen])
    for step in report.steps:
        yield from _step(report, step)


def _step(report: GuideReport, step: StepWords) -> Iterator[str]:
    yield ""
    yield f"## {escaped(report.step_heading(step))}"
    yield ""
    if step.facts:
        yield escaped(" · ".join(step.facts))
        yield ""
    yield f"{step.sign} **{escaped(step.word)}**: {escaped(step.said)}"
    if step.checks or step.failed:
        yield ""
    yield from (f"- {check.sign} {escaped(check.text)}" for check in step.checks)
    yield from (f"- ✖ {escaped(failed)}" for failed in step.failed)
    if step.plot is not None:
        yield ""
        yield from fenced("\n".join(plot_lines(step.plot, report.guide_texts, CHART_COLUMNS, CHART_ROWS)))
    if step.table is not None and step.table.rows:
        yield ""
        yield from table(step.table.columns, step.table.rows)
        if step.table.left_out:
            yield ""
            yield escaped(report.word("rows_left_out", count=float(step.table.left_out)))
    if step.handed:
        yield ""
        yield f"{escaped(report.word('handed'))}: **{escaped(', '.join(step.handed))}**"
    if step.candidates:
        yield ""
        yield f"{escaped(report.word('candidates'))}:"
        yield ""
        yield from (f"- {escaped(each)}" for each in step.candidates)
