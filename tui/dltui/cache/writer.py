"""Puts a log into the cache, part by part while it is read, and shows it only when it is whole."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dltui.cache.folder import LIMIT_BYTES, UNFINISHED, absolute, kept_file, make_private, make_room
from dltui.cache.layout import AnyColumn, ColumnIndex, Index, PartIndex, checksum_of, encode_end, number_type
from dltui.cache.stamp import Stamp, fingerprint

WORTH_KEEPING_BYTES = 2 << 20
"""A smaller log is read anew in 20 ms."""
SPARE_BYTES = 1 << 30
"""So much of the disk is left to others: a training may need it for its checkpoints."""


class KeptWriter:
    """Writes what is read of ``log``. Never raises: after any trouble it does nothing any more.

    Only :meth:`finish` makes it known; without it, it goes as if it had never been.
    """

    def __init__(self, log: Path, variant: str = "") -> None:
        self._log, self._variant = log, variant
        self._file: BinaryIO | None = None
        self._parts: list[PartIndex] = []
        self._at = 0
        self._target = kept_file(log, variant)
        if self._target is None:
            return
        try:
            make_private(self._target.parent)
            if shutil.disk_usage(self._target.parent).free < SPARE_BYTES:
                return
            descriptor, name = tempfile.mkstemp(suffix=UNFINISHED, dir=self._target.parent)
        except OSError:
            return
        self._file = os.fdopen(descriptor, "wb")
        self._remove = weakref.finalize(self, _discard, self._file, name)
        self._name = name

    def add(self, columns: Mapping[str, AnyColumn], *, header: bytes = b"", offset: int = 0) -> None:
        """Append a part. ``header``: what to note with it; ``offset``: the bytes of the log up to its end."""
        if self._file is None:
            return
        try:
            written = [self._write(name, column) for name, column in columns.items()]
        except (OSError, ValueError):
            self.discard()
            return
        self._parts.append(PartIndex(header=header, offset=offset, columns=written))

    def finish(self, stamp: Stamp, offset: int | None = None) -> None:
        """Let the log be found from now on: it had that ``stamp``, and was read up to ``offset`` (or its end)."""
        if self._file is None or self._target is None:
            return
        read = stamp.size if offset is None else offset
        try:
            index = Index(
                path=absolute(self._log),
                variant=self._variant,
                stamp=stamp,
                offset=read,
                fingerprint=fingerprint(self._log, read),
                parts=self._parts,
            )
            self._file.write(encode_end(index, self._at))
            self._file.close()
            if os.stat(self._name).st_size <= LIMIT_BYTES:
                os.replace(self._name, self._target)
            make_room(self._target.parent, LIMIT_BYTES)
        except (OSError, ValueError):
            pass
        self.discard()

    def discard(self) -> None:
        """Forget what was written."""
        if self._file is not None:
            self._file = None
            self._remove()

    def _write(self, name: str, values: AnyColumn) -> ColumnIndex:
        assert self._file is not None
        column = np.ascontiguousarray(values)
        number_type(column.dtype.str)
        if self._at + column.nbytes > LIMIT_BYTES:
            raise ValueError("too long to be kept")
        index = ColumnIndex(
            name=name, dtype=column.dtype.str, length=len(column), at=self._at, checksum=checksum_of(column)
        )
        self._file.write(column.data)
        self._at += column.nbytes
        return index


def save(log: Path, columns: Mapping[str, AnyColumn], *, stamp: Stamp, header: bytes = b"", variant: str = "") -> None:
    """Keep a log that was read whole when it had that ``stamp``. Never raises."""
    writer = KeptWriter(log, variant)
    writer.add(columns, header=header, offset=stamp.size)
    writer.finish(stamp)


def _discard(file: BinaryIO, name: str) -> None:
    with suppress(OSError):  # what was still to be written may find no room
        file.close()
    with suppress(OSError):
        os.unlink(name)
