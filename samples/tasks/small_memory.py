"""The digits, on a device that pretends to hold the gradients of no more than 24 samples at once."""

import torch
from torch import Tensor, nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.tasks import TaskData
from dltui_trainers.tasks.digits import build_model as build_network
from dltui_trainers.tasks.digits import load as load

HOLDS = 24


class Tight(nn.Module):
    """A network that is trained with few samples at a time, or not at all."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return what the network makes of ``x``. Raises :class:`torch.OutOfMemoryError`."""
        if torch.is_grad_enabled() and len(x) > HOLDS:
            raise torch.OutOfMemoryError(f"out of memory: {len(x)} samples, where {HOLDS} have room")
        found: Tensor = self.network(x)
        return found


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes, on that device."""
    return Tight(build_network(hparams, data))
