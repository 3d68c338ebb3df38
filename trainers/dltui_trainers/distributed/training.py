"""The training loop in one of several processes: the loop as it is, but for what they do together."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from dltui_trainers.augment import Augmented
from dltui_trainers.distributed.group import Group
from dltui_trainers.hparams import Hparams
from dltui_trainers.loop import Training

_STEPS = 1 << 40
"""No training has so many: the numbers of a process and of a step go into one seed."""


@dataclass(kw_only=True)  # no slots: super() would not find its class
class SharedTraining(Training):
    """One process's part of a training. ``continued``: it goes on in its own run, where a process of it was killed.

    The gradient is that of the mean loss of the whole batch, and the same in each process; so are the losses, the
    clipping, the step, and all that is decided by the validation, which the first process does.
    """

    group: Group
    continued: bool = False

    def turn(self, hparams: Hparams, names: Collection[str]) -> str:
        note = super().turn(hparams, names)
        self.save_now()  # or a process that is killed would undo it
        return note

    def _begin(self) -> None:
        if self.continued:
            return
        super()._begin()
        self.save_now()

    def _train_step(self, x: Tensor, y: Tensor) -> None:
        self._draw_apart()
        super()._train_step(x, y)

    def _gradient(self, batch: Augmented) -> Tensor:
        ours = len(batch.x)
        loss = super()._gradient(batch) if ours else torch.zeros((), device=batch.x.device)
        return self.group.sum_gradients(self.model, loss, ours / self.batches.size)

    def _measure(self) -> float:
        self.group.average_statistics(self.model)
        return self.group.share(super()._measure() if self.group.is_first else math.nan)

    def _report(self, failure: str | None) -> None:
        super()._report(failure)
        self.group.meet()  # a slow disk is waited for here, where there is time

    def _draw_apart(self) -> None:
        """Let the further processes draw other numbers than the first, which at each step depend on nothing before it:
        so a checkpoint need not hold them."""
        rank = self.group.ranks.rank
        if rank:
            torch.manual_seed((self.hparams.seed * 0x9E3779B97F4A7C15 + rank * _STEPS + self.step) % (1 << 63))
