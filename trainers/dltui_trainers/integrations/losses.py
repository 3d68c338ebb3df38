"""The training loss of each step, without making a GPU wait for it at each step."""

import time
from typing import Any

READ_S = 0.05
"""To read a number from a GPU the program waits until the GPU has come so far; so often it is read, as the mean since
the last time. On the CPU it costs nothing, and each step is read."""


class LossMean:
    """The mean of the losses since it was last read. They are tensors, and stay on their device until then."""

    def __init__(self) -> None:
        self._sum: Any = None
        self._count = 0
        self._next_read = 0.0

    def add(self, loss: Any) -> None:
        """Take the loss of one step: a tensor or a number."""
        value = loss.detach() if hasattr(loss, "detach") else loss
        self._sum = value if self._sum is None else self._sum + value
        self._count += 1

    def read(self) -> float | None:
        """Return the mean, and begin anew; None while there is none, or it is too early to ask a GPU again."""
        if not self._count or (_is_elsewhere(self._sum) and time.monotonic() < self._next_read):
            return None
        return self.read_now()

    def read_now(self) -> float | None:
        """Return the mean, and begin anew, whatever it costs."""
        if not self._count:
            return None
        mean = float(self._sum) / self._count
        self._sum, self._count = None, 0
        self._next_read = time.monotonic() + READ_S
        return mean


def _is_elsewhere(value: Any) -> bool:
    return getattr(getattr(value, "device", None), "type", "cpu") != "cpu"
