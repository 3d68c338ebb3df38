"""A guide as plain lines of at most so many columns: for headless output, a report in text, and a log."""

from collections.abc import Iterable, Iterator

from rich.cells import cell_len, set_cell_size

from dltui.charts.canvas import cell_text
from dltui.guide.drawing import draw_plot
from dltui.guide.result import Bars, Curves, HeatMap, Plot, StepResult
from dltui.guide.state import Guide, StepEntry, StepState
from dltui.guide.telling.step_words import (
    SIGNS,
    CheckWords,
    StepWords,
    TableWords,
    seconds_text,
    step_words,
    trials_text,
)
from dltui.guide.telling.words import LONGEST_VALUE, bounded, moves, told, word
from dltui.texts.guide import GuideTexts
from dltui.wrap import wrap
from dltui_trainers.taskfile.names import shown_task

PLOT_ROWS = 14
_MOST_PLOT_ROWS = 34
_INDENT = "  "
_GAP = "  "
_LONGEST_CELL = 40
_LEAST_CELL, _MOST_CELL_LINES = 3, 3


def guide_lines(guide: Guide, texts: GuideTexts, columns: int) -> list[str]:
    """Return the whole guide: how far it is, what was chosen, and each step in full."""
    lines = [*_heading(guide, texts, columns), ""]
    if guide.chosen:
        chosen = ", ".join(moves(guide.chosen))
        lines += [*_wrapped(chosen, columns, _label(texts, "chosen")), ""]
    for entry in guide.steps:
        lines += [*step_lines(entry, texts, columns), ""]
    return lines[:-1]


def step_lines(entry: StepEntry, texts: GuideTexts, columns: int, plot_rows: int = PLOT_ROWS) -> list[str]:
    """Return a step: its title, its judgement, and what it found."""
    words = step_words(entry, texts)
    facts = f" · {' · '.join(words.facts)}" if words.facts else ""
    title = word(texts, "report.step", step=float(words.number), title=words.title)
    lines = [
        *_wrapped(f"{title}{facts}", columns),
        *_wrapped(word(texts, "report.judged", word=words.word, said=words.said), columns, f"{words.sign} "),
    ]
    if entry.result is None:
        return lines[:1] if entry.state is StepState.WAITING else lines
    return lines + fitted(_body(words, texts, columns, plot_rows), columns)


def result_lines(result: StepResult, texts: GuideTexts, columns: int, plot_rows: int = PLOT_ROWS) -> list[str]:
    """Return what a step found, without its title."""
    judged = word(texts, f"report.{result.judgement}")
    said = word(texts, "report.judged", word=judged, said=told(texts, result.said))
    words = step_words(StepEntry(number=0, state=StepState.DONE, result=result), texts)
    lines = _wrapped(said, columns, f"{SIGNS[result.judgement]} ")
    return lines + fitted(_body(words, texts, columns, plot_rows), columns)


def plot_lines(plot: Plot, texts: GuideTexts, columns: int, rows: int = PLOT_ROWS) -> list[str]:
    """Return a plot, in as many rows as it needs and at most about ``rows``; a heat map always has all of its own."""
    lines = draw_plot(plot, texts, columns, _rows_for(plot, rows)).text().split("\n")
    while lines and not lines[-1]:
        lines.pop()
    return lines


def table_lines(table: TableWords, texts: GuideTexts, columns: int) -> list[str]:
    """Return a table as :func:`table_text` does, and how many rows it leaves out."""
    lines = table_text(table, columns)
    if table.left_out:
        lines.append(word(texts, "report.rows_left_out", count=float(table.left_out)))
    return lines


def table_text(table: TableWords, columns: int) -> list[str]:
    """Return a table with its columns aligned, numbers to the right; a long cell goes on in further lines."""
    cells = [table.columns, *table.rows]
    widths = _widths([max(map(cell_len, column)) for column in zip(*cells, strict=True)], columns)
    lines = [line for row in cells[:1] for line in _row(row, widths, table.numbers)]
    lines.append(_GAP.join("─" * width for width in widths))
    lines += [line for row in cells[1:] for line in _row(row, widths, table.numbers)]
    return lines


def _heading(guide: Guide, texts: GuideTexts, columns: int) -> list[str]:
    name = word(texts, "report.title", task=bounded(shown_task(guide.task), LONGEST_VALUE))
    lines = _wrapped(f"{name} · {' · '.join(heading_facts(guide, texts))}", columns)
    return lines + (_wrapped(bounded(guide.error), columns, f"{SIGNS_OF_FAILURE} ") if guide.error else [])


SIGNS_OF_FAILURE = "✖"


def heading_facts(guide: Guide, texts: GuideTexts) -> list[str]:
    """Return how far a guide is, in a few words each: its status, its trials, its time."""
    trials = sum(len(each.trials) for each in guide.steps)
    facts = [word(texts, f"report.status_{guide.status}")]
    if trials:
        facts.append(trials_text(trials, texts))
    used, budget = seconds_text(guide.seconds), seconds_text(guide.budget_s)
    if guide.seconds:
        facts.append(word(texts, "report.time", used=used, planned=budget) if guide.budget_s else used)
    return facts


def _body(words: StepWords, texts: GuideTexts, columns: int, plot_rows: int) -> Iterator[str]:
    for check in words.checks:
        yield from _check(check, columns)
    for each in words.failed:
        yield from _wrapped(each, columns, f"{_INDENT}✖ ")
    if words.plot is not None:
        yield ""
        yield from plot_lines(words.plot, texts, columns, plot_rows)
    if words.table is not None and words.table.rows:
        yield ""
        yield from (f"{_INDENT}{line}" for line in table_lines(words.table, texts, columns - len(_INDENT)))
    if words.handed or words.candidates:
        yield ""
    if words.handed:
        yield from _wrapped(", ".join(words.handed), columns, f"{_INDENT}{_label(texts, 'handed')}")
    if words.candidates:
        yield f"{_INDENT}{_label(texts, 'candidates').rstrip()}"
    for each in words.candidates:
        yield from _wrapped(each, columns, f"{_INDENT}- ")


def _label(texts: GuideTexts, key: str) -> str:
    return word(texts, "report.labelled", label=word(texts, f"report.{key}"))


def _check(check: CheckWords, columns: int) -> list[str]:
    return _wrapped(check.text, columns, f"{_INDENT}{check.sign} ")


def _rows_for(plot: Plot, rows: int) -> int:
    match plot:
        case Curves():
            return rows
        case Bars(labels=labels):
            return max(4, min(len(labels) + 1, _MOST_PLOT_ROWS))
        case HeatMap(rows=names):
            return max(5, min(len(names) + 4, _MOST_PLOT_ROWS))


def _widths(wanted: list[int], columns: int) -> list[int]:
    """As wide as the longest cell, the widest first made narrower until all fit."""
    widths = [min(width, _LONGEST_CELL) for width in wanted]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > columns and max(widths) > _LEAST_CELL:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(cells: tuple[str, ...], widths: list[int], numbers: tuple[bool, ...]) -> list[str]:
    """The lines of a row: as many as its longest cell needs."""
    wrapped = [_cell(cell_text(cell), width) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for at in range(max(map(len, wrapped))):
        parts = [each[at] if at < len(each) else "" for each in wrapped]
        padded = [_padded(part, width, right) for part, width, right in zip(parts, widths, numbers, strict=True)]
        lines.append(_GAP.join(padded).rstrip())
    return lines


def _cell(text: str, width: int) -> list[str]:
    lines = _wrapped(text, width)
    if len(lines) <= _MOST_CELL_LINES:
        return lines
    return [*lines[: _MOST_CELL_LINES - 1], f"{set_cell_size(lines[_MOST_CELL_LINES - 1], width - 1).rstrip()}…"]


def _padded(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks


def _wrapped(text: str, columns: int, first: str = "") -> list[str]:
    return fitted(wrap(text, columns, first), columns)


def fitted(lines: Iterable[str], columns: int) -> list[str]:
    """Return the lines; a word that is longer than one goes on in the next."""
    broken = []
    for line in lines:
        while cell_len(line) > columns:
            head = set_cell_size(line, columns).rstrip()
            broken.append(head)
            line = line[max(1, len(head)) :]
        broken.append(line)
    return broken
