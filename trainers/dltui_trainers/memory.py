"""What does not fit into the memory of the device is computed in parts, with the same result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from dltui_trainers.metrics import CHUNK

Result = TypeVar("Result")
_SIGNS = ("out of memory", "can't allocate memory", "alloc_failed")
"""Not every allocator of torch has an exception of its own."""


@dataclass(slots=True, kw_only=True)
class Parts:
    """How a batch is divided. ``least``: the fewest samples of a part (batch norm needs two).

    The gradients of the parts are added up, so that a step still is that of the whole batch (a batch norm sees parts).
    ``chunk``: samples in a forward pass of a validation.
    """

    count: int = 1
    least: int = 1
    chunk: int = CHUNK

    def of(self, samples: int) -> int:
        """Into how many parts a batch of so many samples is divided."""
        return min(self.count, max(samples // self.least, 1))

    def halve(self, samples: int) -> tuple[int, int] | None:
        """Make the parts of such a batch half as large; return the old and the new size, None if they are too small."""
        before, most = self.of(samples), max(samples // self.least, 1)
        if before == most:
            return None
        self.count = min(2 * before, most)
        return -(-samples // before), -(-samples // self.count)

    def halve_chunk(self, samples: int) -> tuple[int, int] | None:
        """Validate half as many samples at a time."""
        before = min(self.chunk, samples)
        if before < 2:
            return None
        self.chunk = before // 2
        return before, self.chunk


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether the device, or the machine, had no memory left."""
    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)


def within_memory(compute: Callable[[], Result], shrink: Callable[[str], bool]) -> Result:
    """Return what ``compute`` returns; where the memory does not suffice, ``shrink`` it and try again.

    ``shrink`` gets the reason and says whether there is anything left to shrink; if not, the error is raised.
    """
    while True:
        try:
            return compute()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            reason = " ".join(str(error).split())[:200] or "out of memory"
            if not shrink(reason):
                raise
        # Only here, after the error and with it all that the attempt held have gone.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
