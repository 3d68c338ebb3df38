"""How a foreign log is read: piece by piece from its beginning to where it is now, and further as it grows.

There is one road: to read a log whole is to advance to its end and to finish.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from dltui.formats.reading.table import Table

PIECE_BYTES = 4 << 20
"""So much is read at once: the chart grows while a long log is read, and a thread can be ended soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What one look at a log brought.

    ``changed``: its table is another one than before. ``more``: there is more to read at once. ``share``: of the log
    that is read, 0 to 1, NaN where that cannot be told.
    """

    changed: bool
    more: bool = False
    share: float = math.nan


class LogTail(Protocol):
    """Reads one log. Not thread-safe: one thread reads.

    What is not whole yet (a line without its end, a record that is cut off) is waited for. A log that was replaced, or
    became shorter, is read again from its beginning, and its table begins anew.
    """

    def advance(self, most: int = PIECE_BYTES) -> Advance:
        """Read what is new, about ``most`` bytes of it.

        Raises:
            LogFormatError: it cannot be read (gone, no permission, not of this format), now; it may later.
        """
        ...

    def finish(self) -> None:
        """Take also what is not whole, as far as it can be read: no more will come. The last call but for ``table``."""
        ...

    def table(self) -> Table:
        """Return all that was read so far. It does not change when more is read."""
        ...
