"""The gradient of a whole batch, as the sum of those that several processes have of their shares.

It is summed in one go after the backward pass, where DistributedDataParallel begins within it. That costs some overlap,
and buys that no process depends on how the others came to their gradients: one may have had no sample, another may have
divided its share because its memory was full, a third may have left a layer out.
"""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn


class Sum:
    """The gradients of parameters of one type, side by side in one tensor, and behind them whether there is each, and
    the loss."""

    def __init__(self, parameters: Sequence[nn.Parameter], dtype: torch.dtype, device: torch.device) -> None:
        self._parameters = parameters
        sizes = [each.numel() for each in parameters]
        self._flat = torch.zeros(sum(sizes) + len(sizes) + 1, dtype=dtype, device=device)
        *parts, there, loss = torch.split(self._flat, [*sizes, len(sizes), 1])
        self._there: Tensor = there
        self._loss: Tensor = loss
        self._parts = [part.view_as(each) for part, each in zip(parts, parameters, strict=True)]

    def over_all(self, loss: Tensor, weight: float) -> Tensor:
        """Put the sum over all processes, each times its ``weight``, in the place of the gradients; return that of the
        losses. A parameter that has a gradient in no process keeps none."""
        self._fill(loss, weight)
        dist.all_reduce(self._flat)
        self._hand_back()
        return self._loss.clone().squeeze()

    def _fill(self, loss: Tensor, weight: float) -> None:
        gradients = [_dense(each) for each in self._parameters]
        pairs = [(part, each) for part, each in zip(self._parts, gradients, strict=True) if each is not None]
        if len(pairs) < len(gradients):
            self._flat.zero_()
            self._there.copy_(torch.tensor([float(each is not None) for each in gradients]))
        else:
            self._there.fill_(1.0)
        if pairs:
            torch._foreach_copy_([part for part, _ in pairs], [each for _, each in pairs])
        self._loss.copy_(loss.detach())
        self._flat *= weight

    def _hand_back(self) -> None:
        missing = [place for place, each in enumerate(self._parameters) if each.grad is None]
        if missing:  # only then, as it waits for the device
            there = self._there.tolist()
            for place in missing:
                if there[place]:
                    self._parameters[place].grad = torch.empty_like(self._parameters[place])
        pairs = [(each.grad, part) for each, part in zip(self._parameters, self._parts, strict=True)]
        found = [(gradient, part) for gradient, part in pairs if gradient is not None]
        if found:
            torch._foreach_copy_([gradient for gradient, _ in found], [part for _, part in found])


def sums_of(parameters: Sequence[nn.Parameter], device: torch.device) -> list[Sum]:
    """Return the sums for all these gradients, that of the most exact numbers first: it has the loss."""
    of_type: dict[torch.dtype, list[nn.Parameter]] = {} if parameters else {torch.float32: []}
    for each in sorted(parameters, key=nn.Parameter.element_size, reverse=True):
        of_type.setdefault(each.dtype, []).append(each)
    return [Sum(alike, dtype, device) for dtype, alike in of_type.items()]


def _dense(parameter: nn.Parameter) -> Tensor | None:
    if parameter.grad is not None and parameter.grad.layout is not torch.strided:
        parameter.grad = parameter.grad.to_dense()
    return parameter.grad
