"""The run log of a command: the rows of one source, and what was done. Another source replaces it whole.

A row is never there twice and two sources are never mixed: where a better source appears, or the one in use turns out
to mean something else than it seemed, the log is written anew beside the old one and takes its place in one step,
locked from its first moment on. Readers see that it is another file, and begin again.
"""

import fcntl
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from dltui_trainers.runlog import METRICS, EventRecord, Record, SystemRecord, to_line
from dltui_trainers.writer import RunWriter

CLAIM = "recorder.json"
"""What a recorder in the command's own process makes when it takes the run over: then the log is no longer ours."""


class RunLog:
    """``metrics.jsonl`` in the run's ``folder``, open and locked as ``fd``. Never raises for what cannot be written."""

    def __init__(self, folder: Path, fd: int) -> None:
        self._folder = folder
        self._writer = RunWriter(fd, folder)  # locked by who launched us; the folder may be gone, the command goes on
        self._kept: list[Record] = []
        self.step = 0
        """The newest step that a row tells."""

    @property
    def is_claimed(self) -> bool:
        """Whether a recorder writes it."""
        return (self._folder / CLAIM).exists()

    def write(self, record: Record) -> None:
        """Append a record that is of no source: an event, what the machine does, the end."""
        if isinstance(record, EventRecord):
            self._kept.append(record)
        elif isinstance(record, SystemRecord):
            self._kept = [each for each in self._kept if not isinstance(each, SystemRecord)] + [record]
        self._writer.write(record)

    def extend(self, rows: Iterable[Record]) -> None:
        """Append rows of the source in use."""
        for row in rows:
            self._writer.write(row)
            self.step = max(self.step, row.step)

    def replace(self, rows: Sequence[Record]) -> bool:
        """Put these rows in the place of those before; what was done meanwhile stands where it happened.

        Return whether that was possible; if not, the log is as it was.
        """
        records = _in_time(rows, self._kept)
        new = self._folder / f".{METRICS}.new"
        try:
            fd = _written(new, b"".join(map(to_line, records)))
        except OSError:
            with suppress(OSError):
                new.unlink()
            return False
        if not self._put_in_place(new):
            os.close(fd)
            return False
        self._writer.close()
        self._writer = RunWriter(fd, self._folder)
        self.step = max((row.step for row in rows), default=0)
        return True

    def close(self) -> None:
        """Close it; the lock goes with it."""
        self._writer.close()

    def _put_in_place(self, new: Path) -> bool:
        """A recorder may claim the log in this very moment: what it has opened must be what stays."""
        path, old = self._folder / METRICS, self._folder / f".{METRICS}.old"
        try:
            with suppress(FileNotFoundError):
                old.unlink()
            os.link(path, old)
            os.replace(new, path)
            if self.is_claimed:
                os.replace(old, path)
                return False
            old.unlink()
        except OSError:
            with suppress(OSError):
                new.unlink()
            return False
        return True


def _in_time(rows: Sequence[Record], others: Sequence[Record]) -> list[Record]:
    """The rows in their order, each of the others before the first row that is later."""
    found: list[Record] = []
    waiting = list(reversed(others))
    for row in rows:
        while waiting and waiting[-1].time < row.time:
            found.append(waiting.pop())
        found.append(row)
    return [*found, *reversed(waiting)]


def _written(path: Path, content: bytes) -> int:
    """Write a new log, and return it open and locked. Raises ``OSError``."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(fd, rest) :]
    except OSError:
        os.close(fd)
        raise
    return fd
