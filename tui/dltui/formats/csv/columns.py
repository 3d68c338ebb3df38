"""Lines of a table in which some columns hold words, dates or percent, column by column: the middle road for CSV."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dltui.formats.csv.numbers import WINDOWS_ENDS, lengths_of
from dltui.formats.meaning.names import Quantity, meaning_of
from dltui.formats.meaning.numbers import parse, parse_moment
from dltui.formats.meaning.records import SPLIT_KEYS, by_split, parted
from dltui.formats.reading.table import Cells, Mask

_LONGEST_CELL = 10_000
"""Python's csv module takes no cell of more than 131072 characters, and no training writes one as long as this."""


@dataclass(frozen=True, slots=True)
class _Read:
    values: npt.NDArray[np.float64]
    present: Mask


def read_cell(name: str, cell: str, *, comma: bool) -> float | None:
    """Return the number in a cell, None if there is none. ``comma``: it is the decimal point. A column of times may
    have dates in it.
    """
    value = parse(cell.replace(",", ".") if comma else cell) if cell else None
    if value is None and cell and meaning_of(name).quantity is Quantity.TIME:
        return parse_moment(cell)
    return value


def read_columns(lines: bytes, delimiter: str, names: Sequence[str]) -> tuple[list[tuple[str, Cells]], int] | None:
    """Return the columns of ``lines`` and how many rows they have; None if not each line has a cell for each of the
    names, if there are quotes, or if no column has a number in each row: then one of them may be another header.
    """
    if b"\r" in lines:
        lines = WINDOWS_ENDS.sub(b"\n", lines)
    lengths = None if b'"' in lines or b"\r" in lines else lengths_of(lines, ord(delimiter), len(names))
    if lengths is None or lengths.max(initial=0) > _LONGEST_CELL:
        return None
    text = lines.decode(errors="replace")
    cells = text.replace("\n", delimiter).split(delimiter)[:-1]
    columns = [[cell.lstrip(" ") for cell in cells[at :: len(names)]] for at in range(len(names))]
    read = [_read(name, column, delimiter == ";") for name, column in zip(names, columns, strict=True)]
    if not any(each.present.all() for each in read):
        return None
    splits = by_split(
        next((column for name, column in zip(names, columns, strict=True) if name.lower() in SPLIT_KEYS), [])
    )
    found = [
        (named, Cells.where(rows, each.values))
        for name, each in zip(names, read, strict=True)
        for named, rows in parted(name, each.present, splits).items()
    ]
    told = [(name, cells) for name, cells in found if len(cells)]
    return (told, len(columns[0])) if len({name for name, _ in told}) == len(told) else None


def _read(name: str, column: list[str], comma: bool) -> _Read:
    """The numbers in a column; each text that repeats is looked at once."""
    known = {cell: read_cell(name, cell, comma=comma) for cell in set(column)}
    numbers = [known[cell] for cell in column]
    present = np.array([number is not None for number in numbers], dtype=np.bool_)
    return _Read(np.array(numbers, dtype=np.float64), present)
