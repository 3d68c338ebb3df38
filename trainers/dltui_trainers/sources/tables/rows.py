"""A CSV file taken apart: the names in its first line, then its rows, as numbers where a whole block holds only such.

Commas, semicolons or tabs part the fields, and a field may stand in double quotes (RFC 4180).
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.errors import DataError
from dltui_trainers.sources.files import shown
from dltui_trainers.sources.tables.lines import blocks
from dltui_trainers.sources.tables.quoting import quoted

if TYPE_CHECKING:
    import _csv

Numbers = NDArray[np.float64]
Lines = NDArray[np.int64]
Rows = list[list[str]]

SEPARATORS = ",;\t"
SNIFFED = 50
"""Rows from which the separator is told."""
CHUNK_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table, as numbers or as texts, and the lines at which they end."""

    cells: Numbers | Rows
    lines: Lines


class CsvFile:
    """A file at its beginning: ``names`` are read, the rows are not. Raises :class:`DataError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._blocks = blocks(path)
        head = next(self._blocks, "")
        if not head.strip():
            raise DataError(f"{shown(path)} is empty; its first line should hold the names of the columns.")
        self._separator = separator_of(head)
        lines = _lines(head)
        first = next(part for part in self._texts(lines, 0, rows=1))
        assert isinstance(first.cells, list)
        self.names = _names(path, first.cells[0])
        self._line = int(first.lines[0])
        self._rest = lines.read()

    def parts(self, *, plain: bool) -> Iterator[Part]:
        """Yield the rows; ``plain`` tries first whether a block is all numbers. Raises :class:`DataError`."""
        line = self._line
        for text in chain([self._rest], self._blocks):
            if '"' in text:  # a field in quotes may go on in the next block
                everything = chain(_lines(text), chain.from_iterable(map(_lines, self._blocks)))
                yield from self._texts(everything, line)
                return
            numbers = self._plain(text) if plain else None
            if numbers is None:
                yield from self._texts(_lines(text), line)
            else:
                yield Part(numbers, np.arange(line + 1, line + 1 + len(numbers)))
            line += text.count("\n")

    def _plain(self, text: str) -> Numbers | None:
        """The rows as numbers, ``None`` if there is anything else in them, if only a blank line."""
        lines = text.removesuffix("\n").split("\n")
        if not lines[0].strip():
            return None
        try:
            numbers = np.loadtxt(lines, delimiter=self._separator, comments=None, ndmin=2)
        except ValueError:
            return None
        return numbers if numbers.shape == (len(lines), len(self.names)) else None

    def _texts(self, lines: Iterable[str], before: int, rows: int = CHUNK_ROWS) -> Iterator[Part]:
        reader = _reader(lines, self._separator)
        cells: Rows = []
        ends: list[int] = []
        try:
            for row in filter(None, reader):
                cells.append(row)
                ends.append(before + reader.line_num)
                if len(cells) == rows:
                    yield self._part(cells, ends)
                    cells, ends = [], []
        except csv.Error as error:
            reason = str(error).split(" - ")[0]
            raise DataError(
                f"{shown(self._path)}, line {before + reader.line_num}: its quotes or line ends are not those of a CSV"
                f" file ({reason})."
            ) from None
        if cells:
            yield self._part(cells, ends)

    def _part(self, cells: Rows, ends: list[int]) -> Part:
        width = len(getattr(self, "names", cells[0]))
        for row, line in zip(cells, ends, strict=True):
            if len(row) != width:
                raise DataError(
                    f"{shown(self._path)}, line {line}: it has {_fields(len(row))}, and the first line has {width}"
                    " names; a text that holds the separator needs quotes."
                )
        return Part(cells, np.array(ends))


def separator_of(head: str) -> str:
    """Return what parts the fields: that with which the first rows have most fields, and all as many as the names."""

    def fit(separator: str) -> tuple[bool, int]:
        widths = []
        with suppress(csv.Error):  # quotes that are open where the text is cut, or that mean nothing there
            for row in islice(filter(None, _reader(_lines(head), separator)), SNIFFED):
                widths.append(len(row))
        return len(set(widths)) == 1 and widths[0] > 1, widths[0] if widths else 0

    return max(SEPARATORS, key=fit)  # of equals the first


def _reader(lines: Iterable[str], separator: str) -> "_csv.Reader":
    return csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)


def _lines(text: str) -> StringIO:
    """The lines of a text with their ends; unlike ``splitlines`` it knows no others than those of a file."""
    return StringIO(text, newline="\n")


def _names(path: Path, cells: list[str]) -> tuple[str, ...]:
    """The names of the columns; one without is called by its place. Raises :class:`DataError`."""
    names = tuple(cell.strip() or f"column {place}" for place, cell in enumerate(cells, 1))
    numbers = [name for name in names if _is_number(name)]
    if numbers and len(numbers) >= len(names) - 1:
        raise DataError(
            f"{shown(path)}, line 1: it holds numbers such as {quoted(numbers[0])} where the names of the columns"
            " should be; write a line of names above it."
        )
    places: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if name in places:
            raise DataError(
                f"{shown(path)}, line 1: the columns {places[name]} and {place} are both called {quoted(name)}; rename"
                " one of them."
            )
        places[name] = place
    return names


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _fields(n: int) -> str:
    return f"{n} field" if n == 1 else f"{n} fields"
