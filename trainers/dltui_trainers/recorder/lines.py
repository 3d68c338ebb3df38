"""The open log of a script's run: whole lines, one ``os.write`` each, from any thread, and never an exception.

Unlike :class:`dltui_trainers.writer.RunWriter` it knows that it is a guest in somebody's process: that process may
have threads and forks, and the log may have been begun, and be locked, by a supervisor.
"""

import errno
import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from dltui_trainers.recorder.warn import Warner
from dltui_trainers.runlog import METRICS, EventRecord, to_line

PENDING_LIMIT = 8 * 2**20
"""Bytes kept while the log cannot be written: about 60 000 records, many minutes of a training."""


class Lines:
    """Appends to ``metrics.jsonl`` of a folder and holds the exclusive lock on it, the sign of life that readers know.

    Where the lock is somebody else's (a supervisor's), it is tried for again by :meth:`look_after`.
    """

    def __init__(self, folder: Path, warner: Warner) -> None:
        """Open or create the log. Raises ``OSError``."""
        self._path = folder / METRICS
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._warner = warner
        # Reentrant: a handler of signals may log in the middle of a log call.
        self._turn = threading.RLock()
        self._pending = bytearray()
        self._dropped = 0
        self._has_lock = False
        self._take_lock()

    def write(self, lines: bytes) -> None:
        """Append whole lines at once; what cannot be written waits in memory."""
        with self._turn:
            if self._pending:
                self._catch_up()
            if self._pending:
                self._hold(lines)
                return
            try:
                written = os.write(self._fd, lines)
            except OSError as error:
                self._begin_holding(lines, error)
                return
            if written != len(lines):
                self._begin_holding(lines[written:], None)

    def look_after(self) -> bool:
        """Try for the lock if it is not ours yet, and to write what waits; return whether the log is still there."""
        with self._turn:
            if self._fd < 0:
                return False
            if self._pending:
                self._catch_up()
            self._take_lock()
            return os.fstat(self._fd).st_nlink > 0

    def close(self) -> None:
        """Write what still waits, as far as that is possible, and close the file; the lock goes with it."""
        with self._turn:
            if self._pending:
                self._catch_up()
            self.let_go()

    def let_go(self) -> None:
        """Close the file and nothing else: what a forked child does with the file of its parent.

        It takes no turn: the thread that had it may not exist in the child.
        """
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                os.close(fd)

    def _take_lock(self) -> None:
        if self._has_lock:
            return
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        except OSError:
            pass  # some network file systems have no locks; a training is worth more than its sign of life
        self._has_lock = True

    def _begin_holding(self, rest: bytes, error: OSError | None) -> None:
        reason = error.strerror if error else os.strerror(errno.ENOSPC)
        self._warner.once(
            "log", f"{self._path} cannot be written ({reason}); the training goes on, its records wait for room."
        )
        self._hold(rest)

    def _hold(self, lines: bytes) -> None:
        if len(self._pending) + len(lines) > PENDING_LIMIT:
            self._dropped += lines.count(b"\n")
        else:
            self._pending += lines

    def _catch_up(self) -> None:
        """Write what waits. A short write continues here with the rest of its line, so that no line is torn."""
        try:
            while self._pending:
                del self._pending[: os.write(self._fd, self._pending)]
        except OSError:
            return
        if self._dropped:
            reason = f"{self._dropped} records were lost while the log could not be written"
            self._dropped = 0
            self.write(to_line(EventRecord(step=0, time=time.time(), name="log_dropped", reason=reason, done=False)))
