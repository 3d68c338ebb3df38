"""The trials of a study as the rows of a table, for other programs: plain names, a column for each hyperparameter."""

from collections.abc import Iterable

from dltui.formatting import setting
from dltui.search.study.options import Change, SearchOptions
from dltui.search.study.study import Study, TrialEntry
from dltui_trainers.runlog import Value

TRIAL = ("number", "state", "value", "step", "verdict", "finding", "pruned_by", "seconds", "error", "run")
OF_TUNING = ("parent", "at_step", "symptom", "change", "outcome", "kept")
BEFORE = "set_"
"""Stands before the name of a hyperparameter that is called like one of the columns above."""


def trial_rows(study: Study) -> tuple[list[str], list[dict[str, Value]]]:
    """Return the names of the columns, and for each trial its cells by them; None for what there is not.

    Hyperparameters that were given for all trials have a column, too; those of a later trial stand in the order in
    which they were tried first.
    """
    first = TRIAL if isinstance(study.options, SearchOptions) else (*TRIAL, *OF_TUNING)
    given = {name: _typed(text) for name, text in study.options.settings.items()}
    names = list(dict.fromkeys(name for each in (*(t.settings for t in study.trials), given) for name in each))
    columns = _columns(names, first)
    rows = []
    for trial in study.trials:
        settings = {**given, **trial.settings}
        row = _of_trial(trial) | (_of_tuning(trial) if first is not TRIAL else {})
        rows.append(row | {columns[name]: settings.get(name) for name in names})
    return [*first, *columns.values()], rows


def _columns(names: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """The column of each hyperparameter; no two columns have the same name."""
    columns: dict[str, str] = {}
    used = set(taken)
    for name in names:
        column = name
        while column in used:
            column = BEFORE + column
        used.add(column)
        columns[name] = column
    return columns


def _of_trial(trial: TrialEntry) -> dict[str, Value]:
    has_ended = trial.state.has_ended
    return {
        "number": trial.number,
        "state": str(trial.state),
        "value": trial.value,
        "step": trial.step if trial.value is not None else None,
        "verdict": trial.verdict or None,
        "finding": trial.finding or None,
        "pruned_by": trial.pruned_by or None,
        "seconds": trial.seconds if has_ended else None,
        "error": trial.error or None,
        "run": trial.newest_run or None,
    }


def _of_tuning(trial: TrialEntry) -> dict[str, Value]:
    return {
        "parent": trial.parent,
        "at_step": trial.at_step,
        "symptom": trial.symptom or None,
        "change": _change(trial.change) or None,
        "outcome": trial.outcome or None,
        "kept": trial.kept if trial.state.has_ended else None,
    }


def _change(change: Change) -> str:
    return "; ".join(f"{name} {_value(before)} -> {_value(after)}" for name, (before, after) in change.items())


def _value(value: Value) -> str:
    return setting(value) if value is not None else "?"


def _typed(text: str) -> Value:
    """What was typed, as a number where it is one: beside those that trials have chosen it is to be compared."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)
