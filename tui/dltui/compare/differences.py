"""Where the hyperparameters of several runs differ, and what makes their losses no matter for a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dltui.compare.facts import RunFacts
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class HparamRow:
    """One hyperparameter: its value in each run, None where it is not known there."""

    name: str
    values: tuple[Value, ...]
    differs: bool


def hparam_rows(told: Sequence[Mapping[str, Value]]) -> tuple[HparamRow, ...]:
    """Return every hyperparameter that is told of any run, ours first and in their usual order.

    It differs if two runs have another value, or if one of them tells hyperparameters and not this one. A run that
    tells none at all says nothing about any.
    """
    names = dict.fromkeys(name for each in told for name in each)
    ordered = [*(name for name in CATALOGUE if name in names), *(name for name in names if name not in CATALOGUE)]
    return tuple(_row(name, told) for name in ordered)


def differing(rows: Sequence[HparamRow]) -> tuple[HparamRow, ...]:
    """Return those of the rows that differ."""
    return tuple(row for row in rows if row.differs)


def remarks(runs: Sequence[RunFacts | None]) -> tuple[str, ...]:
    """Return what one should know before comparing: other tasks, other losses; a sentence each."""
    known = [run for run in runs if run is not None]
    said = []
    for what, values in (("tasks", [run.task for run in known]), ("losses", [run.loss for run in known])):
        several = list(dict.fromkeys(value for value in values if value))
        if len(several) > 1:
            said.append(f"They are of different {what} ({', '.join(several)}): their losses do not compare.")
            break  # runs of different tasks have different losses as a rule; once is enough
    return tuple(said)


def summary(labels: Sequence[str], told: Sequence[Mapping[str, Value]], rows: Sequence[HparamRow]) -> str:
    """Return the line over the table of hyperparameters: how many differ, and which runs tell none."""
    speaking = [label for label, each in zip(labels, told, strict=True) if each]
    silent = [label for label, each in zip(labels, told, strict=True) if not each]
    if not speaking:
        return "None of the logs tells its hyperparameters."
    if len(speaking) == 1:
        return f"Only {speaking[0]} tells its hyperparameters."
    number = len(differing(rows))
    said = (
        f"hyperparameters that differ: {number} of {len(rows)}" if number else f"All {len(rows)} hyperparameters agree"
    )
    return f"{said}. {', '.join(silent)} tell{'s' if len(silent) == 1 else ''} none." if silent else said


def _row(name: str, told: Sequence[Mapping[str, Value]]) -> HparamRow:
    values = tuple(each.get(name) for each in told)
    speaking = {_comparable(each.get(name)) for each in told if each}
    return HparamRow(name=name, values=values, differs=len(speaking) > 1)


def _comparable(value: Value) -> tuple[str, Value]:
    """The value so that 1 is 1.0, but not True."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number", float(value)
    return type(value).__name__, value
