"""One JSON document: a Keras history, a list of records, ``trainer_state.json``, or one of these somewhere inside."""

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.json.shapes import NO_SHAPE, fill, recognise
from dltui.formats.jsonl.log import read_lines
from dltui.formats.meaning.facts_found import take_facts
from dltui.formats.meaning.records import cells_of
from dltui.formats.reading.document_tail import DocumentTail
from dltui.formats.reading.source import decode, shown
from dltui.formats.reading.table import Table, TableBuilder
from dltui.formats.reading.tail import LogTail
from dltui.log_options import LogOptions

NAME = "json"
LOG_HISTORY = "log_history"
"""The key under which Transformers keeps its records; a training without one yet is a log all the same."""
_DEEPEST = 6
_MOST_LOOKED_AT = 10_000
"""Objects and lists that are looked at; a history lies near the top."""


def sniff(head: bytes, path: Path) -> bool:
    """Whether the text begins as an object or a list. ``[INFO] ...`` begins so too and is none."""
    text = decode(head).lstrip()
    if text.startswith("{"):
        return text[1:].lstrip()[:1] in ("", '"', "}")
    return text.startswith("[") and text[1:].lstrip()[:1] in ("{", "[", "]")


def tail(path: Path, options: LogOptions) -> LogTail:
    """Return a reader of the document, which is read again when it was written anew."""
    return DocumentTail(path, _parse)


def _parse(path: Path, text: str) -> Table:
    """Read the document. Raises LogFormatError with the line where it is no valid JSON, a file cut off above all."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        lines = read_lines(text)
        if lines.length:
            return lines.build()
        raise LogFormatError(
            f"{shown(path)} is no whole JSON document: line {error.lineno} breaks it ({error.msg}). "
            "Was it cut off while it was written?"
        ) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets thousands deep
        raise LogFormatError(
            f"{shown(path)} is no JSON that a training writes: it is nested or long beyond use."
        ) from None
    return _read_document(document).build()


def _read_document(document: object) -> TableBuilder:
    table = TableBuilder()
    best = max((recognise(key, value) for key, value in _inside(document)), default=NO_SHAPE, key=lambda it: it.score)
    if best is not NO_SHAPE:
        fill(best, table)
    elif isinstance(document, dict) and LOG_HISTORY not in document:  # one record, alone
        table.add(cells_of(document))
    take_facts(document, table)
    if isinstance(document, dict):
        table.known = LOG_HISTORY in document
        for name in document:
            table.name(str(name))
    return table


def _inside(document: object) -> Iterator[tuple[str, object]]:
    """Each object and list in the document with the key that it has there, the outer ones first."""
    waiting: deque[tuple[str, object, int]] = deque([("", document, 0)])
    for _ in range(_MOST_LOOKED_AT):
        if not waiting:
            return
        key, value, depth = waiting.popleft()
        if not isinstance(value, dict | list) or depth > _DEEPEST:
            continue
        yield key, value
        if isinstance(value, dict):
            waiting.extend((str(name), each, depth + 1) for name, each in value.items())
        elif not (value and isinstance(value[0], int | float)):
            waiting.extend((key, each, depth + 1) for each in value[:100])
