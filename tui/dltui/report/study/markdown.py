"""The report of a search or a tuning in GitHub's Markdown; its charts stand in it as text."""

from collections.abc import Iterator

from dltui.report.markdown import CHART_COLUMNS, CHART_ROWS, escaped, fenced, table
from dltui.report.study.report import StudyReport
from dltui.report.study.text_charts import bars_text, hparams_text, points_text
from dltui.report.study.words import WITHOUT, rows_left_out
from dltui_trainers import __version__


def study_as_markdown(report: StudyReport) -> str:
    """Return the report of a study."""
    made_by = report.texts.ui("made_by", version=__version__)
    return "\n".join(_lines(report)) + f"\n\n<sub>{made_by}</sub>\n"


def _lines(report: StudyReport) -> Iterator[str]:
    verdict = report.verdict
    yield f"# {escaped(report.title)}"
    yield ""
    yield escaped(" · ".join((report.name, *report.facts)))
    yield ""
    yield f"> ## {verdict.sign} {escaped(verdict.word)}"
    yield ">"
    yield f"> {escaped(' — '.join(each for each in (verdict.reason, verdict.sure) if each))}"
    yield from _best(report)
    if report.charts is not None:
        yield ""
        yield from fenced(points_text(report.charts.progress, CHART_COLUMNS, CHART_ROWS))
    yield from _record(report)
    yield from _heading(report.hparams_heading)
    yield from table(report.hparams.columns, report.hparams.rows)
    yield from _charts(report)
    if report.trials.rows:
        yield from _heading(report.trials_heading)
        yield from table(report.trials.columns, report.trials.rows)
        if report.trials.left_out:
            yield ""
            yield escaped(rows_left_out(report))
    yield from _heading("How")
    yield from table(("", ""), report.about)


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield f"## {escaped(text)}"
    yield ""


def _best(report: StudyReport) -> Iterator[str]:
    if report.best is None:
        return
    yield from _heading("The best")
    yield escaped(" · ".join(report.best.facts))
    yield ""
    yield escaped(report.best.again)
    yield ""
    yield from fenced(report.best.command)


def _record(report: StudyReport) -> Iterator[str]:
    if not report.record:
        return
    yield from _heading("The record")
    for each in report.record:
        best = " ★" if each.is_best else ""
        yield f"- {each.sign} **{each.number}{best}: {escaped(each.began)}**<br>"
        yield from (f"  {escaped(part)}<br>" for part in (each.why,) if part)
        seen = f"seen: {each.seen}" if each.seen else ""
        yield "<br>\n".join(f"  {escaped(part)}" for part in (f"→ {each.came_to}", seen, each.error) if part)


def _charts(report: StudyReport) -> Iterator[str]:
    charts = report.charts
    if charts is None or charts.importances is None:
        return
    if charts.hparams:
        yield ""
        yield from fenced(hparams_text(charts.hparams, CHART_COLUMNS, CHART_ROWS))
    if charts.without:
        yield ""
        yield escaped(WITHOUT.format(names=", ".join(charts.without)))
    yield from _heading(charts.importances.title)
    if charts.importances.shares:
        yield from fenced(bars_text(charts.importances, CHART_COLUMNS))
    else:
        yield escaped(charts.importances.empty)
