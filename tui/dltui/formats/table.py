"""What every foreign format is read into first: named columns of numbers, one row a record, cells may be missing."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dltui_trainers.runlog import Value

Column = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MAX_COLUMNS = 2000
"""More names than this are no metrics (a key for each sample, hostile input); later ones are left out."""


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
    """The cells of one column that the log has: in which row, and the value. Sparse, since many logs are."""

    rows: npt.NDArray[np.int64]
    values: Column

    def __len__(self) -> int:
        return len(self.rows)

    def dense(self, length: int) -> Dense:
        """Return them as a column of ``length`` rows."""
        values = np.full(length, np.nan)
        present = np.zeros(length, dtype=np.bool_)
        values[self.rows] = self.values
        present[self.rows] = True
        return Dense(values, present)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A log as columns in the order of their first appearance, and what it says beside them.

    ``facts``: settings that the log tells (``batch_size``, ``num_train_epochs``), by the name that they have there.
    ``step_total``: what a progress like ``200/2983`` counts to, NaN without one. ``skipped``: lines that could not be
    read. ``failed``: the log ends in an error of the training. ``known``: its shape alone shows that it is a log.
    """

    columns: dict[str, Cells]
    length: int
    facts: dict[str, Value] = field(default_factory=dict)
    step_total: float = float("nan")
    skipped: int = 0
    failed: bool = False
    known: bool = False


class TableBuilder:
    """Gathers a table row by row; a cell costs 16 bytes, a missing one nothing."""

    def __init__(self) -> None:
        self.length = 0
        self.skipped = 0
        self.facts: dict[str, Value] = {}
        self.step_total = float("nan")
        self.failed = False
        self.known = False
        self._cells: dict[str, tuple[array[int], array[float]]] = {}

    def name(self, name: str) -> None:
        """Make a column known before it has a value."""
        self._column(name)

    def add(self, row: Iterable[tuple[str, float]]) -> None:
        """Append a row. Of two cells with one name the first counts."""
        for name, value in row:
            column = self._column(name)
            if column is None:
                continue
            rows, values = column
            if not rows or rows[-1] != self.length:
                rows.append(self.length)
                values.append(value)
        self.length += 1

    def build(self) -> Table:
        """Return what was gathered."""
        columns = {
            name: Cells(np.array(rows, dtype=np.int64), np.array(values, dtype=np.float64))
            for name, (rows, values) in self._cells.items()
        }
        return Table(
            columns=columns,
            length=self.length,
            facts=self.facts,
            step_total=self.step_total,
            skipped=self.skipped,
            failed=self.failed,
            known=self.known,
        )

    def _column(self, name: str) -> "tuple[array[int], array[float]] | None":
        column = self._cells.get(name)
        if column is None and len(self._cells) < MAX_COLUMNS:
            column = self._cells[name] = (array("q"), array("d"))
        return column
