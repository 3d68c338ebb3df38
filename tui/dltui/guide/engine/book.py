"""Keeps the state of a guide that is at work: what is noted here lies on the disk, and whoever listens is told."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from dltui.guide.folder import write_guide
from dltui.guide.state import Guide, StepEntry

SAVE_EVERY_S = 0.5
"""What changes all the time, as the seconds that were used, is written so often: each time waits for the disk."""

Listener = Callable[[Guide], None]
"""Is told of each state, from the first to the last."""


class Book:
    """The state of the guide in ``folder``."""

    def __init__(self, folder: Path, guide: Guide, listener: Listener) -> None:
        self.guide = guide
        self._folder = folder
        self._listener = listener
        self._saved_s = -SAVE_EVERY_S

    def change(self, **changes: Any) -> None:
        """Change it, without telling anybody yet."""
        self.guide = msgspec.structs.replace(self.guide, **changes)

    def put(self, entry: StepEntry) -> None:
        """Change one step, and tell everybody."""
        self.guide = self.guide.with_step(entry)
        self.save()

    def save(self, *, soon: bool = False) -> None:
        """Write the state, and tell the listener. ``soon``: not if that was done a moment ago.

        Raises :class:`GuideError`.
        """
        now = time.monotonic()
        if soon and now - self._saved_s < SAVE_EVERY_S:
            return
        self._saved_s = now
        write_guide(self._folder, self.guide)
        self._listener(self.guide)
