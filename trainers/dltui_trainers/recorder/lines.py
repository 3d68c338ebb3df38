"""The open log of a script's run: whole lines, one ``os.write`` each, from any thread, and never an exception.

Unlike :class:`dltui_trainers.writer.RunWriter` it knows that it is a guest in somebody's process: that process may
have threads and forks, and the log may have been begun, and be locked, by a supervisor.
"""

import fcntl
import os
import threading
from contextlib import suppress
from pathlib import Path

from dltui_trainers.backlog import Backlog
from dltui_trainers.recorder.warn import Warner
from dltui_trainers.runlog import METRICS


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
        self._backlog = Backlog(self._warn)
        self._has_lock = False
        self._take_lock()

    def write(self, lines: bytes) -> None:
        """Append whole lines at once; what cannot be written waits in memory."""
        with self._turn:
            self._backlog.append(self._fd, lines)

    def look_after(self) -> bool:
        """Try for the lock if it is not ours yet, and to write what waits; return whether the log is still there."""
        with self._turn:
            if self._fd < 0:
                return False
            self._backlog.catch_up(self._fd)
            self._take_lock()
            return os.fstat(self._fd).st_nlink > 0

    def close(self) -> None:
        """Write what still waits, as far as that is possible, and close the file; the lock goes with it."""
        with self._turn:
            self._backlog.catch_up(self._fd)
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

    def _warn(self, reason: str) -> None:
        self._warner.once(
            "log", f"{self._path} cannot be written ({reason}); the training goes on, its records wait for room."
        )
