"""One JSON object a line, with any names: mmcv ``*.log.json``, DETR ``log.txt``, one's own ``metrics.jsonl``."""

import json
from pathlib import Path

from dltui.formats.facts_found import take_facts
from dltui.formats.names import Quantity, meaning_of
from dltui.formats.records import cells_of
from dltui.formats.saved import SavedLog, from_table
from dltui.formats.source import first_lines, read_text
from dltui.formats.table import TableBuilder

NAME = "jsonl"


def sniff(head: bytes, path: Path) -> bool:
    """Whether the first line is a whole object, and not all that there is but in a file called ``.jsonl``."""
    lines = first_lines(head, 2)
    if not lines or decode_object(lines[0]) is None:
        return False
    return len(lines) > 1 or path.suffix.lower() in (".jsonl", ".ndjson")


def read(path: Path) -> SavedLog:
    """Read the records. A line that is no object, as a torn last one, is counted as skipped."""
    return from_table(path, NAME, read_lines(read_text(path)).build())


def read_lines(text: str) -> TableBuilder:
    """Return the lines of ``text`` as a table; a record without a measure (mmcv's first) tells settings."""
    table = TableBuilder()
    for line in text.split("\n"):
        if not line.strip():
            continue
        record = decode_object(line)
        if record is None:
            table.skipped += 1
            continue
        cells = list(cells_of(record))
        table.add(cells)
        if all(meaning_of(name).quantity is Quantity.OTHER for name, _ in cells):
            take_facts(record, table)
    return table


def decode_object(line: str) -> dict[str, object] | None:
    """Return the object that the line is, None if it is none. ``NaN`` is read, as Python writes it."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
