"""Where the first number that is not finite arose in a user's network: looked for while its weights are still sound.

A gradient with a NaN makes every weight that it reaches one, so it must be noticed before the optimiser's step. A NaN
goes back through the network to its first layers: the gradient of a small parameter there tells of it, for a few
microseconds a step. On a GPU it would make every step wait, so there it is noticed at the next measurement, when
mostly the weights are all that is left.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from dltui_trainers.health.non_finite import Origin, trace, weights_not_finite
from dltui_trainers.health.outputs import tensors_in

FIRST = 2
"""So many parameters are those of the first layer: a weight and a bias."""
MOST_VALUES = 65_536
"""A larger one (the vectors of a vocabulary) takes too long to look at in each step."""
_PLAIN = (torch.float32, torch.float64)


class FirstNonFinite:
    """The look-out of one network; once it has found something it is done."""

    def __init__(self, model: nn.Module, named: Sequence[tuple[str, Tensor]]) -> None:
        self._model = model
        trainable = [each for _, each in named if each.requires_grad and each.is_floating_point()]
        first = [each for each in trainable[:FIRST] if each.numel() <= MOST_VALUES]
        self._sample = min(first or trainable, key=Tensor.numel, default=None)
        plain = self._sample is not None and self._sample.dtype in _PLAIN
        self._is_cheap = plain and self._sample is not None and self._sample.device.type == "cpu"
        self._batch: tuple[Sequence[Any], Mapping[str, Any]] | None = None
        self.is_tracing = False

    def saw(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """The network is given a batch, which is kept until the step is done."""
        if torch.is_grad_enabled():
            self._batch = args, kwargs

    def look(self, *, is_measured: bool) -> Origin | None:
        """Return where it began, if the gradients of this step are not finite. ``is_measured``: this may wait."""
        gradient = self._sample.grad if self._sample is not None else None
        batch, self._batch = self._batch, None
        if gradient is None or not (is_measured or self._is_cheap):
            return None
        # One value is looked at by the way, for a microsecond: a NaN behind this layer makes all of them one.
        value = float(gradient.detach().sum()) if is_measured else gradient.detach().numpy().item(0)
        return None if math.isfinite(value) else self._origin(batch)

    def _origin(self, batch: tuple[Sequence[Any], Mapping[str, Any]] | None) -> Origin | None:
        if batch is None:
            return weights_not_finite(self._model)
        self.is_tracing = True
        try:
            found = trace(self._model, lambda: _size_of(self._model(*batch[0], **batch[1])))
        finally:
            self.is_tracing = False
        made_after = "the network's outputs are finite: the loss made of them is not, or its gradient"
        return found or Origin(where="", what="loss", reason=made_after)


def _size_of(outputs: Any) -> Tensor:
    """A number that is finite where all outputs are, and whose gradient reaches each of them."""
    sizes = [each.float() for each in tensors_in(outputs) if each.is_floating_point() and each.numel()]
    return torch.stack([(each / each.detach().abs().max().clamp(min=1.0)).mean() for each in sizes]).sum()
