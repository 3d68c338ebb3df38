"""What the processes of a training do together. Each calls the same at the same place, or none of them gets on.

A process that is gone is noticed by the next of these calls, which raises :class:`PeerLostError`; one that is there and
does not come raises :class:`ProcessesError` after a while.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous
from torch.nn.modules.batchnorm import _BatchNorm

from dltui_trainers.distributed.failure import PeerLostError
from dltui_trainers.distributed.sums import Sum, sums_of
from dltui_trainers.errors import ProcessesError
from dltui_trainers.recorder.ranks import Ranks
from dltui_trainers.recorder.together import Together

STEP_TIMEOUT_S = 600.0
"""Steps of all processes take the same time; one that is so late will not come."""
PATIENCE = timedelta(days=365)
"""The first process validates and writes for as long as it takes. If it dies, the others are ended by torchrun."""

_LATE = ("timed out waiting", "wait timeout")
"""What gloo and the store say of a process that is there and does not come. (NCCL ends the process itself.)"""

Value = TypeVar("Value")


class Group:
    """The processes of one training. ``device``: where this one computes."""

    def __init__(self, ranks: Ranks, device: torch.device, *, step_timeout_s: float = STEP_TIMEOUT_S) -> None:
        self.ranks, self._device, self._timeout_s = ranks, device, step_timeout_s
        with self._together():
            backend = "nccl" if device.type == "cuda" else "gloo"
            timeout = timedelta(seconds=step_timeout_s)
            dist.init_process_group(
                backend, store=_store(timeout), rank=ranks.rank, world_size=ranks.world, timeout=timeout
            )
            self._patient = dist.new_group(backend="gloo", timeout=PATIENCE)
            self._meetings = Together(dist)
        self._sums: list[Sum] = []
        self._trained: list[int] = []

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that validates, writes and listens."""
        return self.ranks.is_first

    def share(self, value: Value) -> Value:
        """Return what the first process passes."""
        found = [value]
        with self._together():
            dist.broadcast_object_list(found, src=0, group=self._patient)
        return found[0]

    def meet(self) -> None:
        """Wait until all are here: what was shared before has reached each of them."""
        with self._together():
            dist.barrier(group=self._patient)

    def agree(self, value: object) -> None:
        """Make sure that all processes pass the same. Raises :class:`ProcessesError` in all of them if they do not."""
        found: list[object] = [None] * self.ranks.world
        with self._together():
            dist.all_gather_object(found, value, group=self._patient)
        if any(each != found[0] for each in found):
            raise ProcessesError(f"The processes of the training no longer agree: {found}.")

    def meets(self) -> bool:
        """Whether now is the time to ask: about twenty times a second, and at the same step in all of them."""
        return self._meetings.meets()

    def asks(self, waits: bool) -> bool:
        """Whether something ``waits`` to be done, as the first process says."""
        with self._together():
            return self._meetings.anything(waits)

    def spread(self, model: nn.Module) -> None:
        """Let all have the weights and buffers of the first process."""
        with self._together(), torch.no_grad():
            for each in (*model.parameters(), *model.buffers()):
                dist.broadcast(each, src=0)

    def average_statistics(self, model: nn.Module) -> None:
        """Let each batch norm have the mean of what all processes have seen, each in its own share."""
        norms = [each for each in model.modules() if isinstance(each, _BatchNorm)]
        tensors = [each for norm in norms for each in (norm.running_mean, norm.running_var) if each is not None]
        with self._together(), torch.no_grad():
            for each in tensors:
                dist.all_reduce(each)
                each /= self.ranks.world

    def sum_gradients(self, model: nn.Module, loss: Tensor, weight: float) -> Tensor:
        """Let the gradients be the sum of those of all processes, each times its ``weight``; return that of the losses.

        The losses of those without a share have the weight 0.
        """
        trained = [each for each in model.parameters() if each.requires_grad]
        if self._trained != [*map(id, trained)]:  # a network of a person's own may freeze layers as it goes
            self._trained, self._sums = [*map(id, trained)], sums_of(trained, self._device)
        with self._together():
            total, *_ = [each.over_all(loss, weight) for each in self._sums]
        return total

    def close(self) -> None:
        """There is nothing more to be done together."""
        dist.destroy_process_group()

    @contextmanager
    def _together(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # all that torch.distributed raises
            if any(sign in str(error).lower() for sign in _LATE):
                raise ProcessesError(
                    f"Process {self.ranks.rank + 1} of {self.ranks.world} waited for the others for"
                    f" {self._timeout_s:.0f} s and they did not come: {' '.join(str(error).split())[:200]}"
                ) from error
            raise PeerLostError(str(error)) from error


def _store(timeout: timedelta) -> Store:
    """Where the processes of this start tell each other their addresses; torchrun's own still has those of the last."""
    store, _, _ = next(rendezvous("env://", timeout=timeout))
    return PrefixStore(f"start-{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)
