"""Batches of a training set that lies in memory, on the device: no workers, no copies between processes.

A DataLoader collates sample by sample, which on small samples costs more than the training step itself.
"""

from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor


class Batches:
    """A new order of the samples each epoch, the same for the same seed on every machine."""

    def __init__(self, x: Tensor, y: Tensor, *, batch_size: int, seed: int, at_least_two: bool = False) -> None:
        self._x, self._y = x, y
        self._generator = torch.Generator().manual_seed(seed)
        self._sizes = batch_sizes(len(x), batch_size, at_least_two=at_least_two)
        self._skip = 0
        self.epoch_state = self._generator.get_state()

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        # Kept from before the shuffle until the epoch is over: a continuation inside an epoch must repeat its order.
        self.epoch_state = self._generator.get_state()
        order = torch.randperm(len(self._x), generator=self._generator).to(self._x.device)
        # One gather for the epoch and views of it: 23 gathers of 64 small samples would cost ten times as much.
        x, y = self._x.index_select(0, order), self._y.index_select(0, order)
        skip, self._skip = self._skip, 0
        yield from islice(zip(torch.split(x, self._sizes), torch.split(y, self._sizes), strict=True), skip, None)
        self.epoch_state = self._generator.get_state()

    def resume(self, epoch_state: Tensor, done: int) -> None:
        """Let the next epoch be the one that began with ``epoch_state``, without its first ``done`` batches.

        Raises ``RuntimeError`` or ``TypeError`` for what is no state of a generator.
        """
        self._generator.set_state(epoch_state)
        self.epoch_state, self._skip = epoch_state, done


def batch_sizes(n: int, batch_size: int, *, at_least_two: bool = False) -> list[int]:
    """Return the sizes of the batches of ``n`` samples, the last one holding what is left.

    With ``at_least_two`` a single left-over sample joins the batch before it: one sample has no variance, which batch
    norm needs.
    """
    full, rest = divmod(n, batch_size)
    sizes = [batch_size] * full
    if rest == 1 and at_least_two and sizes:
        sizes[-1] += 1
    elif rest:
        sizes.append(rest)
    return sizes
