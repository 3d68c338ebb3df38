"""What a command prints: read as it comes, for the numbers in it; kept within bounds in its file.

The command writes to the file itself, so nothing is lost, and nothing fails, when the process that reads it dies.
"""

import math
import os
import re
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.following.growing_log import CPU_SHARE
from dltui.formats.reading.line_tail import LineParser
from dltui.formats.saved import SavedLog, from_table
from dltui.formats.text.log import LONGEST_LINE, TextParser
from dltui.formats.text.pattern import PatternParser
from dltui.log_options import LogOptions
from dltui.runs.update import Rows
from dltui_trainers.runlog import STDOUT

MOST_BYTES = 64 << 20
"""The output that is kept. Beyond it the beginning and the newest are kept, what lies between is dropped."""
HEAD_BYTES = 1 << 20
TAIL_BYTES = 16 << 20
PIECE_BYTES = 512 << 10
"""So much is read at a look: about 0.1 s of work, so that what prints without end leaves time for the rest."""
FAR_BEHIND_BYTES = 16 << 20
"""What is so far ahead of the reader is skipped but for its end: no training tells its losses so fast."""
_LINE_ENDS = re.compile(rb"[\r\n]")
NAME = "text"


class Printed:
    """A source of rows: the lines that a command prints. ``log``: what was read so far, None while no line counts."""

    is_structured = False

    def __init__(self, folder: Path, options: LogOptions) -> None:
        self.path = folder / STDOUT
        self.log: SavedLog | None = None
        self.skipped_bytes = 0
        """How much was not looked at because it came too fast."""
        self._options = options
        self._parser: LineParser = PatternParser(options.pattern) if options.pattern else TextParser()
        self._file = _File(self.path)
        self._rest = b""
        self._is_refreshed = False
        """Whether the last line may be printed over, as a progress bar is."""
        self._rows = 0
        self._next_s = 0.0

    def look(self, *, at_end: bool = False) -> bool:
        """Read on; return whether ``log`` is another one than before. ``at_end``: no more will be printed."""
        self._skip()
        while data := self._file.read(PIECE_BYTES):
            self._take(data)
            if not at_end:
                break
        if at_end:
            self._parser.finish(self._rest)
            self._rest = b""
        self._file.trim()
        return self._judge(at_end)

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read at once."""
        return self._file.ahead > 0

    def _skip(self) -> None:
        if self._file.ahead > FAR_BEHIND_BYTES:
            self.skipped_bytes += self._file.skip_to_last(PIECE_BYTES)
            self._rest = b""

    def _take(self, data: bytes) -> None:
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if not end:
            self._keep(self._rest + data)
            return
        lines, self._rest = self._rest + data[:end], b""
        self._parser.take(lines)
        self._is_refreshed = not lines.endswith(b"\n")
        self._keep(data[end:])

    def _keep(self, rest: bytes) -> None:
        """Keep a line that has not ended; of one that is too long to be a line of a log, its end alone."""
        self._rest = rest if len(rest) <= LONGEST_LINE else rest[-1:]

    def _judge(self, at_end: bool) -> bool:
        rows = self._parser.table.length
        if not rows or (not at_end and (rows == self._rows or time.monotonic() < self._next_s)):
            return False
        begun_s, self._rows = time.thread_time(), rows
        try:
            log = from_table(self.path, NAME, self._parser.build(), self._options)
        except LogFormatError:  # nothing in it is a loss, so far
            return False
        finally:
            self._next_s = time.monotonic() + (time.thread_time() - begun_s) / CPU_SHARE
        self.log = log if at_end or not self._is_refreshed else without_last(log)
        return True


def without_last(log: SavedLog) -> SavedLog:
    """Return the log without the rows of its newest step, which may still change."""
    kinds = [rows for rows in (log.batch.steps, log.batch.evals) if rows is not None]
    newest = max((float(rows.step[-1]) for rows in kinds), default=math.nan)
    return replace(
        log,
        batch=replace(log.batch, steps=_before(log.batch.steps, newest), evals=_before(log.batch.evals, newest)),
    )


def _before(rows: Rows | None, newest: float) -> Rows | None:
    if rows is None or float(rows.step[-1]) < newest:
        return rows
    return rows.part(0, len(rows) - 1) if len(rows) > 1 else None


class _File:
    """The file that the command appends to: where it was read, and how it is kept small."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1
        self._offset = 0
        with suppress(OSError):
            self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)

    @property
    def ahead(self) -> int:
        """How many bytes there are to read."""
        return max(0, self._size() - self._offset)

    def read(self, most: int) -> bytes:
        """Return what is new, at most so many bytes."""
        try:
            data = os.pread(self._fd, most, self._offset)
        except OSError:
            return b""
        self._offset += len(data)
        return data

    def skip_to_last(self, most: int) -> int:
        """Go to the first whole line of the last bytes; return how many bytes that left out."""
        before, self._offset = self._offset, self._size() - most
        data = self.read(most)
        found = _LINE_ENDS.search(data)
        self._offset -= len(data) - (found.end() if found else len(data))
        return self._offset - before

    def trim(self) -> None:
        """Drop what lies between the beginning and the newest, if it is too much.

        The command goes on to append meanwhile: its lines of the few microseconds may be among what is dropped.
        """
        size = self._size()
        if size <= MOST_BYTES or self._offset < size - TAIL_BYTES:
            return
        with suppress(OSError):
            tail = os.pread(self._fd, TAIL_BYTES, size - TAIL_BYTES)
            tail = tail[tail.find(b"\n") + 1 :]
            unread = self._size() - self._offset
            dropped = size - len(tail) - HEAD_BYTES
            tail += os.pread(self._fd, TAIL_BYTES, size)  # what has come since
            os.ftruncate(self._fd, HEAD_BYTES)
            _append(self._fd, b"\n[dltui: %d bytes of output are left out here]\n" % dropped + tail)
            self._offset = self._size() - max(0, unread)

    def _size(self) -> int:
        try:
            return os.fstat(self._fd).st_size
        except OSError:
            return 0


def _append(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
