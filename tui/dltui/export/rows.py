"""A table whose cells are words and numbers, as CSV or as JSON lines, written row by row."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from dltui.text import safe_json, safe_text
from dltui_trainers.runlog import Value

_encode = msgspec.json.Encoder().encode


def csv_rows(names: Sequence[str], rows: Sequence[Mapping[str, Value]]) -> Iterator[bytes]:
    """Return the file piece by piece: the names, then the rows; what a row does not have is an empty cell.

    Numbers have as many digits as they need to be read again as they are. Of a text everything that could steer a
    terminal is shown instead of written, so that each row is one line.
    """
    yield _line([safe_text(name) for name in names])
    for row in rows:
        yield _line([_cell(row.get(name)) for name in names])


def jsonl_rows(rows: Sequence[Mapping[str, Value]]) -> Iterator[bytes]:
    """Return the file piece by piece: an object a row, without what it does not have.

    What could steer a terminal is written as an escape of JSON, so that a reader gets it as it is.
    """
    for row in rows:
        told = _encode({name: _written(value) for name, value in row.items() if value is not None})
        yield safe_json(told.decode()).encode() + b"\n"


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    return safe_text(value) if isinstance(value, str) else repr(value)


def _written(value: Value) -> Value:
    """A value as JSON has it: what is not finite as the word that pandas and our own readers take for it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value
