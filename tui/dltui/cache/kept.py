"""Takes a log out of the cache again."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dltui.cache.folder import absolute, kept_file, mark_used
from dltui.cache.layout import (
    END_BYTES,
    AnyColumn,
    ColumnIndex,
    Index,
    checksum_of,
    decode_end,
    index_at,
    number_type,
)
from dltui.cache.stamp import Stamp, fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some rows of a log. ``header``: what the one who kept it noted; ``offset``: where in the log they end."""

    columns: dict[str, AnyColumn]
    header: bytes
    offset: int


class KeptLog:
    """A log that was kept. Its file stays open until :meth:`close`, so it may be deleted meanwhile.

    ``stamp`` is that of the log as it is now, ``offset`` how much of it is in here: less than its size if it grew.
    """

    def __init__(self, file: BinaryIO, index: Index, stamp: Stamp) -> None:
        self._file = file
        self._index = index
        self.stamp = stamp
        self.offset = index.offset

    def __len__(self) -> int:
        """The number of parts."""
        return len(self._index.parts)

    def part(self, number: int) -> Part | None:
        """Return a part; None if it is damaged, and then nothing of this log is to be used."""
        index = self._index.parts[number]
        try:
            columns = {each.name: self._column(each) for each in index.columns}
        except (OSError, ValueError, MemoryError):
            return None
        return Part(columns=columns, header=index.header, offset=index.offset)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _column(self, index: ColumnIndex) -> AnyColumn:
        dtype = number_type(index.dtype)
        if index.length < 0 or index.at + index.length * dtype.itemsize > os.fstat(self._file.fileno()).st_size:
            raise ValueError("cut off")
        self._file.seek(index.at)
        column = np.fromfile(self._file, dtype, index.length)
        if len(column) != index.length or checksum_of(column) != index.checksum:
            raise ValueError("damaged")
        return column


def load(log: Path, variant: str = "", *, append_only: bool = False) -> KeptLog | None:
    """Return what was kept of ``log`` if that is still true, else None. Never raises.

    The log must be as it was; if it is ``append_only``, it may have grown since.
    """
    file = kept_file(log, variant)
    if file is None:
        return None
    try:
        kept = _open(file, log, variant, append_only)
    except (OSError, ValueError, MemoryError):
        return None
    if kept is not None:
        mark_used(file)
    return kept


def _open(path: Path, log: Path, variant: str, append_only: bool) -> KeptLog | None:
    stamp = Stamp.of(log.stat())
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        index = _read_index(file)
        same = index.stamp == stamp or (append_only and index.stamp.grew_to(stamp))
        named = (index.path, index.variant) == (absolute(log), variant)
        if same and named and fingerprint(log, index.offset) == index.fingerprint:
            stack.pop_all()
            return KeptLog(file, index, stamp)
    return None


def _read_index(file: BinaryIO) -> Index:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - END_BYTES))
    at = index_at(file.read(END_BYTES))
    if at > size - END_BYTES:
        raise ValueError("cut off")
    file.seek(at)
    return decode_end(file.read())
