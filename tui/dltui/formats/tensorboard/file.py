"""One event file, followed as it grows: each look reads from where the last one ended."""

import os
from pathlib import Path
from typing import BinaryIO

from dltui.formats.reading.source import opened
from dltui.formats.tensorboard.scalars import ScalarReader
from dltui.formats.tensorboard.wire import HEAD_BYTES, LONGEST_RECORD, Block, frames_in

_FINGERPRINT_BYTES = 64
_PEEK_BYTES = 64
"""Of a place where no record begins so much is looked at again when the file changes."""


class EventFile:
    """Reads one file. It is opened for each look only, so that one which was deleted or replaced is let go.

    What was read is in ``reader``, begun anew with a file that became shorter, or has other bytes than were read: its
    first ones, which tell when it was made, and the last ones before the place where the reading goes on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = _size_of(path)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.reader = ScalarReader()
        self.offset = 0
        self._needed = HEAD_BYTES
        self._torn = False
        self._cut = False
        self._first, self._last = b"", b""
        self._seen = (0, 0, 0)

    @property
    def skipped(self) -> int:
        """How many records could not be read, and the place where they end too early."""
        return self.reader.skipped + (self._torn or self._cut)

    @property
    def more(self) -> bool:
        """Whether a whole record that was not yet read was there at the last look."""
        return not self._torn and self.size >= self.offset + self._needed

    def advance(self, most: int) -> bool:
        """Read about so many bytes of what is new, and return whether anything came of it.

        Raises:
            LogFormatError: it is gone or cannot be read.
        """
        with opened(self.path) as file:
            status = os.fstat(file.fileno())
            seen = (status.st_ino, status.st_size, status.st_mtime_ns)
            if seen == self._seen and not self.more:
                return False
            anew = seen != self._seen and self._is_another(file, status)
            if anew:
                self._begin_anew()
            self._seen, self.size = seen, status.st_size
            return self._read(file, most) or anew

    def finish(self) -> None:
        """Count what is cut off at the end: no more will come."""
        self._cut = not self._torn and self.size > self.offset

    def _is_another(self, file: BinaryIO, status: os.stat_result) -> bool:
        if status.st_size < self.offset:
            return True
        first = file.read(len(self._first))
        file.seek(self.offset - len(self._last))
        return first != self._first or file.read(len(self._last)) != self._last

    def _read(self, file: BinaryIO, most: int) -> bool:
        there = self.size - self.offset
        if there < self._needed:
            return False
        if self._needed > LONGEST_RECORD:
            self._step_to(file, self.offset + self._needed)
            return False
        wanted = _PEEK_BYTES if self._torn else max(most, self._needed)
        block = Block.of(file, self.offset, min(there, wanted))
        frames, was_torn, before = frames_in(block), self._torn, self._count()
        self.reader.take(block, frames)
        self._torn = frames.torn
        self._step_to(file, self.offset + frames.used)
        self._needed = frames.needed
        return self._torn != was_torn or self._count() != before

    def _step_to(self, file: BinaryIO, offset: int) -> None:
        self.offset, self._needed = offset, HEAD_BYTES
        if len(self._first) < _FINGERPRINT_BYTES:
            file.seek(0)
            self._first = file.read(min(offset, _FINGERPRINT_BYTES))
        file.seek(max(offset - _FINGERPRINT_BYTES, 0))
        self._last = file.read(min(offset, _FINGERPRINT_BYTES))

    def _count(self) -> int:
        return self.reader.skipped + self.reader.count + len(self.reader.settings)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):  # the first look tells what is wrong with it
        return 0
