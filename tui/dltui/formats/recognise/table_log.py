"""Whether a text is a table of a training: columns of losses beside an axis, not data with a column of such a name."""

import csv
from itertools import pairwise
from pathlib import Path

from dltui.formats.meaning.names import MEASURES, Meaning, Quantity, Split, meaning_of
from dltui.formats.meaning.numbers import parse, parse_moment
from dltui.formats.meaning.records import SPLIT_KEYS
from dltui.formats.reading.source import first_lines

_DELIMITERS = (",", ";", "\t")
_ROWS = 40
_AXES = (Quantity.STEP, Quantity.EPOCH)
_CURVES = (Quantity.LOSS, Quantity.ACCURACY, Quantity.ERROR)
_FALLS = 0.4
"""Share of rows in which an axis may go back: steps that begin anew in each epoch, a restart. Data goes up and down."""
_MOST_COLUMNS = 20_000


def is_table_log(text: str, path: Path) -> bool:
    """Return whether the text begins with a header and rows of a training. The last row may be cut off."""
    lines = first_lines(text.encode(), _ROWS + 2)
    if len(lines) < 2:
        return False
    delimiter = max(_DELIMITERS, key=lines[0].count)
    names = _cells(lines[0], delimiter)
    if not 2 <= len(names) <= _MOST_COLUMNS or any(parse(name) is not None for name in names):
        return False
    meanings = [meaning_of(name.lstrip("# ")) for name in names]
    if not any(each.quantity in MEASURES for each in meanings):
        return False
    whole = lines[1 : _ROWS + 1] if len(lines) > _ROWS + 1 else lines[1:] if text.endswith("\n") else lines[1:-1]
    rows = [_cells(line, delimiter) for line in whole or lines[1:]]
    rows = [row for row in rows if len(row) <= len(names)]
    return bool(rows) and _is_curve(names, meanings, rows)


def _is_curve(names: list[str], meanings: list[Meaning], rows: list[list[str]]) -> bool:
    measured = {at for at, each in enumerate(meanings) if each.quantity in MEASURES and _has_numbers(rows, at)}
    curves = {at for at in measured if meanings[at].quantity in _CURVES}
    axes = [at for at, each in enumerate(meanings) if each.quantity in _AXES and _has_numbers(rows, at)]
    wordy = any(_is_wordy(names[at], meanings[at], rows, at) for at in range(len(names)))
    if axes and measured:
        return any(_rises(rows, at) for at in axes) and not (wordy and len(rows) == 1)
    said = any(meanings[at].split in (Split.TRAIN, Split.VAL) for at in curves)
    known = sum(each.quantity is not Quantity.OTHER for each in meanings)
    unnamed = names[0] in ("", "Unnamed: 0")  # pandas' index counts the rows
    losses = any(meanings[at].quantity is Quantity.LOSS for at in curves)
    return not wordy and (said or (losses and (unnamed or 2 * known > len(names))))


def _has_numbers(rows: list[list[str]], at: int) -> bool:
    return any(_number(row, at) is not None for row in rows)


def _number(row: list[str], at: int) -> float | None:
    return parse(row[at].strip().replace(",", ".")) if at < len(row) else None


def _is_wordy(name: str, meaning: Meaning, rows: list[list[str]], at: int) -> bool:
    """Whether the column holds words: names of samples, of models, of files."""
    if name.lower() in SPLIT_KEYS or meaning.quantity is Quantity.TIME or "time" in name.lower():
        return False
    cells = [row[at].strip() for row in rows if at < len(row) and row[at].strip()]
    wordy = [cell for cell in cells if parse(cell.replace(",", ".")) is None and parse_moment(cell) is None]
    return len(wordy) * 2 > len(cells)


def _rises(rows: list[list[str]], at: int) -> bool:
    """Whether the column counts: it seldom goes back. One row alone is the beginning of that."""
    values = [value for row in rows if (value := _number(row, at)) is not None]
    if len(values) < 2:
        return bool(values)
    falls = sum(after < before for before, after in pairwise(values))
    return falls <= _FALLS * (len(values) - 1) and (max(values) > min(values) or len(values) < _ROWS)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:
        return []
