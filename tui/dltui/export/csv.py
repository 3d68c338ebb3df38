"""A log as CSV: one row a record, an empty cell where nothing was logged; read again it gives the same curves."""

from collections.abc import Iterator

import numpy as np

from dltui.export.table import UNDONE, Mask, table_of
from dltui.runs.update import Batch, Column


def csv_pieces(batch: Batch) -> Iterator[bytes]:
    """Return the file piece by piece: the names, then the rows.

    Numbers are written with as many digits as they need to be read again as they are, what is not finite as ``nan``,
    ``inf`` and ``-inf``. An axis that the log does not have is left out. Where the training went back, a last column
    has a 1 in the rows that no longer count.
    """
    table = table_of(batch)
    axes = [name for name, column in table.axes.items() if name == "step" or not np.isnan(column).all()]
    has_undone = bool(table.undone.any())
    names = [*axes, *table.values, *([UNDONE] if has_undone else [])]
    yield (",".join(names) + "\n").encode()
    for piece in table.pieces():
        columns = [_axis(piece.axes[name]) for name in axes]
        columns += [_cells(piece.values[name], piece.known[name]) for name in table.values]
        columns += [["1" if each else "" for each in piece.undone.tolist()]] if has_undone else []
        rows = map(",".join, zip(*columns, strict=True))
        yield ("\n".join(rows) + "\n").encode()


def _axis(column: Column) -> list[str]:
    """Steps are whole; an epoch or a time that is not known is an empty cell."""
    return ["" if value != value else _written(value) for value in column.tolist()]


def _cells(column: Column, known: Mask) -> list[str]:
    if known.all():
        return list(map(repr, column.tolist()))
    return [repr(value) if is_known else "" for value, is_known in zip(column.tolist(), known.tolist(), strict=True)]


def _written(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
