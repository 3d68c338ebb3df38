"""Records of the same few keys, thousands of lines at once: the fast road of the reader of JSON lines.

msgspec reads each line into a struct that was made for the keys which the log has shown so far, and the columns are
gathered from these. Whatever is not quite so (an object inside, a key never seen, a number as a text where numbers
were) is left to the other road, and teaches this one its keys.
"""

from collections.abc import Iterable
from math import nan
from operator import attrgetter

import msgspec
import numpy as np
import numpy.typing as npt

from dltui.formats.meaning.names import Quantity, meaning_of
from dltui.formats.meaning.numbers import as_float, parse_moment
from dltui.formats.meaning.records import SPLIT_KEYS, by_split, parted
from dltui.formats.reading.table import MAX_COLUMNS, Cells

MOST_KEYS = 256
"""A struct for more keys would take longer to make than it saves."""
MOST_LESSONS = 64
"""A log that shows new keys again and again has records of its own for everything: it is read line by line."""
_LITERAL = b"NaN"
_MARK = -1.2345678901234567e300
"""Stands for a NaN while msgspec reads, which does not know Python's literal for it."""
_Kind = type[float] | type[str] | type[bool]
_Column = list[float | None] | list[str | None]
_FIELDS: dict[_Kind, tuple[object, object]] = {
    float: (float | None, nan),  # JSON has no NaN: it can only be a key that the record does not have
    str: (str | None, None),
    bool: (bool | None, None),
}


class RecordColumns:
    """Reads lines into columns, by what it has learnt of the records."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._told: set[str] = set()
        self._lessons = 0
        self._decoder: msgspec.json.Decoder[msgspec.Struct] | None = None

    def learn(self, record: dict[str, object], cells: Iterable[tuple[str, float]]) -> None:
        """Note the keys of a record, and the columns that it gave."""
        if self._lessons == MOST_LESSONS or len(self._kinds) > MOST_KEYS or len(record) > MOST_KEYS:
            return
        self._told.update(name for name, _ in cells if len(self._told) < MAX_COLUMNS)
        for name, value in record.items():
            kind = _kind_of(value)
            if kind is not None and name not in self._kinds and _is_text(name):
                self._kinds[name] = kind
                self._decoder = None

    def read(self, lines: bytes) -> tuple[list[tuple[str, Cells]], int] | None:
        """Return the columns of ``lines`` and how many rows they have, None if they must be read one by one.

        That is so where a line is no object of known keys, or gives a column that no line before has given, or tells
        neither a measure nor where the training is.
        """
        if b"\r" in lines:
            lines = lines.replace(b"\r\n", b"\n")
        if not self._is_ready() or not _is_plain(lines):
            return None
        nans, records = 0, self._decoded(lines)
        if not records and _LITERAL in lines:
            nans, records = lines.count(_LITERAL), self._decoded(lines.replace(_LITERAL, repr(_MARK).encode()))
        if len(records) != lines.count(b"\n"):
            return None
        gathered = [(name, list(map(attrgetter(f"f{at}"), records))) for at, name in enumerate(self._kinds)]
        columns = self._columns(gathered, nans)
        return None if columns is None else (columns, len(records))

    def _is_ready(self) -> bool:
        if self._decoder is None and self._lessons < MOST_LESSONS and 0 < len(self._kinds) <= MOST_KEYS:
            self._lessons += 1
            self._decoder = _decoder_for(self._kinds)
        return self._decoder is not None

    def _decoded(self, lines: bytes) -> list[msgspec.Struct]:
        if self._decoder is None:
            return []
        try:
            return self._decoder.decode_lines(lines)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return []

    def _columns(self, gathered: list[tuple[str, _Column]], nans: int) -> list[tuple[str, Cells]] | None:
        said = self._texts_of_split(gathered)
        if len(said) > 1:
            return None
        splits = by_split([text if isinstance(text, str) else None for text in said[0]] if said else [])
        found: list[tuple[str, Cells]] = []
        marks, placed = 0, np.zeros(len(gathered[0][1]), dtype=np.bool_)
        for name, column in gathered:
            values, present = _numbers(name, column, self._kinds[name])
            marked = values == _MARK
            values[marked] = nan
            marks += int(np.count_nonzero(marked))
            if meaning_of(name).quantity is not Quantity.OTHER:
                placed |= present
            found += [(named, Cells.where(rows, values)) for named, rows in parted(name, present, splits).items()]
        found = [(name, cells) for name, cells in found if len(cells)]
        if marks != nans or not placed.all() or not self._told.issuperset(name for name, _ in found):
            return None
        return found if len({name for name, _ in found}) == len(found) else None

    def _texts_of_split(self, gathered: list[tuple[str, _Column]]) -> list[_Column]:
        return [column for name, column in gathered if self._kinds[name] is str and name.lower() in SPLIT_KEYS]


def _kind_of(value: object) -> _Kind | None:
    if isinstance(value, bool):
        return bool
    return float if value is None or isinstance(value, int | float) else str if isinstance(value, str) else None


def _is_text(name: str) -> bool:
    """Whether a struct may have a field of that name: not with half of a surrogate pair or a quote in it."""
    return name.isprintable() and '"' not in name and "\\" not in name


def _decoder_for(kinds: dict[str, _Kind]) -> msgspec.json.Decoder[msgspec.Struct]:
    fields = [(f"f{at}", *_FIELDS[kind]) for at, kind in enumerate(kinds.values())]
    names = {f"f{at}": name for at, name in enumerate(kinds)}
    struct = msgspec.defstruct("Record", fields, rename=names, gc=False, forbid_unknown_fields=True)
    return msgspec.json.Decoder(struct)


def _is_plain(lines: bytes) -> bool:
    """Whether each line is one pair of braces, whatever is between them, and nothing around them."""
    characters = np.frombuffer(lines, dtype=np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    if not len(ends) or ends[-1] != len(lines) - 1 or ends[0] == 0:
        return False
    starts = np.append(0, ends[:-1] + 1)
    return bool((characters[starts] == ord("{")).all() and (characters[ends - 1] == ord("}")).all())


def _numbers(name: str, column: _Column, kind: _Kind) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """The numbers of a column, and which of its records have one."""
    if kind is float:
        values = np.array(column, dtype=np.float64)
        return values, ~np.isnan(values)
    known = {text: _number_in(name, text) for text in set(column)}
    read = [known[text] for text in column]
    return np.array(read, dtype=np.float64), np.array([value is not None for value in read], dtype=np.bool_)


def _number_in(name: str, value: object) -> float | None:
    number = as_float(value)
    if number is None and isinstance(value, str) and meaning_of(name).quantity is Quantity.TIME:
        return parse_moment(value)
    return number
