"""Lines of a table as cells, with all that quotes may do: the road for what is not plain numbers."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

MOST_LINES = 1000
MOST_CHARACTERS = 1 << 20
"""A cell in quotes may hold line ends. Quotes that are open for longer than this were never meant as such."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, and the number of the line after it. ``cells`` is None for a line that is no CSV."""

    cells: list[str] | None
    end: int


class _Feed:
    """Hands lines to a reader; ``dry`` tells that it asked for one more than there are."""

    def __init__(self, lines: list[str], at: int) -> None:
        self._lines = lines
        self.at = at
        self.dry = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.at == len(self._lines):
            self.dry = True
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1]

    def is_too_long(self, start: int) -> bool:
        """Whether what was handed out from ``start`` on is more than a row may be."""
        if self.at - start <= 1:
            return False
        return self.at - start > MOST_LINES or sum(map(len, self._lines[start : self.at])) > MOST_CHARACTERS


def split_rows(lines: list[str], delimiter: str, *, ended: bool) -> Iterator[Row]:
    """Return the rows in ``lines``, each with its end. Stops before a row whose quotes are still open at the end of the
    last line, unless it all has ``ended``. Where quotes stay open for too long, their first line alone is no CSV.
    """
    at = 0
    while at < len(lines):
        feed = _Feed(lines, at)
        reader = csv.reader(feed, delimiter=delimiter, skipinitialspace=True)
        at = len(lines)
        while not feed.dry:
            start = feed.at
            cells = _next(reader)
            if feed.is_too_long(start):
                at = start + 1
                yield Row(None, at)
                break
            if feed.dry and (not ended or feed.at == start):
                return
            yield Row(cells, feed.at)


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error:
        return None


def split_line(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, none if it is no CSV."""
    return next((row.cells or [] for row in split_rows([line], delimiter, ended=True)), [])
