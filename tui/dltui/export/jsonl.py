"""A log as JSON lines: the records of a run of ours where it has all that those need, else plain objects.

Our records must have a whole step and a time, and those of steps a training loss; a log of another program often lacks
one of them, and nothing is made up. Its lines are then objects with the same names, which any reader of
JSON lines takes, dltui's too.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from dltui.export.table import Mask, Table, table_of
from dltui.runs.update import Batch, Column
from dltui_trainers.runlog import (
    EVAL_METRICS,
    STEP_METRICS,
    EvalRecord,
    Number,
    Record,
    StepRecord,
    number,
    to_line,
)

_MOST_COUNTED = 2.0**53
_NEEDED = {STEP_METRICS: ("train_loss",), EVAL_METRICS: ()}
"""What each kind of record of ours cannot be without."""
_encode = msgspec.json.Encoder().encode


def jsonl_pieces(batch: Batch) -> Iterator[bytes]:
    """Return the file piece by piece, a line a record."""
    table = table_of(batch)
    return _own_pieces(batch, table) if _can_be_ours(table) else _plain_pieces(table)


def _can_be_ours(table: Table) -> bool:
    counted = (table.step == np.floor(table.step)) & (np.abs(table.step) <= _MOST_COUNTED)
    if not bool(counted.all() and np.isfinite(table.time).all()):
        return False
    for metrics, needed in _NEEDED.items():
        rows = _having(table, metrics)
        if rows.any() and not all(name in table.known and table.known[name][rows].all() for name in needed):
            return False
    return True


def _having(table: Table, metrics: Sequence[str]) -> Mask:
    """The rows with at least one of these metrics."""
    found = np.zeros(len(table), dtype=np.bool_)
    for name in metrics:
        if name in table.known:
            found |= table.known[name]
    return found


def _own_pieces(batch: Batch, table: Table) -> Iterator[bytes]:
    """The curves' records with the others between them, where their times put them; how it ended comes last."""
    newest = (each for each in (batch.layers, batch.metrics, batch.system) if each is not None)
    others = [*batch.events, *batch.parameters, *newest]
    others.sort(key=lambda record: record.time)
    told = 0
    for piece in table.pieces():
        lines = []
        for record in _own_records(piece):
            while told < len(others) and others[told].time < record.time:
                lines.append(to_line(others[told]))
                told += 1
            lines.append(to_line(record))
        yield b"".join(lines)
    rest = [*others[told:], *([batch.end] if batch.end is not None else [])]
    yield b"".join(map(to_line, rest))


def _own_records(piece: Table) -> Iterator[Record]:
    is_step, is_eval = _having(piece, STEP_METRICS), _having(piece, EVAL_METRICS)
    steps, evals = _step_records(piece.rows(is_step)), _eval_records(piece.rows(is_eval))
    for has_step, has_eval in zip(is_step.tolist(), is_eval.tolist(), strict=True):
        if has_step:
            yield next(steps)
        if has_eval:
            yield next(evals)


def _step_records(rows: Table) -> Iterator[Record]:
    for step, time, epoch, loss, *others in zip(*_own_columns(rows, STEP_METRICS), strict=True):
        yield StepRecord(
            step=int(step or 0),
            time=float(time or 0),
            epoch=_sure(epoch),
            train_loss=_sure(loss),
            **dict(zip(STEP_METRICS[1:], others, strict=True)),
        )


def _eval_records(rows: Table) -> Iterator[Record]:
    columns = _own_columns(rows, EVAL_METRICS)
    for step, time, epoch, loss, *others in zip(*columns, strict=True):
        yield EvalRecord(
            step=int(step or 0),
            time=float(time or 0),
            epoch=_sure(epoch),
            val_loss=loss,
            **dict(zip(EVAL_METRICS[1:], others, strict=True)),
        )


def _sure(value: Number | None) -> Number:
    return "nan" if value is None else value


def _own_columns(rows: Table, metrics: Sequence[str]) -> list[list[Number | None]]:
    axes = [_cells(rows.step, None), _cells(rows.time, None), _cells(rows.epoch, None)]
    missing: list[Number | None] = [None] * len(rows)
    return axes + [_cells(rows.values[name], rows.known[name]) if name in rows.values else missing for name in metrics]


def _cells(column: Column, known: Mask | None) -> list[Number | None]:
    """The numbers of a column as they are written; None where nothing was logged."""
    values: list[Number | None] = column.tolist()
    for at in np.flatnonzero(~np.isfinite(column)).tolist():
        values[at] = number(float(column[at]))
    if known is not None:
        for at in np.flatnonzero(~known).tolist():
            values[at] = None
    return values


def _plain_pieces(table: Table) -> Iterator[bytes]:
    """Objects with the metrics of each row; an axis that is not known is left out."""
    for piece in table.pieces():
        columns = {axis: _cells(column, ~np.isnan(column)) for axis, column in piece.axes.items()}
        columns["step"] = [_whole(value) for value in columns["step"]]
        columns |= {name: _cells(column, piece.known[name]) for name, column in piece.values.items()}
        names = list(columns)
        rows = zip(*columns.values(), strict=True)
        objects = ({name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows)
        yield b"".join(_encode(each) + b"\n" for each in objects)


def _whole(value: Number | None) -> Number | None:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_COUNTED else value
