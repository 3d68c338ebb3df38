"""Batches of which each process of a training takes its share; together they are those of one process."""

from typing import Any

import torch
from torch import Tensor

from dltui_trainers.batches import Batches
from dltui_trainers.recorder.ranks import Ranks


class Shares(Batches):
    """Batches of ``batch_size`` samples *for each process*, in the order in which one process would take them all.

    :meth:`next` returns those of this process, which may be none at the end of an epoch. All that is counted is of the
    whole batch.
    """

    def __init__(self, *given: Any, ranks: Ranks, batch_size: int, at_least_two: bool = False, **rest: Any) -> None:
        self._ranks, self._least = ranks, 2 if at_least_two else 1
        self._whole: list[int] = []
        super().__init__(*given, batch_size=batch_size * ranks.world, at_least_two=at_least_two, **rest)

    def next(self) -> tuple[Tensor, Tensor]:
        """Return this process's share of the next batch."""
        x, y = super().next()
        ours, self.size = self.size, self._whole.pop()
        self.done += self.size - ours
        return x, y

    def resize(self, batch_size: int) -> None:
        """Let the batches from now on have another size, told as that of one process."""
        super().resize(batch_size * self._ranks.world)

    def _fill(self, order: Tensor, sizes: list[int]) -> None:
        self._whole = sizes[::-1]
        ours = [share(batch, self._ranks, self._least) for batch in torch.split(order, sizes)]
        super()._fill(torch.cat(ours), [len(each) for each in ours])


def share(batch: Tensor, ranks: Ranks, least: int = 1) -> Tensor:
    """Return the samples of this process: shares differ by one at most, and none is smaller than ``least``.

    Where there are too few for that, the last processes get none.
    """
    sharing = max(1, min(ranks.world, len(batch) // least))
    return batch.tensor_split(sharing)[ranks.rank] if ranks.rank < sharing else batch[:0]
