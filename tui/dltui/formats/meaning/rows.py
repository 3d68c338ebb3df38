"""From columns with roles to the rows that a run's state takes: training rows and validation rows."""

import numpy as np

from dltui.formats.meaning.axes import Axes, place
from dltui.formats.meaning.columns import Assignment
from dltui.formats.reading.table import Dense, Mask, Table
from dltui.log_options import Role
from dltui.runs.update import Batch, Rows
from dltui_trainers.runlog import EVAL_METRICS, STEP_METRICS

_ROLES = frozenset(Role)
UNDONE = "undone"


def batch_of(table: Table, assignment: Assignment) -> Batch:
    """Return the table as rows. A record with both losses gives a row of each kind, at the same step."""
    found = assignment.found
    val = _any(found, table.length, tuple(name for name in EVAL_METRICS if name != Role.TRAIN_ACCURACY))
    learning = _any(found, table.length, (Role.TRAIN_LOSS,))
    # A validation's line often repeats the learning rate: it adds nothing to the training's curve.
    train = learning | (_any(found, table.length, (Role.LR, Role.GRAD_NORM)) & ~val)
    evals = val | _any(found, table.length, (Role.TRAIN_ACCURACY,))
    undone = _undone(table)
    axes = place(found, learning, val, table.step_total)
    return Batch(
        steps=_rows(found, axes, train & ~undone, STEP_METRICS),
        evals=_rows(found, axes, evals & ~undone, EVAL_METRICS),
        skipped=table.skipped,
    )


def _undone(table: Table) -> Mask:
    """The rows that no longer count, as ``dltui export`` writes it of a training that went back."""
    mask = np.zeros(table.length, dtype=np.bool_)
    if UNDONE in table.columns:
        cells = table.columns[UNDONE]
        mask[cells.at()] = cells.values == 1
    return mask


def _any(found: dict[Role, Dense], length: int, roles: tuple[str, ...]) -> Mask:
    mask = np.zeros(length, dtype=np.bool_)
    for role in roles:
        if role in found:
            mask |= found[Role(role)].present
    return mask


def _rows(found: dict[Role, Dense], axes: Axes, chosen: Mask, metrics: tuple[str, ...]) -> Rows | None:
    if not chosen.any():
        return None
    rows = slice(None) if chosen.all() else np.flatnonzero(chosen)
    step = axes.step[rows]
    nothing, missed = np.full(len(step), np.nan), np.ones(len(step), dtype=np.bool_)
    values, unknown = {}, {}
    for name in metrics:
        column = found.get(Role(name)) if name in _ROLES else None
        values[name] = nothing if column is None else column.values[rows]
        missing = missed if column is None else ~column.present[rows]
        if missing.any():
            unknown[name] = missing
    return Rows(step=step, epoch=axes.epoch[rows], time=axes.time[rows], values=values, unknown=unknown)
