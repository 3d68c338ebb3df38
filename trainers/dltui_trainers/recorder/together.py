"""Lets the processes of one training do the same at the same step: what the first is asked for, all of them do.

Only where each of them calls (``run.should_stop``, ``run.pause_point()``) can they agree. They meet there every few
calls, about twenty times a second: one small broadcast on the processor, in a group of its own, so that nothing comes
between the broadcasts of the training itself.
"""

import sys
import time
from typing import Any

import msgspec

from dltui_trainers.recorder.order import Order, order_decoder

MEET_S = 0.05
"""Pause between two meetings: a broadcast among processes of one machine takes about 0.1 ms."""
MOST_CALLS = 100
"""Calls from one meeting to the next at most, should the steps become slower."""


class Together:
    """The processes of a training that torch.distributed binds together."""

    def __init__(self, distributed: Any) -> None:
        """Every process makes one, at the same place: it opens a group."""
        import torch

        self._torch, self._distributed = torch, distributed
        self._group = distributed.new_group(backend="gloo")
        self.is_first = distributed.get_rank() == 0
        """Whether this process is the one that is asked for something."""
        self._calls_left, self._calls = 0, 1
        self._met = time.monotonic()

    def meets(self) -> bool:
        """Whether this call is one at which all processes meet; it says the same in each of them."""
        if self._calls_left:
            self._calls_left -= 1
            return False
        return True

    def anything(self, waits: bool) -> bool:
        """Return what the first process says: whether something waits to be done. All of them ask at one time."""
        calls = self._next_calls() if self.is_first else 0
        said = self._torch.tensor([int(waits), calls], dtype=self._torch.int64)
        self._distributed.broadcast(said, src=0, group=self._group)
        waits, self._calls = bool(said[0]), int(said[1])
        self._calls_left = self._calls - 1
        return waits

    def share(self, order: Order) -> Order:
        """Return the order of the first process; what the others pass is left alone."""
        text = msgspec.json.encode(order) if self.is_first else b""
        size = self._torch.tensor([len(text)], dtype=self._torch.int64)
        self._distributed.broadcast(size, src=0, group=self._group)
        content = self._torch.tensor(list(text.ljust(int(size))), dtype=self._torch.uint8)
        self._distributed.broadcast(content, src=0, group=self._group)
        return order_decoder.decode(bytes(content.tolist()))

    def _next_calls(self) -> int:
        """So many calls from now they meet again: at most twice as many as now, should the next ones take longer."""
        now = time.monotonic()
        took, self._met = now - self._met, now
        fitting = int(self._calls * MEET_S / took) if took > 0 else MOST_CALLS
        return max(1, min(fitting, 2 * self._calls, MOST_CALLS))


def distributed() -> Any:
    """Return torch.distributed where it binds this process to others, else None. Imports nothing."""
    found = sys.modules.get("torch.distributed")
    if found is None or not found.is_available() or not found.is_initialized() or found.get_world_size() < 2:
        return None
    return found
