"""A table in memory: numbers where all of a column are, else words. What becomes of either is decided elsewhere.

A block of plain numbers is read at once by numpy; one in which anything is odd is taken apart cell by cell. Where a
column turns out late to hold words, the file is read anew from the beginning.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.errors import DataError
from dltui_trainers.sources.files import shown
from dltui_trainers.sources.tables.rows import CsvFile, Lines, Numbers, Rows

Codes = NDArray[np.int32]

MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "?", "-"})
"""A cell that holds one of these, in any case, holds nothing."""
MOST_WORDS = 1000
"""Different words of a column that are kept: more are names or sentences, not classes."""
MOST_CELLS = 200_000_000
"""A table is held in memory, 8 bytes a cell."""
NOTHING = -1
"""The code of a missing word."""


@dataclass(slots=True, kw_only=True)
class Words:
    """A column that is not all numbers: each cell as its place in ``known``.

    With more than :data:`MOST_WORDS` different words the cells are not kept, and ``known`` has one more than that.
    ``sample``: the first that is no number, and its line.
    """

    sample: tuple[str, int]
    known: dict[str, int] = field(default_factory=dict)
    chunks: list[Codes] = field(default_factory=list)

    @property
    def too_many(self) -> bool:
        """Whether there are more different words than are kept."""
        return len(self.known) > MOST_WORDS

    @property
    def codes(self) -> Codes:
        """The place of each row's word in ``known``, or :data:`NOTHING`."""
        return np.concatenate(self.chunks)

    def add(self, cells: Iterable[str]) -> None:
        """Append the words of the next rows."""
        self.chunks.append(np.fromiter(map(self._code, cells), np.int32))
        if self.too_many:
            self.chunks.clear()

    def _code(self, cell: str) -> int:
        word = cell.strip()
        if word in self.known:
            return self.known[word]
        if is_missing(word) or self.too_many:
            return NOTHING
        return self.known.setdefault(word, len(self.known))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """What a file holds. ``numbers`` is (rows, columns), NaN where nothing is and in the columns of ``words``.

    ``lines`` are those of the file at which the rows end.
    """

    path: Path
    names: tuple[str, ...]
    numbers: Numbers
    words: dict[int, Words]
    lines: Lines

    def missing(self, column: int) -> NDArray[np.bool_]:
        """Tell of each row whether the column has nothing there; nobody asks it of a column of too many words."""
        if column in self.words:
            return np.equal(self.words[column].codes, NOTHING)
        return np.isnan(self.numbers[:, column])


def is_missing(word: str) -> bool:
    """Tell whether a cell says that nothing is known."""
    return len(word) < 5 and word.casefold() in MISSING_WORDS


def read_table(path: Path) -> Table:
    """Return the table in a file. Raises :class:`DataError`, and nothing else."""
    samples: dict[int, tuple[str, int]] = {}
    while True:
        reading = _Reading(path, samples)
        reading.run()
        if not reading.late:
            return reading.table()
        samples |= reading.late


class _Reading:
    """One pass over a file, in which the columns of ``samples`` are known to hold words."""

    def __init__(self, path: Path, samples: dict[int, tuple[str, int]]) -> None:
        self._file, self._path = CsvFile(path), path
        self._words = {column: Words(sample=sample) for column, sample in samples.items()}
        self._numbers: list[Numbers] = []
        self._lines: list[Lines] = []
        self._cells = 0
        self.late: dict[int, tuple[str, int]] = {}
        """Columns that hold words after all, each with the first."""

    def run(self) -> None:
        """Read the file to its end, or to the first part that shows words at the very beginning."""
        for part in self._file.parts(plain=not self._words):
            cells = part.cells if isinstance(part.cells, np.ndarray) else self._taken_apart(part.cells, part.lines)
            self._cells += cells.size
            self._refuse_too_large()
            if self.late and not self._lines:
                return
            self._numbers.append(cells)
            self._lines.append(part.lines)

    def table(self) -> Table:
        """Return what was read."""
        return Table(
            path=self._path,
            names=self._file.names,
            numbers=np.concatenate([np.empty((0, len(self._file.names))), *self._numbers]),
            words=self._words,
            lines=np.concatenate([np.empty(0, np.int64), *self._lines]),
        )

    def _taken_apart(self, rows: Rows, lines: Lines) -> Numbers:
        numbers = np.full((len(rows), len(self._file.names)), np.nan)
        for column, cells in enumerate(zip(*rows, strict=True)):
            if column in self._words:
                self._words[column].add(cells)
                continue
            try:
                numbers[:, column] = _numbers(cells)
            except ValueError:
                place = next(place for place, cell in enumerate(cells) if not _is_number(cell))
                self.late.setdefault(column, (cells[place].strip(), int(lines[place])))
        return numbers

    def _refuse_too_large(self) -> None:
        if self._cells > MOST_CELLS:
            raise DataError(
                f"{shown(self._path)} has more than {MOST_CELLS // 10**6} million values, and a table is held in"
                " memory: take a part of its rows, or fewer columns."
            )


def _numbers(cells: Sequence[str]) -> Numbers:
    """Return the numbers of cells, NaN where nothing is. Raises ``ValueError`` for a word."""
    try:
        if "_" not in "".join(cells):
            return np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        pass  # a missing value, or a word
    return np.fromiter(map(_number, cells), np.float64, len(cells))


def _number(cell: str) -> float:
    word = cell.strip()
    if is_missing(word):
        return float("nan")
    if "_" in word:  # for Python 1_000 is a number, for nobody else
        raise ValueError(word)
    return float(word)


def _is_number(cell: str) -> bool:
    try:
        _number(cell)
    except ValueError:
        return False
    return True
