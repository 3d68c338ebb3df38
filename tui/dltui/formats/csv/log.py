"""Tables with a line of names first: Keras CSVLogger, Lightning metrics.csv, YOLO results.csv, pandas, one's own.

The separator is a comma, a semicolon or a tab. A second header in the middle (a restart appended to the file) may name
other columns, or the same in another order.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from dltui.formats.csv.columns import read_cell, read_columns
from dltui.formats.csv.numbers import read_numbers
from dltui.formats.csv.rows import split_line, split_rows
from dltui.formats.meaning.names import MEASURES, Quantity, meaning_of
from dltui.formats.meaning.numbers import parse
from dltui.formats.meaning.records import SPLIT_KEYS, with_split
from dltui.formats.reading.line_tail import LineTail
from dltui.formats.reading.pieces import pieces
from dltui.formats.reading.source import first_lines
from dltui.formats.reading.table import Table, TableBuilder
from dltui.formats.reading.tail import LogTail
from dltui.log_options import LogOptions

NAME = "csv"
INDEX = "step"
"""What the column without a name is called that pandas writes: it counts the rows."""
_DELIMITERS = (",", ";", "\t")
_UNNAMED = re.compile(r"(unnamed: \d+)?", re.IGNORECASE)
_ENDS = re.compile(r"\r+\n")
"""Windows line ends; written twice over, as text in text mode, they are ``\\r\\r\\n``."""
_MANY_BYTES = 256 << 10
_FEW_BYTES = 8 << 10
"""So much is taken for plain numbers at once: what fits the processor's cache, and, where that fails, less of it."""


def sniff(head: bytes, path: Path) -> bool:
    """Whether the first line names columns, one of them known to us (any will do in a file called ``.csv``)."""
    lines = first_lines(head, 2)
    if not lines:
        return False
    delimiter = _delimiter(lines[0])
    names = split_line(lines[0], delimiter)
    if not _is_header(names):
        return False
    if len(lines) == 1 or path.suffix.lower() not in (".csv", ".tsv"):
        return len(names) > 1 and _known(names) and (len(lines) == 1 or _has_numbers(lines[1], delimiter))
    return _known(names) or _has_numbers(lines[1], delimiter)


def has_old_ends(head: bytes) -> bool:
    """Whether lines end in carriage returns alone: a spreadsheet of long ago saved them so."""
    return b"\n" not in head and b"\r" in head.rstrip()


def tail(path: Path, options: LogOptions) -> LogTail:
    """Return a reader of the table. Lines with more cells than names, and a last line cut in the middle, are counted as
    skipped.
    """
    return LineTail(path, CsvLines)


class CsvLines:
    """A :class:`~dltui.formats.reading.line_tail.LineParser` of a table."""

    def __init__(self) -> None:
        self.table = TableBuilder()
        self._delimiter = ""
        self._names: list[str] = []
        self._distinct = True
        self._split_at: list[int] = []
        self._told: set[str] = set()
        """The columns that the table has."""
        self._held = b""
        """Lines of a row whose quotes are open."""

    def take(self, lines: bytes) -> None:
        """Take whole lines: plain numbers many at once, anything else row by row."""
        for piece in pieces(self._after_header(lines), _MANY_BYTES):
            if self._take_at_once(piece):
                continue
            for part in pieces(piece, _FEW_BYTES):
                if not self._take_at_once(part):
                    self._take_rows(part, ended=False)

    def finish(self, rest: bytes) -> None:
        """Take the last line; with fewer cells than names it was cut off."""
        self._take_rows(rest, ended=True, torn=not rest.endswith(b"\r") and bool(rest))
        self.table.complete = True

    def build(self) -> Table:
        """Return what was read so far."""
        return self.table.build()

    def _after_header(self, lines: bytes) -> bytes:
        """The lines that come after the first header, which is taken."""
        start = 0
        while start < len(lines) and not self._names:
            end = lines.find(b"\n", start) + 1 or len(lines)
            self._take_rows(lines[start:end], ended=False)
            start = end
        return lines[start:]

    def _take_at_once(self, lines: bytes) -> bool:
        """Take lines of plain numbers, or at least of as many cells each; whether they are such."""
        if self._held or not self._distinct:
            return False
        numbers = read_numbers(lines, self._delimiter, len(self._names))
        if numbers is not None:
            self.table.add_cells([(name, numbers.column(at)) for at, name in enumerate(self._names)], len(numbers))
            return True
        columns = read_columns(lines, self._delimiter, self._names)
        if columns is None or not self._told.issuperset(name for name, _ in columns[0]):
            return False
        self.table.add_cells(*columns)
        return True

    def _take_rows(self, lines: bytes, *, ended: bool, torn: bool = False) -> None:
        text = list(io.StringIO(_ENDS.sub("\n", (self._held + lines).decode(errors="replace"))))
        self._held = b""
        self._delimiter = self._delimiter or next((_delimiter(line) for line in text if line.strip()), "")
        if not self._delimiter:
            return
        end = 0
        for row in split_rows(text, self._delimiter, ended=ended):
            end = row.end
            if row.cells is None:
                self.table.skipped += 1
            else:
                self._take_row(row.cells, torn=torn and end == len(text))
        self._held = "".join(text[end:]).encode()

    def _take_row(self, row: list[str], *, torn: bool) -> None:
        """Take one line: the header, another header, or values."""
        if not any(cell.strip() for cell in row):
            return
        if not self._names or (_is_header(row) and _known(row)):
            self._take_header(row)
        elif len(row) > len(self._names) or (torn and len(row) < len(self._names)):
            self.table.skipped += 1
        else:
            cells = list(with_split(self._cells(row), self._split_of(row)))
            self._told.update(name for name, _ in cells)
            self.table.add(cells)

    def _take_header(self, row: list[str]) -> None:
        self._names = _named(row)
        self._distinct = len(set(self._names)) == len(self._names)
        meanings = [meaning_of(name).quantity for name in self._names]
        self._split_at = [at for at, name in enumerate(self._names) if name.lower() in SPLIT_KEYS]
        self._told.update(self._names)
        for name in self._names:
            self.table.name(name)
        self.table.known = self.table.known or not MEASURES.isdisjoint(meanings)

    def _cells(self, row: list[str]) -> Iterator[tuple[str, float]]:
        comma = self._delimiter == ";"  # where a semicolon separates, a comma is the decimal point
        for name, cell in zip(self._names, row, strict=False):
            value = read_cell(name, cell, comma=comma)
            if value is not None:
                yield name, value

    def _split_of(self, row: list[str]) -> str:
        return next((row[at] for at in self._split_at if at < len(row)), "")


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _is_header(row: list[str]) -> bool:
    """Whether no cell is a number; ``nan`` is one."""
    return any(cell.strip() for cell in row) and all(parse(cell) is None for cell in row)


def _known(names: list[str]) -> bool:
    return any(meaning_of(name.lstrip("# ")).quantity is not Quantity.OTHER for name in names)


def _has_numbers(line: str, delimiter: str) -> bool:
    return any(parse(cell.replace(",", ".")) is not None for cell in split_line(line, delimiter))


def _named(row: list[str]) -> list[str]:
    names = [cell.strip().lstrip("# ") for cell in row]
    if names and _UNNAMED.fullmatch(names[0]):
        known = {meaning_of(name).quantity for name in names}
        names[0] = names[0] if known & {Quantity.STEP, Quantity.EPOCH} else INDEX
    return names
