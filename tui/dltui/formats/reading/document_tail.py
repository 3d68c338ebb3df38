"""Follows a file that is rewritten whole, as a JSON document is: read again when it is another one than before."""

import os
from collections.abc import Callable
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.reading.source import decode, opened, shown
from dltui.formats.reading.table import Table, TableBuilder
from dltui.formats.reading.tail import PIECE_BYTES, Advance

LARGEST_BYTES = 1 << 30
"""A larger document would fill the memory, and no training writes its history again and again at that size."""


class DocumentTail:
    """A :class:`~dltui.formats.reading.tail.LogTail` of one document.

    While it is being written it is no whole one: what was read before stands until it is.
    """

    def __init__(self, path: Path, parse: Callable[[Path, str], Table]) -> None:
        self._path = path
        self._parse = parse
        self._seen: tuple[int, int, int] | None = None
        self._table: Table | None = None

    def advance(self, most: int = PIECE_BYTES) -> Advance:
        """Read the document if it has changed. Raises LogFormatError if it is none, while there is no earlier one."""
        with opened(self._path) as file:
            status = os.fstat(file.fileno())
            stamp = (status.st_size, status.st_mtime_ns, status.st_ino)
            if stamp == self._seen:
                return Advance(changed=False)
            if status.st_size > LARGEST_BYTES:
                raise LogFormatError(f"{shown(self._path)} is larger than 1 GB: too large for one JSON document.")
            text = decode(file.read(status.st_size))  # room for so much is taken before the first byte
        self._seen = stamp
        try:
            self._table = self._parse(self._path, text)
        except LogFormatError:
            if self._table is None:
                raise
            return Advance(changed=False)
        return Advance(changed=True)

    def finish(self) -> None:
        """There is nothing half read."""

    def table(self) -> Table:
        """Return the newest whole document, as a table."""
        return self._table if self._table is not None else TableBuilder().build()
