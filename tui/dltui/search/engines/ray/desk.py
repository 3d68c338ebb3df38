"""Where the driver writes how it and its jobs stand. A full disk makes the lines wait; it never ends a training."""

import os
import time
from pathlib import Path
from socket import gethostname

from dltui.search.engines.engine import JobState
from dltui.search.engines.ray.records import LOCK, STATUS, DriverState, DriverStood, JobStood, RayRecord, to_line
from dltui_trainers.backlog import Backlog

ALIVE_EVERY_S = 5.0
"""How often the driver shows machines that cannot see its lock that it lives."""


class Desk:
    """The open status file. One at a time writes to it: who holds the lock."""

    def __init__(self, folder: Path) -> None:
        """Open it, on a line of its own. Raises ``OSError``."""
        path = folder / STATUS
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._lock = folder / LOCK
        self._alive = 0.0
        self._backlog = Backlog(lambda reason: print(f"{path} cannot be written ({reason}); its lines wait for room"))
        self._backlog.append(self._fd, b"\n")  # what was before may be torn by a kill

    def driver(self, state: DriverState, *, slots: int = 0, error: str = "") -> None:
        """Write how the driver stands."""
        record = DriverStood(
            time=time.time(), host=gethostname(), pid=os.getpid(), state=state, slots=slots, error=error
        )
        self._write(record)

    def job(self, handle: str, state: JobState, note: str = "") -> None:
        """Write how a job stands."""
        self._write(JobStood(time=time.time(), handle=handle, state=state, note=note))

    def stay(self) -> None:
        """Show that the driver lives, and write what waits; cheap enough for every round of a loop."""
        now = time.monotonic()
        if now - self._alive < ALIVE_EVERY_S:
            return
        self._alive = now
        self._backlog.catch_up(self._fd)
        try:
            os.utime(self._lock)
        except OSError as error:
            print(f"{self._lock} cannot be touched: {error.strerror}")

    def _write(self, record: RayRecord) -> None:
        self._backlog.append(self._fd, to_line(record))
