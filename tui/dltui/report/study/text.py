"""The report of a search or a tuning as plain text, in 80 columns."""

from collections.abc import Iterator

from rich.cells import cell_len

from dltui.formatting import UNKNOWN
from dltui.guide.telling.as_text import fitted, table_text
from dltui.guide.telling.step_words import TableWords
from dltui.report.study.record import Training
from dltui.report.study.report import StudyReport
from dltui.report.study.tables import SETTINGS
from dltui.report.study.text_charts import bars_text, points_text
from dltui.report.study.words import WITHOUT, rows_left_out
from dltui.report.text import CHART_ROWS, COLUMNS
from dltui.wrap import wrap

_INDENT = "  "


def study_as_text(report: StudyReport) -> str:
    """Return the whole report of a study."""
    command = f"{_INDENT * 2}{report.best.command}" if report.best is not None else ""
    lines: list[str] = []
    for line in _lines(report):  # a command is copied, and stays in one line however long it is
        lines += [line] if line == command else fitted([line], COLUMNS)
    return "\n".join(lines) + "\n"


def _lines(report: StudyReport) -> Iterator[str]:
    yield report.title
    yield from wrap(" · ".join((report.name, *report.facts)), COLUMNS, _INDENT)
    yield ""
    yield f"{report.verdict.sign} {report.verdict.word}   {report.verdict.sure}".rstrip()
    yield from wrap(report.verdict.reason, COLUMNS, _INDENT)
    yield from _best(report)
    if report.charts is not None:
        yield ""
        yield from points_text(report.charts.progress, COLUMNS, CHART_ROWS).split("\n")
    if report.record:
        yield from _heading("The record")
        for each in report.record:
            yield from _training(each)
    yield from _heading(report.hparams_heading)
    yield from (f"{_INDENT}{line}" for line in table_text(report.hparams, COLUMNS - len(_INDENT)))
    yield from _charts(report)
    if report.trials.rows:
        yield from _heading(report.trials_heading)
        yield from _trials(report.trials)
        if report.trials.left_out:
            yield from wrap(rows_left_out(report), COLUMNS, _INDENT)
    yield from _heading("How")
    wide = max(len(label) for label, _ in report.about) + 2
    for label, text in report.about:
        yield from wrap(text, COLUMNS, f"{_INDENT}{label:<{wide}}")


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text


def _best(report: StudyReport) -> Iterator[str]:
    if report.best is not None:
        yield from _heading("The best")
        yield from wrap(" · ".join(report.best.facts), COLUMNS, _INDENT)
        yield from wrap(report.best.again, COLUMNS, _INDENT)
        yield f"{_INDENT * 2}{report.best.command}"


def _training(each: Training) -> Iterator[str]:
    best = " ★" if each.is_best else ""
    start = f"{each.sign} {each.number:>3}{best}  "
    inside = " " * 7
    yield from wrap(each.began, COLUMNS, start)
    if each.why:
        yield from wrap(each.why, COLUMNS, inside)
    yield from wrap(each.came_to, COLUMNS, f"{inside}→ ")
    if each.seen:
        yield from wrap(each.seen, COLUMNS, f"{inside}seen: ")
    if each.error:
        yield from wrap(each.error, COLUMNS, inside)


def _charts(report: StudyReport) -> Iterator[str]:
    charts = report.charts
    if charts is None or charts.importances is None:
        return
    for chart in charts.hparams:
        yield ""
        yield from points_text(chart, COLUMNS, CHART_ROWS).split("\n")
    if charts.without:
        yield ""
        yield from wrap(WITHOUT.format(names=", ".join(charts.without)), COLUMNS)
    yield ""
    if charts.importances.shares:
        yield from bars_text(charts.importances, COLUMNS).split("\n")
    else:
        yield charts.importances.title
        yield from wrap(charts.importances.empty, COLUMNS, _INDENT)


def _trials(table: TableWords) -> Iterator[str]:
    """As a table where it has room; else each trial in some lines: how it ended, and below it how it was set."""
    if sum(_widths(table)) + 2 * len(table.columns) <= COLUMNS:
        yield from (f"{_INDENT}{line}" for line in table_text(table, COLUMNS - len(_INDENT)))
        return
    metric, names = table.columns[2], table.columns[5:]
    for number, state, value, time, seen, *settings in table.rows:
        told = (f"{metric} {value}", time, state, seen)
        yield from wrap(" · ".join(part for part in told if part), COLUMNS, f"{_INDENT}{number:>6}  ")
        named = [f"{name} {text}" for name, text in zip(names, settings, strict=True) if text != UNKNOWN]
        yield from wrap(", ".join(settings if names == (SETTINGS,) else named), COLUMNS, " " * (len(_INDENT) + 8))


def _widths(table: TableWords) -> list[int]:
    return [max(map(cell_len, column)) for column in zip(table.columns, *table.rows, strict=True)]
