"""Lines of an odd text log, read by the regular expression that a person gave: its named groups are the columns."""

import re

from dltui.formats.meaning.numbers import parse, parse_moment
from dltui.formats.reading.table import Table, TableBuilder


class PatternParser:
    """Takes the lines that the pattern finds a place in; the others are no part of the log, and are not counted."""

    def __init__(self, pattern: str) -> None:
        self.table = TableBuilder()
        self._pattern = re.compile(pattern)
        for name in self._pattern.groupindex:
            self.table.name(name)

    def take(self, lines: bytes) -> None:
        """Take lines that end in a line feed or a carriage return."""
        for line in re.split(r"[\r\n]", str(lines, "utf-8", "replace")):
            found = self._pattern.search(line)
            if found is None:
                continue
            values = ((name, _number(text)) for name, text in found.groupdict().items() if text is not None)
            cells = [(name, value) for name, value in values if value is not None]
            if cells:
                self.table.add(cells)

    def finish(self, rest: bytes) -> None:
        """Take the last line."""
        self.take(rest)

    def build(self) -> Table:
        """Return what was read so far."""
        return self.table.build()


def _number(text: str) -> float | None:
    number = parse(text.strip())
    return parse_moment(text) if number is None else number
