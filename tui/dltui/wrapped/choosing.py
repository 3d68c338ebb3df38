"""Which of the logs of a command becomes the log of its run.

What it prints counts from the first line on. A log that it writes in a known format is exact, so it is taken instead as
soon as it tells as much and grows as fast; whatever tells both losses is taken before what tells one.
"""

import math
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from dltui.formats.following.news import appended
from dltui.formats.saved import SavedLog
from dltui.runs.update import Rows

LEAST_GAINS = 3
OFTEN_S = 10.0
"""A log takes the place of what is printed once it has grown so often, and every so many seconds at least: some are
written once an hour, and nobody would see the training go on."""
LEAST_SHARE = 0.05
LEAST_SHARE_AT_END = 0.5
"""And it must have such a share of the losses that were printed: one row an epoch is no curve of a short training."""
RICHER = 2.0
"""Of two logs, or two that are printed, the one with so many times the losses of the other is taken."""


class Source(Protocol):
    """A log of the command. ``is_behind``: there is more to read at once."""

    is_structured: bool

    @property
    def path(self) -> Path: ...

    @property
    def log(self) -> SavedLog | None: ...

    @property
    def is_behind(self) -> bool: ...

    def look(self, *, at_end: bool = False) -> bool:
        """Read on; return whether ``log`` is another one than before."""
        ...


@dataclass(slots=True)
class _Seen:
    """A source with what is known of it. ``gains``: how often it has grown, since it had a loss at ``first_s``."""

    source: Source
    kinds: int = 0
    losses: int = 0
    gains: int = 0
    first_s: float = math.inf

    def measure(self) -> None:
        """Count what it tells now."""
        train, val = _losses(self.source.log)
        self.kinds = (train > 0) + (val > 0)
        self.gains += train + val > self.losses
        self.losses = train + val
        if self.losses and math.isinf(self.first_s):
            self.first_s = time.monotonic()

    @property
    def is_live(self) -> bool:
        """Whether it grows often enough to be looked at."""
        return self.gains >= LEAST_GAINS and time.monotonic() - self.first_s <= OFTEN_S * self.gains


class Choice:
    """The sources of a command, and the one ``in_use``, None while none tells a loss."""

    def __init__(self) -> None:
        self.in_use: Source | None = None
        self._seen: list[_Seen] = []

    @property
    def sources(self) -> list[Source]:
        """All of them, in the order in which they came."""
        return [each.source for each in self._seen]

    def add(self, source: Source) -> None:
        """Add one."""
        self._seen.append(_Seen(source))

    def look(self, *, at_end: bool = False) -> bool:
        """Let every source read on, and choose. Return whether the one in use has changed, or is another one.

        ``at_end``: the command has ended, so it no longer counts how fast a log grows.
        """
        changed = [each for each in self._seen if self._reads_on(each.source, at_end)]
        for each in changed:
            each.measure()
        before = self.in_use
        for each in self._seen:
            if each.kinds and self._is_better(each, at_end):
                self.in_use = each.source
        return self.in_use is not before or any(each.source is self.in_use for each in changed)

    def _reads_on(self, source: Source, at_end: bool) -> bool:
        """Whether it has changed. One that cannot be read at all is no source any more: the others are."""
        try:
            return source.look(at_end=at_end)
        except Exception:  # whatever somebody has written there: the command is to be followed on
            traceback.print_exc()
            self._seen = [each for each in self._seen if each.source is not source]
            return False

    @property
    def _present(self) -> _Seen | None:
        return next((each for each in self._seen if each.source is self.in_use), None)

    def _is_better(self, other: _Seen, at_end: bool) -> bool:
        present = self._present
        if present is None or other is present:
            return present is None
        if other.kinds != present.kinds:
            return other.kinds > present.kinds
        if other.source.is_structured is present.source.is_structured:
            return other.losses >= RICHER * present.losses or _goes_on_with(other, present)
        if present.source.is_structured:
            return False
        if at_end:
            return other.losses >= LEAST_SHARE_AT_END * present.losses
        return other.is_live and other.losses >= LEAST_SHARE * present.losses


def _goes_on_with(other: _Seen, present: _Seen) -> bool:
    """Whether it has all that the other log has, and more: a Trainer writes its history anew with each checkpoint."""
    if other.losses <= present.losses or other.source.log is None or present.source.log is None:
        return False
    return appended(present.source.log.batch, other.source.log.batch) is not None


def _losses(log: SavedLog | None) -> tuple[int, int]:
    """How many training losses and validation losses it tells."""
    if log is None:
        return 0, 0
    return _count(log.batch.steps, "train_loss"), _count(log.batch.evals, "val_loss")


def _count(rows: Rows | None, name: str) -> int:
    if rows is None:
        return 0
    unknown = rows.unknown.get(name)
    return len(rows) - (0 if unknown is None else int(np.count_nonzero(unknown)))
