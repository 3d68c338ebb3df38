"""What every foreign format is read into first: named columns of numbers, one row a record, cells may be missing."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dltui.formats.meaning.names import Quantity, meaning_of
from dltui_trainers.runlog import Value

Column = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MAX_COLUMNS = 2000
"""More names than this are no metrics (a key for each sample, hostile input); later ones are left out."""
MOST_MEASURES = 500
"""So many more are taken if they have the name of something that is known: the loss may be the last of 10 000."""
MOST_LEFT_OUT = 50_000
"""So many names are looked at; the keys of all samples of a data set would fill the memory."""


@dataclass(frozen=True, slots=True)
class Dense:
    """A column with a place for each row: NaN where nothing was logged, which ``present`` tells from a logged NaN."""

    values: Column
    present: Mask

    @property
    def given(self) -> Column:
        """The values that were logged."""
        return self.values[self.present]


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column that the log has: in which row, and the value. Sparse, since many logs are.

    ``rows`` rises; None means that they are the rows from the first on, without a gap.
    """

    rows: Positions | None
    values: Column

    @classmethod
    def where(cls, present: Mask, values: Column) -> "Cells":
        """Return the cells of a column that has a place for each row."""
        rows = np.flatnonzero(present)
        return cls(None, values) if len(rows) == len(values) else cls(rows, values[rows])

    def __len__(self) -> int:
        return len(self.values)

    def at(self) -> Positions | slice:
        """Return what picks the rows of the cells out of a column that has a place for each row."""
        return slice(len(self.values)) if self.rows is None else self.rows

    def dense(self, length: int) -> Dense:
        """Return them as a column of ``length`` rows."""
        if self.rows is None and len(self.values) == length:
            return Dense(self.values, np.ones(length, dtype=np.bool_))
        values = np.full(length, np.nan)
        present = np.zeros(length, dtype=np.bool_)
        values[self.at()] = self.values
        present[self.at()] = True
        return Dense(values, present)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A log as columns in the order of their first appearance, and what it says beside them.

    ``facts``: settings that the log tells (``batch_size``, ``num_train_epochs``), by the name that they have there.
    ``step_total``: what a progress like ``200/2983`` counts to, NaN without one. ``skipped``: lines that could not be
    read. ``failed``: the log ends in an error of the training. ``ended``: it tells that the training is over.
    ``known``: its shape alone shows that it is a log.
    """

    columns: dict[str, Cells]
    length: int
    facts: dict[str, Value] = field(default_factory=dict)
    step_total: float = float("nan")
    skipped: int = 0
    failed: bool = False
    ended: bool = False
    known: bool = False


class _Column:
    """The cells of a column as they come. Their rows are written down only once there is a gap."""

    __slots__ = ("_rows", "_values", "next_row")

    def __init__(self) -> None:
        self._rows: array[int] | None = None
        self._values: array[float] = array("d")
        self.next_row = 0
        """The row after that of the last cell."""

    def add(self, row: int, value: float) -> None:
        if self._rows is None and row != self.next_row:
            self._write_rows_down()
        if self._rows is not None:
            self._rows.append(row)
        self._values.append(value)
        self.next_row = row + 1

    def add_all(self, row: int, values: Column) -> None:
        """Append cells for the rows from ``row`` on."""
        if self._rows is None and row != self.next_row:
            self._write_rows_down()
        if self._rows is not None:
            self._rows.frombytes(np.arange(row, row + len(values), dtype=np.int64).tobytes())
        self._values.frombytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())
        self.next_row = row + len(values)

    def add_at(self, rows: Positions, values: Column) -> None:
        """Append cells for those rows, which rise and lie behind the last one."""
        if self._rows is None:
            self._write_rows_down()
        if self._rows is not None:
            self._rows.frombytes(np.ascontiguousarray(rows, dtype=np.int64).tobytes())
        self._values.frombytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())
        self.next_row = int(rows[-1]) + 1

    def take_back(self) -> None:
        """Forget the last cell."""
        self._values.pop()
        if self._rows is not None:
            self._rows.pop()
            self.next_row = self._rows[-1] + 1 if self._rows else 0
        else:
            self.next_row -= 1

    def __len__(self) -> int:
        return len(self._values)

    def cells(self, *, copy: bool) -> Cells:
        """Return what there is: a copy, for a column that is looked at directly can not grow."""
        rows = None if self._rows is None else np.array(self._rows, dtype=np.int64, copy=copy or None)
        return Cells(rows, np.array(self._values, dtype=np.float64, copy=copy or None))

    def _write_rows_down(self) -> None:
        self._rows = array("q", range(len(self._values)))


class TableBuilder:
    """Gathers a table row by row, or by many rows at once; a cell costs 8 to 16 bytes, a missing one nothing."""

    def __init__(self) -> None:
        self.length = 0
        self.skipped = 0
        self.facts: dict[str, Value] = {}
        self.step_total = float("nan")
        self.failed = False
        self.ended = False
        self.known = False
        self.complete = False
        """No row will come any more: what is built need be no copy."""
        self._columns: dict[str, _Column] = {}
        self._left_out: set[str] = set()

    def name(self, name: str) -> None:
        """Make a column known before it has a value."""
        self._column(name)

    def add(self, row: Iterable[tuple[str, float]]) -> None:
        """Append a row. Of two cells with one name the first counts."""
        for name, value in row:
            column = self._column(name)
            if column is not None and column.next_row <= self.length:
                column.add(self.length, value)
        self.length += 1

    def take_back(self) -> None:
        """Forget the last row, and the columns that had a cell in no other."""
        self.length -= 1
        for name, column in list(self._columns.items()):
            if column.next_row > self.length:
                column.take_back()
                if not column:
                    del self._columns[name]

    def add_cells(self, columns: Iterable[tuple[str, Cells]], count: int) -> None:
        """Append ``count`` rows with these cells, whose rows count from the first of these. No name comes twice."""
        for name, cells in columns:
            column = self._column(name)
            if column is None:
                continue
            if cells.rows is None:
                column.add_all(self.length, cells.values)
            elif len(cells):
                column.add_at(cells.rows + self.length, cells.values)
        self.length += count

    def build(self) -> Table:
        """Return what was gathered so far; it does not change when more comes."""
        return Table(
            columns={name: column.cells(copy=not self.complete) for name, column in self._columns.items()},
            length=self.length,
            facts=dict(self.facts),
            step_total=self.step_total,
            skipped=self.skipped,
            failed=self.failed,
            ended=self.ended,
            known=self.known,
        )

    def _column(self, name: str) -> _Column | None:
        column = self._columns.get(name)
        if column is None and self._has_room(name):
            column = self._columns[name] = _Column()
        return column

    def _has_room(self, name: str) -> bool:
        if len(self._columns) < MAX_COLUMNS:
            return True
        if name in self._left_out or len(self._left_out) >= MOST_LEFT_OUT:
            return False
        if len(self._columns) < MAX_COLUMNS + MOST_MEASURES and meaning_of(name).quantity is not Quantity.OTHER:
            return True
        self._left_out.add(name)
        return False
