"""The time in which a guide is at work."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Clock:
    """Seconds that go on only while the guide does: what stands still while it is paused is not counted."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._stood_s = 0.0
        self._stands_since: float | None = None

    @property
    def now_s(self) -> float:
        """The time now, from some moment in the past."""
        now = self._monotonic() if self._stands_since is None else self._stands_since
        return now - self._stood_s

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let no time pass meanwhile."""
        self._stands_since = self._monotonic()
        try:
            yield
        finally:
            self._stood_s += self._monotonic() - self._stands_since
            self._stands_since = None
