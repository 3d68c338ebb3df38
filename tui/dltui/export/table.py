"""The rows of a log in the order of time: training records and validations as one table."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dltui.runs.update import Batch, Column, Rows
from dltui.series.undone import undone_rows
from dltui_trainers.runlog import EVAL_METRICS, STEP_METRICS

CHUNK_ROWS = 16384
"""Rows that are written at a time: some MB of text."""
METRICS = (*STEP_METRICS, *EVAL_METRICS)
UNDONE = "undone"
"""The column of what no longer counts; ``formats`` knows it by the same name."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One row a record. ``values``: the metrics that the log has at all; ``known``: where each one was logged.

    ``is_eval``: rows of a validation; a record that has both is one row, and counts as a training's. ``undone``: rows
    that no longer count, because the training went back to before them.
    """

    step: Column
    epoch: Column
    time: Column
    is_eval: Mask
    values: dict[str, Column]
    known: dict[str, Mask]
    undone: Mask

    def __len__(self) -> int:
        return len(self.step)

    @property
    def axes(self) -> dict[str, Column]:
        """Where the rows stand, by the name of the axis."""
        return {"step": self.step, "epoch": self.epoch, "time": self.time}

    def pieces(self) -> Iterator["Table"]:
        """The table in pieces of at most :data:`CHUNK_ROWS` rows."""
        for start in range(0, len(self), CHUNK_ROWS):
            yield self.rows(slice(start, start + CHUNK_ROWS))

    def rows(self, chosen: "slice | Mask | npt.NDArray[np.int64]") -> "Table":
        """Those rows of the table."""
        return Table(
            step=self.step[chosen],
            epoch=self.epoch[chosen],
            time=self.time[chosen],
            is_eval=self.is_eval[chosen],
            values={name: column[chosen] for name, column in self.values.items()},
            known={name: mask[chosen] for name, mask in self.known.items()},
            undone=self.undone[chosen],
        )


def table_of(batch: Batch) -> Table:
    """Return the rows of a log as one table.

    A log keeps its two kinds apart, so their order is found again: by time where every row has one, else by step, and a
    validation comes after the training record of its step. Where all three axes of the two agree, they are one row.
    """
    parts = [(rows, kind) for rows, kind in ((batch.steps, False), (batch.evals, True)) if rows is not None]
    if not parts:
        return _empty()
    rows = [rows for rows, _ in parts]
    step, epoch, time = (_joined(rows, axis) for axis in ("step", "epoch", "time"))
    is_eval = np.concatenate([np.full(len(part), kind, dtype=np.bool_) for part, kind in parts])
    values, known = {}, {}
    for name in METRICS:
        column, mask = _metric(rows, name)
        if mask.any():
            values[name], known[name] = column, mask
    order = _order(rows, step, time)
    undone = np.concatenate(undone_rows(batch))
    joined = Table(step=step, epoch=epoch, time=time, is_eval=is_eval, values=values, known=known, undone=undone)
    return _merged(joined, order)


def _empty() -> Table:
    nothing = np.empty(0)
    none = nothing.astype(np.bool_)
    return Table(step=nothing, epoch=nothing, time=nothing, is_eval=none, values={}, known={}, undone=none)


def _joined(parts: list[Rows], axis: str) -> Column:
    column: Column = np.concatenate([getattr(part, axis) for part in parts])
    return column


def _metric(parts: list[Rows], name: str) -> tuple[Column, Mask]:
    columns, masks = [], []
    for part in parts:
        column = part.values.get(name)
        unknown = part.unknown.get(name)
        columns.append(np.full(len(part), np.nan) if column is None else column)
        missing = np.zeros(len(part), dtype=np.bool_) if unknown is None else unknown
        masks.append(~missing if column is not None else np.zeros(len(part), dtype=np.bool_))
    return np.concatenate(columns), np.concatenate(masks)


def _order(parts: list[Rows], step: Column, time: Column) -> npt.NDArray[np.int64]:
    """The order of the rows; each kind keeps its own, also where a restart went back."""
    if np.isfinite(time).all():
        order: npt.NDArray[np.int64] = np.argsort(_highest([part.time for part in parts]), kind="stable")
        return order
    restarts = [_times_gone_back(part.step) for part in parts]
    if len({int(part[-1]) for part in restarts}) > 1:  # one kind has not seen all of them
        order = np.argsort(_highest([part.step for part in parts]), kind="stable")
    else:
        order = np.lexsort((step, np.concatenate(restarts)))
    return order


def _highest(columns: list[Column]) -> Column:
    """The highest value of each column so far."""
    return np.concatenate([np.maximum.accumulate(column) for column in columns])


def _times_gone_back(step: Column) -> npt.NDArray[np.int64]:
    return np.cumsum(np.append(False, step[1:] < step[:-1]))


def _merged(table: Table, order: npt.NDArray[np.int64]) -> Table:
    """The table in that order, each validation in the row of the training record that it was logged with."""
    table = table.rows(order)
    losses = table.known.get("train_loss")
    if losses is None:  # a line with a learning rate and a validation would read as one of the validation alone
        return table
    same = table.is_eval[1:] & ~table.is_eval[:-1] & losses[:-1] & (table.undone[1:] == table.undone[:-1])
    for axis in (table.step, table.epoch, table.time):
        same &= (axis[1:] == axis[:-1]) | (np.isnan(axis[1:]) & np.isnan(axis[:-1]))
    into = np.flatnonzero(same)
    for name, column in table.values.items():
        of_eval = table.known[name][into + 1]
        column[into[of_eval]] = column[into[of_eval] + 1]
        table.known[name][into[of_eval]] = True
    kept = np.ones(len(table), dtype=np.bool_)
    kept[into + 1] = False
    return table.rows(kept)
