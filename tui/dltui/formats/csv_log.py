"""Tables with a line of names first: Keras CSVLogger, Lightning metrics.csv, YOLO results.csv, pandas, one's own.

The separator is a comma, a semicolon or a tab. A second header in the middle (a restart appended to the file) may name
other columns, or the same in another order.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from dltui.formats.names import MEASURES, Quantity, meaning_of
from dltui.formats.numbers import parse, parse_moment
from dltui.formats.records import SPLIT_KEYS, with_split
from dltui.formats.saved import SavedLog, from_table
from dltui.formats.source import first_lines, read_text
from dltui.formats.table import TableBuilder

NAME = "csv"
INDEX = "step"
"""What the column without a name is called that pandas writes: it counts the rows."""
_DELIMITERS = (",", ";", "\t")
_UNNAMED = re.compile(r"(unnamed: \d+)?", re.IGNORECASE)
_ENDS = re.compile(r"\r+\n")
"""Windows line ends; written twice over, as text in text mode, they are ``\\r\\r\\n``."""


def sniff(head: bytes, path: Path) -> bool:
    """Whether the first line names columns, one of them known to us (any will do in a file called ``.csv``)."""
    lines = first_lines(head, 2)
    if not lines:
        return False
    names = _split(lines[0], _delimiter(lines[0]))
    if not _is_header(names):
        return False
    if len(lines) == 1 or path.suffix.lower() not in (".csv", ".tsv"):
        return len(names) > 1 and _known(names) and (len(lines) == 1 or _has_numbers(lines[1], _delimiter(lines[0])))
    return _known(names) or _has_numbers(lines[1], _delimiter(lines[0]))


def read(path: Path) -> SavedLog:
    """Read the table. Lines with more cells than names, and a last line cut in the middle, are counted as skipped."""
    text = _ENDS.sub("\n", read_text(path))
    delimiter = _delimiter(next((line for line in io.StringIO(text) if line.strip()), ""))
    whole = text.endswith(("\n", "\r"))
    reader = _Reader(delimiter)
    for row, is_last in _rows(text, delimiter, reader.table):
        reader.take(row, torn=is_last and not whole)
    return from_table(path, NAME, reader.table.build())


class _Reader:
    def __init__(self, delimiter: str) -> None:
        self.table = TableBuilder()
        self._comma = delimiter == ";"  # where a semicolon separates, a comma is the decimal point
        self._names: list[str] = []
        self._split_at: list[int] = []

    def take(self, row: list[str], torn: bool) -> None:
        """Take one line: the header, another header, or values."""
        if not any(cell.strip() for cell in row):
            return
        if not self._names or (_is_header(row) and _known(row)):
            self._names = _named(row)
            self._split_at = [at for at, name in enumerate(self._names) if name.lower() in SPLIT_KEYS]
            for name in self._names:
                self.table.name(name)
            self.table.known = self.table.known or any(meaning_of(name).quantity in MEASURES for name in self._names)
        elif len(row) > len(self._names) or (torn and len(row) < len(self._names)):
            self.table.skipped += 1
        else:
            self.table.add(with_split(self._cells(row), self._split_of(row)))

    def _cells(self, row: list[str]) -> Iterator[tuple[str, float]]:
        for name, cell in zip(self._names, row, strict=False):
            if not cell:
                continue
            value = parse(cell.replace(",", ".") if self._comma else cell)
            if value is None and meaning_of(name).quantity is Quantity.TIME:
                value = parse_moment(cell)
            if value is not None:
                yield name, value

    def _split_of(self, row: list[str]) -> str:
        return next((row[at] for at in self._split_at if at < len(row)), "")


def _rows(text: str, delimiter: str, table: TableBuilder) -> Iterator[tuple[list[str], bool]]:
    """The lines as cells, each with whether it is the last; a line that is no CSV is counted."""
    lines = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
    before: list[str] | None = None
    while True:
        try:
            row = next(lines)
        except StopIteration:
            break
        except csv.Error:
            table.skipped += 1
            continue
        if before is not None:
            yield before, False
        before = row
    if before is not None:
        yield before, True


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []


def _is_header(row: list[str]) -> bool:
    """Whether no cell is a number; ``nan`` is one."""
    return any(cell.strip() for cell in row) and all(parse(cell) is None for cell in row)


def _known(names: list[str]) -> bool:
    return any(meaning_of(name.lstrip("# ")).quantity is not Quantity.OTHER for name in names)


def _has_numbers(line: str, delimiter: str) -> bool:
    return any(parse(cell.replace(",", ".")) is not None for cell in _split(line, delimiter))


def _named(row: list[str]) -> list[str]:
    names = [cell.strip().lstrip("# ") for cell in row]
    if names and _UNNAMED.fullmatch(names[0]):
        known = {meaning_of(name).quantity for name in names}
        names[0] = names[0] if known & {Quantity.STEP, Quantity.EPOCH} else INDEX
    return names
