"""A saved log as a value, and the run's state that is made of it."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.meaning.columns import Assignment, ColumnRole, assign
from dltui.formats.meaning.facts import hparams_in, planned_epochs_in
from dltui.formats.meaning.rows import batch_of
from dltui.formats.reading.source import named, shown
from dltui.formats.reading.table import Table
from dltui.log_options import AS_IT_IS, ROLES, LogOptions, Role
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, RunUpdate
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui_trainers.errors import suggestion
from dltui_trainers.runlog import Manifest, Value

__all__ = ["ColumnRole", "SavedLog", "from_table", "state_of", "told_by", "used_columns"]

OWN_FORMAT = "dltui"
"""What the log of a run of our own is called; in a run's state that is the empty text."""
_AXES = (Role.STEP, Role.EPOCH, Role.TIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedLog:
    """A training log that was read whole.

    ``batch`` has neither steps nor evals where a log tells no loss; that is not an error. ``columns``: what each column
    of a foreign log was used as. ``planned_epochs`` is NaN unless the log tells it. ``told_end``: the log itself says
    that the training is over; else ``status`` only assumes it. ``hparams``: the settings that the log itself tells, by
    our names.
    """

    path: Path
    format: str
    batch: Batch
    manifest: Manifest | None = None
    status: RunStatus = RunStatus.FINISHED
    told_end: bool = False
    columns: tuple[ColumnRole, ...] = ()
    planned_epochs: float = math.nan
    hparams: dict[str, Value] = field(default_factory=dict)


def from_table(path: Path, format: str, table: Table, options: LogOptions = AS_IT_IS) -> SavedLog:
    """Return the log that was read into ``table``. Raises LogFormatError if nothing in it is known to us."""
    _refuse_unknown(path, table, options)
    assignment = assign(table, options.roles)
    if not table.known and not _is_log(table, assignment):
        raise LogFormatError(_nothing_found(path, table))
    hparams = hparams_in(table, assignment)
    return SavedLog(
        path=path,
        format=format,
        batch=batch_of(table, assignment),
        status=RunStatus.FAILED if table.failed else RunStatus.FINISHED,
        told_end=table.ended or table.failed,
        columns=assignment.roles,
        planned_epochs=planned_epochs_in(table),
        hparams=hparams,
    )


def state_of(log: SavedLog) -> RunState:
    """Return a run's state that has taken in the whole log."""
    state = RunState()
    told, format = told_by(log), "" if log.format == OWN_FORMAT else log.format
    state.take(
        RunUpdate(
            manifest=log.manifest,
            batch=log.batch,
            status=log.status,
            told_hparams=told,
            format=format,
            columns=used_columns(log),
        )
    )
    return state


def used_columns(log: SavedLog) -> tuple[tuple[str, str], ...]:
    """Return role and name of the columns that are used, in the order of the roles."""
    used = [(str(each.role), each.name) for each in log.columns if each.role is not Role.UNUSED]
    return tuple(sorted(used, key=lambda it: ROLES.index(it[0])))


def told_by(log: SavedLog) -> dict[str, Value]:
    """Return what the log tells of its hyperparameters, the planned epochs among them."""
    planned: dict[str, Value] = {"epochs": log.planned_epochs} if log.planned_epochs > 0 else {}
    return {**planned, **log.hparams}


def _refuse_unknown(path: Path, table: Table, options: LogOptions) -> None:
    for role, column in options.roles:
        if column not in table.columns:
            names = named(list(table.columns)) if table.columns else "none"
            raise LogFormatError(
                f"--map {safe_text(role)}={safe_text(column)}: {shown(path)} has no such column. Its columns: {names}."
                f"{suggestion(column, list(table.columns))}"
            )
        if not len(table.columns[column]):
            raise LogFormatError(f"{shown(path)} has no number in its column {safe_text(column)}: map another one.")


def _is_log(table: Table, assignment: Assignment) -> bool:
    """Whether it tells more than where the training was; one learning rate alone is a setting."""
    settings = (*_AXES, Role.LR) if table.length == 1 else _AXES
    return any(
        role not in settings for role in (*assignment.found, *(each.role for each in assignment.roles if each.role))
    )


def _nothing_found(path: Path, table: Table) -> str:
    if not table.columns:
        return (
            f"No loss was found in {shown(path)}: it has no line such as 'step 100: train_loss 2.31'. "
            "Is it the log of a training?"
        )
    return (
        f"No loss was found in {shown(path)}: its columns are {named(list(table.columns))}. "
        "Name one 'train_loss' and, if there is one, another 'val_loss'."
    )
