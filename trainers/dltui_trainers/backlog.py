"""Appends whole lines to an open file. What a full disk refuses waits in memory, in order, until there is room."""

import errno
import os
import time
from collections.abc import Callable

import msgspec

from dltui_trainers.runlog import EventRecord, to_line

PENDING_LIMIT = 8 * 2**20
"""Bytes kept while the log cannot be written: about 60 000 records, many minutes of a training."""


class Backlog:
    """What could not be written yet. It never raises for a file that cannot be written.

    ``trouble`` is told the reason when it begins to wait, and ``relief`` is called when all of it is written.
    """

    def __init__(self, trouble: Callable[[str], None], relief: Callable[[], None] = lambda: None) -> None:
        self._trouble, self._relief = trouble, relief
        self._waiting = bytearray()
        self._dropped = 0

    def __len__(self) -> int:
        """How many bytes wait."""
        return len(self._waiting)

    def append(self, fd: int, lines: bytes) -> None:
        """Append whole lines with one ``os.write``, behind what waits."""
        if self._waiting:
            self.catch_up(fd, before=lines)
        if self._waiting:
            self._hold(lines)
            return
        try:
            written = os.write(fd, lines)
        except OSError as error:
            self._begin(lines, error.strerror or str(error))
            return
        if written != len(lines):
            self._begin(lines[written:], os.strerror(errno.ENOSPC))

    def catch_up(self, fd: int, before: bytes = b"") -> None:
        """Write what waits, as far as that is possible, and how much had to be left out; ``before``: what comes next.

        A short write continues here with the rest of its line, so that no line is torn.
        """
        if not self._waiting:
            return
        try:
            while self._waiting:
                del self._waiting[: os.write(fd, self._waiting)]
        except OSError:
            return
        self._relief()
        if self._dropped:
            reason = f"{self._dropped} records were lost while the log could not be written"
            self._dropped = 0
            lost = EventRecord(step=_step(before), time=time.time(), name="log_dropped", reason=reason, done=False)
            self.append(fd, to_line(lost))

    def _begin(self, rest: bytes, reason: str) -> None:
        self._trouble(reason)
        self._hold(rest)

    def _hold(self, lines: bytes) -> None:
        if len(self._waiting) + len(lines) > PENDING_LIMIT:
            self._dropped += lines.count(b"\n")
        else:
            self._waiting += lines


class _Head(msgspec.Struct):
    step: int = 0


def _step(lines: bytes) -> int:
    """The step of the first of some records, 0 where there is none."""
    first = lines.partition(b"\n")[0]
    return msgspec.json.decode(first, type=_Head).step if first else 0
