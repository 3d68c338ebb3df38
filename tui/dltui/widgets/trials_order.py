"""In which order the trials of a study stand in its table, and which of them: sorted, as a tree, filtered by words."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dltui.formatting import setting
from dltui.search.drawing.values import searched, seconds_of, value_of
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.widgets.trials_words import change_text
from dltui_trainers.runlog import Value

NUMBER, VALUE, TIME, TREE = "number", "value", "time", "tree"
CHILD, LAST = "├ ", "└ "
BESIDE, NOTHING = "│ ", "  "


@dataclass(frozen=True, slots=True)
class Order:
    """What the trials are sorted by: :data:`NUMBER`, ..., or a hyperparameter. ``reverse``: from the other end."""

    column: str = NUMBER
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A trial in its place. ``stem``: the lines of the tree before its number."""

    trial: TrialEntry
    stem: str = ""


def columns_of(study: Study) -> list[str]:
    """Return what the trials of a study can be sorted by."""
    first = [TREE, NUMBER] if is_tuning(study) else [NUMBER]
    return [*first, VALUE, TIME, *(searched(study) if not is_tuning(study) else [])]


def is_tuning(study: Study) -> bool:
    """Whether each trial is a change of another one."""
    return study.begun is not None and study.begun.tuning is not None


def usual_order(study: Study, is_at_work: bool) -> Order:
    """Return the order until a person chooses one: of a search the newest on top while it goes on, then the best."""
    if is_tuning(study):
        return Order(TREE)
    return Order(NUMBER) if is_at_work else Order(VALUE)


def arranged(study: Study, order: Order, now_s: float) -> list[Row]:
    """Return the trials in that order: the newest, the best, the longest or the smallest first.

    What has no value comes last, whichever way the order goes.
    """
    if order.column == TREE:
        rows = list(_tree(study.trials))
        return rows[::-1] if order.reverse else rows
    rises = study.begun is not None and study.objective.rises
    known: list[tuple[tuple[bool, float, str], TrialEntry]] = []
    unknown: list[TrialEntry] = []
    for trial in study.trials:
        key = _key(trial, order.column, rises, now_s)
        if key is None:
            unknown.append(trial)
        else:
            known.append((key, trial))
    known.sort(key=lambda each: each[0], reverse=order.reverse)
    return [Row(trial) for _, trial in known] + [Row(trial) for trial in reversed(unknown)]


def _key(trial: TrialEntry, column: str, rises: bool, now_s: float) -> tuple[bool, float, str] | None:
    """What a trial is sorted by, the first first; None if it has nothing of it."""
    match column:
        case "number":
            number = -float(trial.number)
        case "value":  # what is not complete was not measured to its end, and comes after it
            value = value_of(trial, rises)
            unfinished = trial.state is not TrialState.COMPLETE
            return None if math.isnan(value) else (unfinished, -value if rises else value, "")
        case "time":
            number = -seconds_of(trial, now_s)
        case _:
            return _setting_key(trial.settings.get(column))
    return (False, number, "") if not math.isnan(number) else None


def _setting_key(value: Value) -> tuple[bool, float, str] | None:
    if value is None:
        return None
    if isinstance(value, (str, bool)):
        return True, 0.0, str(value)
    return (False, float(value), "") if abs(value) < math.inf else None


def _tree(trials: Sequence[TrialEntry]) -> Iterator[Row]:
    """Each trial beneath the one that it came from. One that is kept goes on at the level of its parent, after those
    that were backed out: what led to the end is one straight line.
    """
    children: dict[int | None, list[TrialEntry]] = {}
    for trial in trials:
        parent = trial.parent if trial.parent is not None and 0 <= trial.parent < trial.number else None
        children.setdefault(parent, []).append(trial)
    waiting = [(trial, "", "") for trial in reversed(children.get(None, []))]
    while waiting:
        trial, before, sign = waiting.pop()
        yield Row(trial, before + sign)
        inside = before + (BESIDE if sign == CHILD else NOTHING if sign == LAST else "")
        after = sorted(children.get(trial.number, []), key=lambda each: (each.kept, each.number))
        straight = [(each, inside, "") for each in after if each.kept]
        aside = [(each, inside, CHILD if each is not after[-1] else LAST) for each in after if not each.kept]
        waiting += reversed(aside + straight)


def filtered(rows: Iterable[Row], words: str, told: Mapping[int, str]) -> list[Row]:
    """Return the rows that hold every word and none with a ``-`` before it. ``told``: what else is said of a trial."""
    wanted = [word.casefold() for word in words.split() if word != "-"]
    if not wanted:
        return list(rows)
    return [row for row in rows if _holds(_text_of(row.trial, told), wanted)]


def _holds(text: str, wanted: Sequence[str]) -> bool:
    return all((word[1:] not in text) if word.startswith("-") else word in text for word in wanted)


def _text_of(trial: TrialEntry, told: Mapping[int, str]) -> str:
    settings = " ".join(f"{name}={setting(value)}" for name, value in trial.settings.items())
    parts = (f"#{trial.number}", str(trial.state), trial.verdict, trial.finding, trial.pruned_by, trial.error)
    kept = "kept" if trial.kept else ""
    return " ".join(
        (*parts, trial.outcome, kept, settings, change_text(trial.change), told.get(trial.number, ""))
    ).casefold()
