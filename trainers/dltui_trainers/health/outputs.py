"""What the modules of a network put out while it trains: mean, deviation, dead units, saturated ones.

What is no module is not seen: of a ``F.relu(...)`` within somebody's ``forward`` the dead units stay unknown, and the
layer before it tells only of the numbers that went into it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from dltui_trainers.health.parameters import bare
from dltui_trainers.health.readings import Readings
from dltui_trainers.runlog import OutputStats, number

SAMPLES = 64
"""Samples of a batch that are looked at. A look at whole batches cost 14-57 % of a step, measured."""
MOST_VALUES = 2**18
"""Values of an output that are looked at: of the large pictures of a first convolution fewer samples do."""
ALMOST_ZERO = 1e-6
"""Smooth activations come as near to 0 as this where a relu is 0; their gradient then is as small."""
NEAR_END = 0.02
"""Share of its range within which a sigmoid or tanh counts as saturated: its slope is under 8 % of the steepest."""
_RANGES = {"sigmoid": (0.0, 1.0), "hardsigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "hardtanh": (-1.0, 1.0)}
_RECTIFYING = ("relu", "gelu", "silu", "swish", "mish")


class OutputGauge:
    """Looks at the outputs of one network, for a single step or for some samples.

    Looked at are the modules that have no others in them, or have parameters of their own. What ran several times is
    told of its first time. ``dead`` and ``saturated`` stand at the layer with the weights that the activation follows,
    norms between them or not: an activation that is used in several places tells of each. In a step it ignores passes
    without gradients: a validation in between.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = bare(model)
        self._hooks: list[RemovableHandle] = []
        self._begin()

    @property
    def attached(self) -> bool:
        """Whether the passes through the network are looked at."""
        return bool(self._hooks)

    def attach(self, *, also_without_gradients: bool = False) -> None:
        """Look at the passes from now on, which then take longer. Of a compiled network nothing may be seen."""
        self.detach()
        self._begin()
        self._also_without_gradients = also_without_gradients
        for name, module in self._model.named_modules():
            own = next(module.parameters(recurse=False), None) is not None
            if own or next(module.children(), None) is None:
                self._hooks.append(module.register_forward_hook(partial(self._ran, name or type(module).__name__)))

    def detach(self) -> None:
        """Leave the network as it was; what was seen can still be read."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def read(self) -> dict[str, OutputStats]:
        """Return what was seen since :meth:`attach`, in the order in which the modules ran; waits for the device."""
        read = self._readings.read()
        seen = list(self._seen)
        self._begin()
        found = {
            name: OutputStats(mean=number(mean), deviation=number(deviation))
            for kind, name in seen
            if kind == "spread"
            for mean, deviation in [read[kind, name]]
        }
        for kind, name in seen:
            if kind != "spread" and name in found:
                setattr(found[name], kind, number(read[kind, name][0]))
        return found

    def look(self, samples: Tensor) -> dict[str, OutputStats]:
        """Return what the network puts out for ``samples``: a pass more, as in a validation, that changes nothing."""
        self.attach(also_without_gradients=True)
        try:
            with undisturbed(self._model), torch.no_grad():
                self._model(samples)
        finally:
            self.detach()
        return self.read()

    def _begin(self) -> None:
        self._readings: Readings[tuple[str, str]] = Readings()
        self._seen: dict[tuple[str, str], None] = {}
        self._layer, self._dimension = "", 1
        self._also_without_gradients = False

    def _ran(self, name: str, module: nn.Module, inputs: object, output: object) -> None:
        if not (torch.is_grad_enabled() or self._also_without_gradients):
            return
        tensor = next(tensors_in(output), None)
        if tensor is None or not tensor.is_floating_point() or tensor.is_meta or not tensor.numel():
            return
        with torch.no_grad():
            self._look_at(name, module, some_samples(tensor.detach()))

    def _look_at(self, name: str, module: nn.Module, output: Tensor) -> None:
        own = list(module.parameters(recurse=False))
        dimensions = max((each.ndim for each in own), default=0)
        if dimensions > 1:  # a unit is a column of what a matrix puts out, and a channel of a convolution
            self._layer, self._dimension = name, -1 if dimensions == 2 else 1
        if ("spread", name) not in self._seen:
            deviation, mean = torch.std_mean(output.float(), correction=0)
            self._once("spread", name, torch.stack((mean, deviation)))
        if dimensions <= 1:
            self._look_at_activation(self._layer or name, type(module).__name__.lower(), output)

    def _look_at_activation(self, layer: str, kind: str, output: Tensor) -> None:
        if any(word in kind for word in _RECTIFYING):
            self._once("dead", layer, dead_share(output, self._dimension))
        elif kind in _RANGES:
            low, high = _RANGES[kind]
            near = NEAR_END * (high - low)
            self._once("saturated", layer, ((output < low + near) | (output > high - near)).float().mean())

    def _once(self, kind: str, name: str, values: Tensor) -> None:
        if (kind, name) not in self._seen:
            self._seen[kind, name] = None
            self._readings.add((kind, name), values)


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Let ``model`` run as in a validation; every module is then in the mode in which it was."""
    training = [each for each in model.modules() if each.training]
    model.eval()
    try:
        yield
    finally:
        for each in training:
            each.training = True


def tensors_in(output: object) -> Iterator[Tensor]:
    """Yield the tensors that a module put out: one, or those in a tuple, a dict or a data class of some."""
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, Mapping):
        for each in output.values():
            yield from tensors_in(each)
    elif isinstance(output, (tuple, list)):
        for each in output:
            yield from tensors_in(each)
    elif is_dataclass(output) and not isinstance(output, type):
        for part in fields(output):
            yield from tensors_in(getattr(output, part.name, None))


def some_samples(output: Tensor) -> Tensor:
    """Return the first samples of a batch."""
    if not output.ndim:
        return output
    return output[: max(1, min(SAMPLES, MOST_VALUES // max(1, output[0].numel())))]


def dead_share(output: Tensor, dimension: int) -> Tensor:
    """Return the share of the units along ``dimension`` that are 0 for every sample, at every place."""
    if output.ndim < 2:
        return (output.abs() <= ALMOST_ZERO).float().mean()
    units = (output.abs() > ALMOST_ZERO).movedim(dimension, 0).flatten(1)
    return 1 - units.any(1).float().mean()
