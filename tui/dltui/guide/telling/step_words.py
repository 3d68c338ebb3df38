"""A step in words, before any markup: what every report of a guide says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dltui.formatting import UNKNOWN, count, duration, format_value
from dltui.guide.result import Check, Judgement, Plot, StepResult, Table, TableCell
from dltui.guide.state import StepEntry, StepState, TrialEntry
from dltui.guide.telling.words import LONGEST_VALUE, bounded, moves, together, told, word
from dltui.texts.guide import NON_FINITE, GuideTexts, Said

SIGNS = {Judgement.SOUND: "✔", Judgement.DOUBTFUL: "▲", Judgement.FAULT: "✖"}
STATE_SIGNS = {
    StepState.WAITING: "○",
    StepState.RUNNING: "◌",
    StepState.DONE: "●",
    StepState.SKIPPED: "–",
    StepState.OUT_OF_TIME: "□",
}
MOST_ROWS, MOST_FAILED = 100, 5
_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckWords:
    """One thing that was looked at."""

    judgement: Judgement
    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableWords:
    """``numbers``: which columns hold nothing but numbers. ``left_out``: rows beyond those that anybody reads."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[bool, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWords:
    """A step. ``judgement``: None while it has no result; ``word``: that of the judgement, or how far it is.

    ``facts``: its time and its trials. ``handed``: each setting that holds from here on; ``candidates``: those that the
    next step chooses from. ``failed``: trials that failed, with their errors.
    """

    number: int
    title: str
    judgement: Judgement | None
    sign: str
    word: str
    said: str
    facts: tuple[str, ...]
    checks: tuple[CheckWords, ...]
    plot: Plot | None
    table: TableWords | None
    handed: tuple[str, ...]
    candidates: tuple[str, ...]
    failed: tuple[str, ...]


def step_title(number: int, texts: GuideTexts) -> str:
    """Return the name of a step: ``Find the learning rate``."""
    return word(texts, f"report.step_{number}")


def step_words(entry: StepEntry, texts: GuideTexts) -> StepWords:
    """Return what there is to say of a step, however far it is."""
    result = entry.result
    judged = result.judgement if result is not None else None
    return StepWords(
        number=entry.number,
        title=step_title(entry.number, texts),
        judgement=judged,
        sign=SIGNS[judged] if judged is not None else STATE_SIGNS[entry.state],
        word=word(texts, f"report.{judged or entry.state}"),
        said=told(texts, result.said) if result is not None else word(texts, f"report.said_{entry.state}"),
        facts=tuple(_facts(entry, texts)),
        checks=check_words(result.checks, texts) if result is not None else (),
        plot=result.plot if result is not None else None,
        table=table_words(result.table, texts) if result is not None and result.table is not None else None,
        handed=tuple(moves(result.handed.settings)) if result is not None else (),
        candidates=_candidates(result) if result is not None else (),
        failed=_failed(entry.trials),
    )


def check_words(checks: Sequence[Check], texts: GuideTexts) -> tuple[CheckWords, ...]:
    """Return the checks of a step in words."""
    return tuple(
        CheckWords(judgement=each.judgement, sign=SIGNS[each.judgement], text=told(texts, each.said)) for each in checks
    )


def table_words(table: Table, texts: GuideTexts) -> TableWords:
    """Return a table in words; a row that is too short has dashes at its end."""
    width = len(table.columns)
    rows = [[*row[:width], *[None] * (width - len(row))] for row in table.rows[:MOST_ROWS]]
    return TableWords(
        columns=tuple(told(texts, each) for each in table.columns),
        rows=tuple(tuple(cell_words(cell, texts) for cell in row) for row in rows),
        numbers=tuple(all(is_number(row[at]) for row in rows) for at in range(width)),
        left_out=max(0, len(table.rows) - MOST_ROWS),
    )


def seconds_text(seconds: float) -> str:
    """Return a time span as a guide tells it: ``8.2 s``, ``1:05``."""
    return f"{seconds:.1f} s" if 0 <= seconds < _MINUTE else duration(seconds)


def _facts(entry: StepEntry, texts: GuideTexts) -> list[str]:
    facts = []
    if entry.seconds:
        used, planned = seconds_text(entry.seconds), seconds_text(entry.planned_s)
        facts.append(word(texts, "report.time", used=used, planned=planned) if entry.planned_s else used)
    if entry.trials:
        facts.append(trials_text(len(entry.trials), texts))
    if failed := sum(bool(each.error) for each in entry.trials):
        facts.append(word(texts, "report.trials_failed", count=float(failed)))
    if entry.attempt > 1:
        facts.append(word(texts, "report.attempt", attempt=float(entry.attempt)))
    return facts


def trials_text(trials: int, texts: GuideTexts) -> str:
    """Return how many trials there were."""
    return word(texts, "report.trial") if trials == 1 else word(texts, "report.trials", count=count(trials))


def _candidates(result: StepResult) -> tuple[str, ...]:
    """Those to choose from; a single one is no choice."""
    found = result.handed.candidates
    return tuple(together(each) for each in found[:MOST_ROWS]) if len(found) > 1 else ()


def _failed(trials: Sequence[TrialEntry]) -> tuple[str, ...]:
    failed = [each for each in trials if each.error]
    return tuple(f"{bounded(each.name, LONGEST_VALUE)}: {bounded(each.error)}" for each in failed[:MOST_FAILED])


def is_number(cell: TableCell) -> bool:
    """Whether a cell holds a number, or nothing: a column of such stands to the right."""
    return cell is None or isinstance(cell, int | float) or cell in NON_FINITE


def cell_words(cell: TableCell, texts: GuideTexts) -> str:
    """Return what stands in a cell."""
    if cell is None:
        return UNKNOWN
    if isinstance(cell, Said):
        return told(texts, cell)
    if isinstance(cell, str):
        return bounded(cell, LONGEST_VALUE)
    whole = cell == int(cell) and abs(cell) >= 1000 if abs(cell) < 1e15 else False
    return count(cell) if whole else format_value(cell)
