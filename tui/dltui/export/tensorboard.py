"""A log as an event file of TensorBoard: a scalar for each curve, at its step and its time."""

import math
from collections.abc import Iterator

import numpy as np

from dltui.export.records import scalar_records, version_record
from dltui.export.table import Table, table_of
from dltui.runs.update import Batch, Column

TAGS = {
    "train_loss": "loss/train",
    "val_loss": "loss/val",
    "train_accuracy": "accuracy/train",
    "val_accuracy": "accuracy/val",
    "val_precision": "precision/val",
    "val_recall": "recall/val",
    "val_perplexity": "perplexity/val",
    "val_r2": "r2/val",
    "lr": "lr",
    "grad_norm": "grad_norm",
    "update_ratio": "update_ratio",
    "throughput": "throughput",
    "data_wait": "data_wait",
}
"""TensorBoard shows what has one word before the slash beside each other."""
EPOCH = "epoch"
UNKNOWN_TIME = 0.0
"""An event must have a time; where the log has none, this reads as none at all."""


def file_name(batch: Batch) -> str:
    """Return what TensorBoard wants such a file to be called: with the time at which the training began."""
    table = table_of(batch)
    begin = float(table.time[0]) if len(table) and math.isfinite(table.time[0]) else UNKNOWN_TIME
    return f"events.out.tfevents.{max(int(begin), 0):010d}.dltui"


def tensorboard_pieces(batch: Batch) -> Iterator[bytes]:
    """Return the file piece by piece. Values are of four bytes there: seven digits are kept.

    What was undone is left out: TensorBoard would draw it as one curve with what was done instead.
    """
    table = table_of(batch)
    table = table.rows(~table.undone)
    yield version_record(float(_times(table.time[:1]).sum()))
    for piece in table.pieces():
        yield b"".join(_records(piece))


def _records(piece: Table) -> list[bytes]:
    """A record for each row; rows with the same curves are made together, and put back into their order."""
    columns = {TAGS[name]: (column, piece.known[name]) for name, column in piece.values.items()}
    columns[EPOCH] = (piece.epoch, ~np.isnan(piece.epoch))
    records: list[bytes] = [b""] * len(piece)
    present = np.stack([known for _, known in columns.values()])
    shapes, of_row = np.unique(present, axis=1, return_inverse=True)
    for number, shape in enumerate(shapes.T):
        rows = np.flatnonzero(of_row.ravel() == number)
        tags = [tag for tag, has in zip(columns, shape.tolist(), strict=True) if has]
        values = [columns[tag][0][rows] for tag in tags]
        made = scalar_records(_times(piece.time[rows]), piece.step[rows], tags, values)
        for row, record in zip(rows.tolist(), made, strict=True):
            records[row] = record
    return records


def _times(time: Column) -> Column:
    return np.where(np.isfinite(time), time, UNKNOWN_TIME)
