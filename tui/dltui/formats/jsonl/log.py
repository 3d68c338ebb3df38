"""One JSON object a line, with any names: mmcv ``*.log.json``, DETR ``log.txt``, one's own ``metrics.jsonl``."""

import json
from pathlib import Path

from dltui.formats.jsonl.columns import RecordColumns
from dltui.formats.meaning.facts_found import take_facts
from dltui.formats.meaning.names import Quantity, meaning_of
from dltui.formats.meaning.records import cells_of
from dltui.formats.reading.line_tail import LineTail
from dltui.formats.reading.pieces import pieces
from dltui.formats.reading.source import first_lines
from dltui.formats.reading.table import Table, TableBuilder
from dltui.formats.reading.tail import LogTail
from dltui.log_options import LogOptions

NAME = "jsonl"
_MANY_BYTES = 128 << 10
_FEW_BYTES = 8 << 10
"""So much is read at once as records of the same keys: what fits the processor's cache, and, where that fails, less."""


def sniff(head: bytes, path: Path) -> bool:
    """Whether the first line is a whole object, and not all that there is but in a file called ``.jsonl``."""
    lines = first_lines(head, 2)
    if not lines or decode_object(lines[0]) is None:
        return False
    return len(lines) > 1 or path.suffix.lower() in (".jsonl", ".ndjson")


def tail(path: Path, options: LogOptions) -> LogTail:
    """Return a reader of the records. A line that is no object, as a torn last one, is counted as skipped."""
    return LineTail(path, RecordLines)


def read_lines(text: str) -> TableBuilder:
    """Return the lines of ``text`` as a table."""
    lines = RecordLines()
    lines.finish(text.encode(errors="replace"))
    return lines.table


class RecordLines:
    """A :class:`~dltui.formats.reading.line_tail.LineParser` of records."""

    def __init__(self) -> None:
        self.table = TableBuilder()
        self._columns = RecordColumns()

    def take(self, lines: bytes) -> None:
        """Take whole lines: records of the same keys many at once, others one by one."""
        for piece in pieces(lines, _MANY_BYTES):
            if self._take_columns(piece):
                continue
            for part in pieces(piece, _FEW_BYTES):
                if not self._take_columns(part):
                    self._take_records(part)

    def finish(self, rest: bytes) -> None:
        """Take the last line; if it was cut off, it is no object."""
        self._take_records(rest)
        self.table.complete = True

    def build(self) -> Table:
        """Return what was read so far."""
        return self.table.build()

    def _take_columns(self, lines: bytes) -> bool:
        found = self._columns.read(lines)
        if found is None:
            return False
        self.table.add_cells(*found)
        return True

    def _take_records(self, lines: bytes) -> None:
        for line in lines.decode(errors="replace").split("\n"):
            if not line.strip():
                continue
            record = decode_object(line)
            if record is None:
                self.table.skipped += 1
            else:
                self._take_record(record)

    def _take_record(self, record: dict[str, object]) -> None:
        """Take one record; one without a measure (mmcv's first) tells settings."""
        cells = list(cells_of(record))
        self.table.add(cells)
        if all(meaning_of(name).quantity is Quantity.OTHER for name, _ in cells):
            take_facts(record, self.table)
        self._columns.learn(record, cells)


def decode_object(line: str) -> dict[str, object] | None:
    """Return the object that the line is, None if it is none. ``NaN`` is read, as Python writes it."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
