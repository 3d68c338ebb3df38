"""When a record of every parameter is due: often at first, where most goes wrong, and ever more rarely."""

import time
from functools import cache

LEAST_S = 2.0
GROWTH = 1.1
"""The steps grow by a tenth from one record to the next: in a million steps there are 120, never more than 300."""


class Cadence:
    """Says at which steps of a script to measure: at the first, and each time the steps have grown by a tenth.

    Between two of them ``least_s`` seconds pass at least, whatever the steps do.
    """

    def __init__(self, least_s: float = LEAST_S, growth: float = GROWTH) -> None:
        self._least_s, self._growth = least_s, growth
        self._step = 0.0
        self._next_s = -float("inf")

    def due(self, step: int, now_s: float | None = None) -> bool:
        """Whether ``step`` is to be measured; the answer yes counts as done. Steps that begin anew are due at once.

        ``now_s``: the time on a clock that never goes back; that of this machine where it is left out.
        """
        if self._step <= step < self._step * self._growth:
            return False
        now_s = time.monotonic() if now_s is None else now_s
        if now_s < self._next_s:
            return False
        self._step, self._next_s = step, now_s + self._least_s
        return True


def is_due(step: int, *, every: int, least: int) -> bool:
    """Whether ``step`` is one of those that are measured, of which each is a multiple of ``every``.

    It says the same for the same numbers, whatever the clock says and wherever the training came from: the same seed
    gives the same log, also of a training that goes on from a checkpoint. ``least``: steps from one to the next.
    """
    return step % every == 0 and step in _steps_until(every, max(every, least), 1 << step.bit_length())


@cache
def _steps_until(every: int, least: int, end: int) -> frozenset[int]:
    """The first multiple of ``every``, and each that is ``least`` and a tenth further than the one before."""
    steps, step = [], every
    while step <= end:
        steps.append(step)
        further = max(step + least, round(step * GROWTH))
        step = -(-further // every) * every
    return frozenset(steps)
