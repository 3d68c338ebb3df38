"""How long a script waits for its batches: from the end of a step to the next look of the network at data."""

import time

LEAST_S = 0.1
"""The share is a mean over so much time: that of a single short step tells nothing."""


class Waiting:
    """Two looks at a clock for each step. A validation after a step, a log call and a pause are no waiting."""

    def __init__(self) -> None:
        self._ended: float | None = None
        """When the step before ended, while its wait is measured."""
        self._since: float | None = None
        self._waited_s = self._whole_s = 0.0
        self._waits = self._steps = 0

    def stepped(self, *, is_exact: bool = True) -> None:
        """A step of the optimiser is done; ``is_exact``: also on its device, which may work on by itself."""
        now = time.perf_counter()
        if self._since is not None:
            self._whole_s += now - self._since
            self._steps += 1
        self._since = now
        self._ended = now if is_exact else None

    def logged(self) -> None:
        """A log call is done: what was computed for it took its time, and was no waiting for data."""
        if self._ended is not None:
            self._ended = time.perf_counter()

    def began(self) -> None:
        """The network looks at a batch."""
        if self._ended is not None:
            self._waited_s += time.perf_counter() - self._ended
            self._waits += 1
            self._ended = None

    def forget(self) -> None:
        """What came between was no training."""
        self._ended = self._since = None

    def share(self) -> float | None:
        """Return the share since it was last told, None where that is less than ``LEAST_S`` of training ago."""
        if self._whole_s < LEAST_S or not self._waits:
            return None
        share = (self._waited_s / self._waits) / (self._whole_s / self._steps)
        self._waited_s = self._whole_s = 0.0
        self._waits = self._steps = 0
        return min(1.0, share)
