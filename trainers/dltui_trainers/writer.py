"""Appends records to ``metrics.jsonl``: the one road by which a training speaks to everybody else.

A record is one line and one ``os.write``, so a training that is killed loses nothing that it has logged. The writer
never raises into the training loop: what a full disk refuses waits in memory and is written when space comes back.
"""

import fcntl
import os
from pathlib import Path

from dltui_trainers.backlog import Backlog
from dltui_trainers.errors import RunFolderError
from dltui_trainers.output import say
from dltui_trainers.runlog import METRICS, Record, to_line


class RunWriter:
    """The open log of a run. It holds an exclusive lock on the file until the process dies: that is how a reader
    tells a training that is silent from one that is gone."""

    def __init__(self, fd: int, folder: Path) -> None:
        self.folder = folder
        self._fd = fd
        self._backlog = Backlog(_tell_trouble, _tell_relief)

    def fileno(self) -> int:
        """Return the open file, for a process that is to inherit it with its lock."""
        return self._fd

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
        _refuse_other(fd, path)
        return cls._locked(fd, path)

    @classmethod
    def take_part(cls, fd: int, folder: Path) -> "RunWriter":
        """Take over the log of a run that is at work, from the process that holds its lock.

        Raises :class:`RunFolderError`.
        """
        _refuse_other(fd, folder / METRICS)
        return cls(fd, folder)

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
        self._backlog.append(self._fd, to_line(record))

    def close(self) -> None:
        """Write what still waits, as far as that is possible, and close the file; the lock goes with it."""
        self._backlog.catch_up(self._fd)
        if waiting := len(self._backlog):
            say(f"warning: {waiting} bytes of the run log could not be written")
        os.close(self._fd)


def _tell_trouble(reason: str) -> None:
    say(f"warning: the run log cannot be written ({reason}); records wait in memory")


def _tell_relief() -> None:
    say("the run log is written again")


def _refuse_other(fd: int, path: Path) -> None:
    try:
        os.set_inheritable(fd, False)
        same = os.path.samestat(os.fstat(fd), os.stat(path))
    except OSError as error:
        raise RunFolderError(f"File descriptor {fd} is not the run log {path}: {error.strerror}.") from error
    if not same:
        raise RunFolderError(f"File descriptor {fd} is not the run log {path}.")


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
