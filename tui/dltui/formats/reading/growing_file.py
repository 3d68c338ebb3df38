"""The bytes that a file has gained since it was last looked at."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dltui.formats.reading.source import opened, read_from

_FINGERPRINT_BYTES = 256
"""So much of what was read is compared at each look, at its beginning and at its end. A training that is started anew
writes the same header again, and the file system may give its new log the number of the old one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What one look at the file brought. ``anew``: ``data`` is the beginning of another file than before.

    ``more``: there is more to read at once. ``share``: of the file that is read, 0 to 1.
    """

    data: bytes
    anew: bool
    more: bool
    share: float


class GrowingFile:
    """Reads a file from its beginning to its end, and on from there. Between two looks it is not kept open.

    A file that became shorter, was replaced by another, or has other bytes where it was read, is read again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._begin, self._last = b"", b""
        self._inode = 0

    def read(self, most: int) -> Gain:
        """Return what is new, at most so many bytes. Raises LogFormatError if there is no file that may be read."""
        with opened(self._path) as file:
            status = os.fstat(file.fileno())
            anew = self._offset > 0 and self._is_another(file, status)
            if anew:
                self._offset, self._begin, self._last = 0, b"", b""
            self._inode = status.st_ino
            file.seek(self._offset)
            data = read_from(file, self._path, most)
        self._begin += data[: _FINGERPRINT_BYTES - len(self._begin)]
        self._last = (self._last + data[-_FINGERPRINT_BYTES:])[-_FINGERPRINT_BYTES:]
        self._offset += len(data)
        return Gain(
            data=data,
            anew=anew,
            more=self._offset < status.st_size and bool(data),
            share=self._offset / max(status.st_size, self._offset, 1),
        )

    def _is_another(self, file: BinaryIO, status: os.stat_result) -> bool:
        if status.st_size < self._offset or status.st_ino != self._inode:
            return True
        begin = file.read(len(self._begin))
        file.seek(self._offset - len(self._last))
        return begin != self._begin or file.read(len(self._last)) != self._last
