"""A catalogue that keeps itself up to date: a thread looks for logs and reads them while somebody asks for the list."""

import threading
import time
from pathlib import Path

from dltui.catalog.catalog import Catalog
from dltui.catalog.summary import Facts, RunSummary

LOOK_EVERY_S = 0.5
WANTED_FOR_S = 5.0
"""Nobody has asked for the list for so long: nobody looks at it, and nothing is read."""
REST_SHARE = 1.0
"""After each log it rests as long as reading took: keys go before numbers in a list."""
_LONGEST_REST_S = 1.0


class Listing:
    """Lists what ``catalog`` knows. :meth:`refresh` may be called from any thread, and waits for no log."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._wake = threading.Event()
        self._closed = False
        self._wanted_until = 0.0
        self._thread = threading.Thread(target=self._run, name="list", daemon=True)
        self._starting = threading.Lock()

    @property
    def limit(self) -> str:
        """Which limit ended the search for logs, empty if none did."""
        return self._catalog.limit

    def refresh(self) -> tuple[RunSummary, ...]:
        """Return the summaries as far as they are known, the newest first."""
        slept = time.monotonic() > self._wanted_until
        self._wanted_until = time.monotonic() + WANTED_FOR_S
        with self._starting:
            if not self._thread.is_alive() and not self._closed:
                self._thread.start()
        if slept:
            self._wake.set()
        return self._catalog.refresh()

    def know(self, path: Path, facts: Facts) -> None:
        """Take what was read of a log elsewhere."""
        self._catalog.know(path, facts)

    def settle(self) -> None:
        """Look for logs if it is time to, and read all that is due, here and now."""
        self._catalog.refresh()
        if self._catalog.explore():
            self._catalog.refresh()
        while self._catalog.read_next():
            pass

    def close(self) -> None:
        """End the thread; it is not waited for while it reads."""
        self._closed = True
        self._wake.set()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(LOOK_EVERY_S if time.monotonic() < self._wanted_until else None)
            self._wake.clear()
            if self._closed:
                return
            self._catalog.explore()
            self._read_all()

    def _read_all(self) -> None:
        while not self._closed and time.monotonic() < self._wanted_until:
            began = time.monotonic()
            if not self._catalog.read_next():
                return
            self._wake.wait(min(_LONGEST_REST_S, REST_SHARE * (time.monotonic() - began)))
