"""What we measure beside the loss: gradient norm, update ratio, and the health of each layer.

Nothing here changes the training: no random number is drawn, no statistic of a batch norm moves, no mode is left
switched. Every measurement waits for the device once.
"""

import math

import torch
from torch import Tensor, nn

from dltui_trainers.metrics import evaluating
from dltui_trainers.runlog import LayerStats, number, number_or_none

SAMPLES = 64
"""Samples that the layers are looked at with. A hook on a whole batch cost 14-57 % of a step, measured."""
CHARACTERS = 512
"""Characters of a text that they are looked at with: a transformer does at each one what an MLP does for a sample."""
ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.GELU, nn.Sigmoid, nn.Tanh)
_MATRICES = {
    "weight_ih_l0": "input",
    "weight_hh_l0": "recurrent",
    "weight_ih_l0_reverse": "input.reverse",
    "weight_hh_l0_reverse": "recurrent.reverse",
    "in_proj_weight": "in_proj",
}
"""The matrices of a GRU and of an attention, which have several."""


class Watch:
    """The gauges of one model.

    In a step: :meth:`measure_gradients` after the backward pass, then :meth:`remember_weights` where the update is to
    be measured, the optimiser's step, and :meth:`measure_update`. :meth:`layers` spreads the last of each by layer.
    """

    def __init__(self, model: nn.Module, samples: Tensor) -> None:
        self._model = model
        self.samples = samples[: _samples_to_look_at(samples)]
        """Those that the network is looked at with."""
        named = [(name, each) for name, each in model.named_parameters() if each.requires_grad]
        self._names = [name for name, _ in named]
        self._parameters = [each for _, each in named]
        self._weights = [each.detach() for each in self._parameters]
        self._before = [torch.empty_like(each) for each in self._weights]
        self._grad_norms: list[float] = []
        self._weight_norms: list[float] = []
        self._update_norms: list[float] = []
        self._dead: dict[str, float] | None = None

    def measure_gradients(self) -> float:
        """Return the norm of the whole gradient. A parameter that had no part in the loss counts as 0."""
        gradients = [each.grad if each.grad is not None else torch.zeros_like(each) for each in self._parameters]
        self._grad_norms = _norms(gradients)
        return math.hypot(*self._grad_norms)

    def remember_weights(self) -> None:
        """Keep the weights as they are before an update."""
        torch._foreach_copy_(self._before, self._weights)

    def measure_update(self) -> float | None:
        """Return the norm of the last update over the norm of the weights; ``None`` while the weights are all 0.

        About 1e-3 is healthy for Adam and SGD alike; 1e-1 throws away what was learned, 1e-5 stands still.
        """
        torch._foreach_sub_(self._before, self._weights)  # in its place: new memory would cost more than the arithmetic
        norms = _norms([*self._weights, *self._before])
        half = len(self._weights)
        self._weight_norms, self._update_norms = norms[:half], norms[half:]
        return _ratio(math.hypot(*self._update_norms), math.hypot(*self._weight_norms))

    def layers(self, *, look: bool = True) -> dict[str, LayerStats]:
        """Return the statistics of each layer with a weight matrix, from the last measurements of this step.

        Without ``look`` the dead units are those of the last look, which is what costs most.
        """
        if look or self._dead is None:
            self._dead = dead_units(self._model, self.samples)
        dead, stats = self._dead, {}
        measured = zip(
            self._names, self._weights, self._weight_norms, self._grad_norms, self._update_norms, strict=True
        )
        for name, weight, weight_norm, grad_norm, update_norm in measured:
            if weight.ndim < 2:
                continue
            layer = layer_name(name)
            stats[layer] = LayerStats(
                weight_norm=number(weight_norm),
                grad_norm=number(grad_norm),
                update_ratio=number_or_none(_ratio(update_norm, weight_norm)),
                dead=dead.get(layer),
            )
        return stats


def _samples_to_look_at(samples: Tensor) -> int:
    """Texts are numbers of characters, all other samples floats."""
    return SAMPLES if samples.is_floating_point() else max(1, CHARACTERS // samples[0].numel())


def layer_name(parameter: str) -> str:
    """Return the name of the layer, or of the part of one, whose weight matrix ``parameter`` is."""
    layer, _, matrix = parameter.rpartition(".")
    if matrix == "weight":
        return layer or matrix
    return f"{layer}.{_MATRICES[matrix]}" if matrix in _MATRICES else parameter


def dead_units(model: nn.Module, samples: Tensor) -> dict[str, float]:
    """Return, for each layer with an activation after it, the share of its units that are 0 for every sample.

    A unit is a column of a linear layer, at all places of a sequence, or a channel of a convolution. An activation
    belongs to the layer that ran last before it, so norms may stand between. A relu unit that is 0 for every sample
    passes no gradient on: it cannot recover. The activations inside a GRU are not seen.
    """
    zero: dict[str, Tensor] = {}
    latest, dimension = "", 1

    def entered(name: str, module: nn.Module) -> None:
        nonlocal latest, dimension
        latest, dimension = name, -1 if isinstance(module, nn.Linear) else 1

    def activated(output: Tensor) -> None:
        units = (output != 0).movedim(dimension, 0).flatten(1)
        if latest:
            zero[latest] = 1 - units.any(1).float().mean()

    hooks = []
    for name, module in model.named_modules():
        if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
            hooks.append(module.register_forward_hook(lambda module, *_, name=name: entered(name, module)))
        elif isinstance(module, ACTIVATIONS):
            hooks.append(module.register_forward_hook(lambda module, inputs, output: activated(output)))
    try:
        with evaluating(model):
            model(samples)
    finally:
        for hook in hooks:
            hook.remove()
    return dict(zip(zero, torch.stack(list(zero.values())).tolist(), strict=True)) if zero else {}


def _norms(tensors: list[Tensor]) -> list[float]:
    """The norm of each tensor; all are brought from the device at once."""
    if not tensors:
        return []
    norms: list[float] = torch.stack(torch._foreach_norm(tensors)).tolist()
    return norms


def _ratio(update: float, weights: float) -> float | None:
    return update / weights if weights else None
