"""Follows one log from a thread of its own."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate

POLL_ENDED_S = 1.0
STATUS_EVERY_S = 0.5
UNREAD_UPDATES = 1
"""So many updates may wait for the interface before the thread waits for it: memory stays bounded on a long log."""


class Watch(Protocol):
    """One look after the other at a log; see :class:`dltui.runs.follow.FolderWatch`."""

    @property
    def path(self) -> Path: ...

    @property
    def status(self) -> RunStatus | None: ...

    @property
    def poll_s(self) -> float:
        """How often a log that grows is looked at."""
        ...

    def look(self, check_status: bool = True) -> RunUpdate: ...


class LogFollower:
    """A thread that looks at a log again and again, and calls ``on_update`` with each piece of news.

    ``on_update`` is called in the thread; the receiver calls :meth:`acknowledge` once for each update it has taken in.
    """

    def __init__(self, watch: Watch, on_update: Callable[[RunUpdate], None]) -> None:
        self._watch = watch
        self._on_update = on_update
        self._wake = threading.Event()
        self._closed = False
        self._room = threading.Semaphore(UNREAD_UPDATES)
        self._thread = threading.Thread(target=self._run, name=f"follow {watch.path.name}", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def acknowledge(self) -> None:
        """Tell the thread that one update was taken in."""
        self._room.release()

    def close(self) -> None:
        """End the thread and wait for it. May be called twice, and from the receiver's thread."""
        self._closed = True
        self._wake.set()
        self._room.release()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        polls, loading = 0, True
        while not self._closed:
            update = self._watch.look(check_status=polls % max(1, round(STATUS_EVERY_S / self._watch.poll_s)) == 0)
            polls += 1
            if update.is_news or update.loading is not loading:
                loading = update.loading
                self._room.acquire()
                if not self._closed:
                    self._on_update(update)
            if not update.loading:
                self._wake.wait(self._pause_s())

    def _pause_s(self) -> float:
        status = self._watch.status
        return self._watch.poll_s if status is None or status.alive else POLL_ENDED_S
