"""Work that is asked for often and done seldom."""

import math
import time
from collections.abc import Callable

from textual.message_pump import MessagePump


class Paced:
    """Calls ``work`` at most once in ``every_s`` seconds, and once more after the last time that it was asked for."""

    def __init__(self, owner: MessagePump, every_s: float, work: Callable[[], None]) -> None:
        self._owner = owner
        self._every_s = every_s
        self._work = work
        self._done_s = -math.inf
        self._due = False

    def soon(self) -> None:
        """Do it now if the last time is long enough ago, else as soon as it is."""
        if self._due:
            return
        wait = self._done_s + self._every_s - time.monotonic()
        if wait <= 0:
            self.now()
        else:
            self._due = True
            self._owner.set_timer(wait, self.now)

    def later(self) -> None:
        """Do it after that many seconds, unless it is due sooner."""
        if self._every_s <= 0:
            self.now()
        elif not self._due:
            self._due = True
            self._owner.set_timer(self._every_s, self.now)

    def now(self) -> None:
        """Do it, whenever the last time was."""
        self._due = False
        self._done_s = time.monotonic()
        self._work()
