"""A thread that keeps an eye on a list of runs and tells what happens to them, whichever screen is open."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from dltui.alerts.happening import Happening, Happenings
from dltui.alerts.notify import Notifier
from dltui.catalog.summary import RunSummary

LOOK_EVERY_S = 1.0


class Listed(Protocol):
    """What is looked at; see :class:`dltui.catalog.listing.Listing`."""

    def refresh(self) -> tuple[RunSummary, ...]: ...


class Sentinel:
    """Looks at ``listed`` every second. ``tell`` is called in its thread with what happened, ``notifier`` runs for it.

    ``since_s``: only runs that began at that moment (Unix seconds) or later count.
    """

    def __init__(
        self,
        listed: Listed,
        tell: Callable[[Happening], None],
        notifier: Notifier | None = None,
        since_s: float = 0.0,
    ) -> None:
        self._listed = listed
        self._tell = tell
        self._notifier = notifier
        self._since_s = since_s
        self._happenings = Happenings(since_s or time.time())
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sentinel", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look once more and end the thread."""
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self.look(is_last=True)
        if self._notifier is not None:
            self._notifier.close()

    def look(self, runs: Iterable[RunSummary] | None = None, is_last: bool = False) -> None:
        """Look once; at ``runs``, where somebody has just listed them."""
        listed = self._listed.refresh() if runs is None else runs
        runs = [run for run in listed if run.began >= self._since_s]
        for happening in self._happenings.look(runs, is_last):
            self._tell(happening)
            if self._notifier is not None:
                self._notifier.tell(happening)
        if self._notifier is not None:
            self._notifier.work()

    def _run(self) -> None:
        while not self._wake.is_set():
            self.look()
            self._wake.wait(LOOK_EVERY_S)
