"""The bytes that a file has gained since it was last looked at."""

import os
from dataclasses import dataclass
from pathlib import Path

from dltui.formats.source import opened

_FINGERPRINT_BYTES = 256


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

    A file that became shorter, was replaced by another, or begins otherwise than it did, is read again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._begin = b""
        self._inode = 0

    def read(self, most: int) -> Gain:
        """Return what is new, at most so many bytes. Raises LogFormatError if there is no file that may be read."""
        with opened(self._path) as file:
            status = os.fstat(file.fileno())
            anew = self._is_another(status, file.read(len(self._begin)))
            if anew:
                self._offset, self._begin = 0, b""
            self._inode = status.st_ino
            file.seek(self._offset)
            data = file.read(most)
        self._begin += data[: _FINGERPRINT_BYTES - len(self._begin)]
        self._offset += len(data)
        return Gain(
            data=data,
            anew=anew,
            more=self._offset < status.st_size and bool(data),
            share=self._offset / max(status.st_size, self._offset, 1),
        )

    def _is_another(self, status: os.stat_result, begin: bytes) -> bool:
        shorter = status.st_size < self._offset
        return self._offset > 0 and (shorter or status.st_ino != self._inode or begin != self._begin)
