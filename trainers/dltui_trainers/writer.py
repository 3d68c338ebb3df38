"""Appends records to ``metrics.jsonl``: the one road by which a training speaks to everybody else.

A record is one line and one ``os.write``, so a training that is killed loses nothing that it has logged. The writer
never raises into the training loop: what a full disk refuses waits in memory and is written when space comes back.
"""

import errno
import fcntl
import os
import time
from pathlib import Path

from dltui_trainers.errors import RunFolderError
from dltui_trainers.output import say
from dltui_trainers.runlog import METRICS, EventRecord, Record, to_line

PENDING_LIMIT = 8 * 2**20
"""Bytes kept while the log cannot be written: about 60 000 records, many minutes of a training."""


class RunWriter:
    """The open log of a run. It holds an exclusive lock on the file until the process dies: that is how a reader
    tells a training that is silent from one that is gone."""

    def __init__(self, fd: int, folder: Path) -> None:
        self.folder = folder
        self._fd = fd
        self._pending = bytearray()
        self._dropped = 0
        self._step = 0

    @classmethod
    def create(cls, folder: Path) -> "RunWriter":
        """Create the log of a new run in ``folder``. Raises :class:`RunFolderError`."""
        path = folder / METRICS
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise RunFolderError(f"The run log {path} cannot be written: {error.strerror}.") from error
        return cls._locked(fd, path)

    @classmethod
    def inherit(cls, fd: int, folder: Path) -> "RunWriter":
        """Take over the log that the launcher opened and locked. Raises :class:`RunFolderError`."""
        path = folder / METRICS
        try:
            os.set_inheritable(fd, False)
            same = os.path.samestat(os.fstat(fd), os.stat(path))
        except OSError as error:
            raise RunFolderError(f"File descriptor {fd} is not the run log {path}: {error.strerror}.") from error
        if not same:
            raise RunFolderError(f"File descriptor {fd} is not the run log {path}.")
        return cls._locked(fd, path)

    @classmethod
    def _locked(cls, fd: int, path: Path) -> "RunWriter":
        try:
            _lock(fd, path)
        except RunFolderError:
            os.close(fd)
            raise
        return cls(fd, path.parent)

    def write(self, record: Record) -> None:
        """Append ``record``; never raises for a log that cannot be written."""
        self._step = record.step
        line = to_line(record)
        if self._pending:
            self._catch_up()
        if self._pending:
            self._hold(line)
            return
        try:
            written = os.write(self._fd, line)
        except OSError as error:
            self._begin_holding(line, error)
            return
        if written != len(line):
            self._begin_holding(line[written:], None)

    def close(self) -> None:
        """Write what still waits, as far as that is possible, and close the file; the lock goes with it."""
        if self._pending:
            self._catch_up()
        if self._pending:
            say(f"warning: {len(self._pending)} bytes of the run log could not be written")
        os.close(self._fd)

    def _begin_holding(self, rest: bytes, error: OSError | None) -> None:
        reason = error.strerror if error else os.strerror(errno.ENOSPC)
        say(f"warning: the run log cannot be written ({reason}); records wait in memory")
        self._pending += rest

    def _hold(self, line: bytes) -> None:
        if len(self._pending) + len(line) > PENDING_LIMIT:
            self._dropped += 1
        else:
            self._pending += line

    def _catch_up(self) -> None:
        """Write what waits. A short write continues here with the rest of its line, so that no line is torn."""
        try:
            while self._pending:
                del self._pending[: os.write(self._fd, self._pending)]
        except OSError:
            return
        say("the run log is written again")
        if self._dropped:
            reason = f"{self._dropped} records were lost while the log could not be written"
            self._dropped = 0
            lost = EventRecord(step=self._step, time=time.time(), name="log_dropped", reason=reason, done=False)
            self.write(lost)


def _lock(fd: int, path: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RunFolderError(f"Another training is writing to {path}; give this one a folder of its own.") from None
    except OSError as error:
        # Some network file systems have no locks. A training is worth more than its sign of life.
        say(f"warning: {path} cannot be locked ({error.strerror}); a killed run will look silent")
    if os.fstat(fd).st_size:
        raise RunFolderError(f"{path} already holds a run; give this one a folder of its own.")
