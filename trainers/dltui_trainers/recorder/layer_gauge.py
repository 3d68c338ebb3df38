"""The norms of a user's network at one step, measured in passing: a tenth of what every parameter's histogram costs."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import mul

import torch
from torch import Tensor

from dltui_trainers.health.parameters import evenly, measurable, norms
from dltui_trainers.runlog import LayerStats, OutputStats, ParameterStats, number, number_or_none
from dltui_trainers.watch import layer_name

MOST_SAMPLED = 8192
"""Values of a parameter that stand for all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Norms:
    """The norms of one step, and the statistics of each layer. A gradient of None: there was none."""

    grad_norm: float | None
    update_ratio: float | None
    layers: dict[str, LayerStats]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """The parameters as they lie in memory. ``samples`` are views of them, ``before`` holds what those were.

    ``shares``: by how much the norm of a whole parameter is larger than that of its sample. ``is_plain``: all are of
    one kind on one device, so that their norms can be had in one call.
    """

    names: list[str]
    parameters: list[Tensor]
    matrices: list[str]
    places: tuple[int, ...]
    samples: list[Tensor]
    before: list[Tensor]
    shares: list[float]
    is_plain: bool

    @classmethod
    def of(cls, named: Iterable[tuple[str, Tensor]]) -> "_Laid":
        measured = list(measurable(named))
        parameters = [each for _, each in measured]
        samples = [evenly(each.detach(), MOST_SAMPLED) for each in parameters]
        return cls(
            names=[name for name, _ in measured],
            parameters=parameters,
            matrices=[name for name, each in measured if each.ndim > 1],
            places=_places(parameters),
            samples=samples,
            before=[torch.empty_like(each) for each in samples],
            shares=[math.sqrt(each.numel() / some.numel()) for each, some in zip(parameters, samples, strict=True)],
            is_plain=len({(each.device, each.dtype) for each in parameters}) == 1 and parameters[0].element_size() > 2,
        )

    @property
    def holds(self) -> bool:
        """Whether the samples are still parts of the parameters: what does not lie in a row was copied for them."""
        return self.places == _places(self.parameters) == _places(self.samples)

    def norms(self, tensors: list[Tensor]) -> list[Tensor]:
        """Return the norms of tensors of their kinds."""
        return list(torch._foreach_norm(tensors)) if self.is_plain and tensors else norms(tensors)


class LayerGauge:
    """In a step: :meth:`before_update` when the gradients are complete, the optimiser's step, :meth:`after_update`.

    The norm of the gradient is exact; those of weights and updates are estimated from some thousand values of each
    parameter, which is a per cent away from the whole and, of a large one, a tenth of its cost.
    """

    def __init__(self, named: Iterable[tuple[str, Tensor]]) -> None:
        self._named = list(named)
        self._laid: _Laid | None = None
        self._gradients: list[str] = []
        self._grad_norms: list[Tensor] = []

    @torch.no_grad()
    def before_update(self) -> None:
        """Measure the gradients as they are now, and remember the weights."""
        if self._laid is None or len(self._laid.names) < len(self._named) or not self._laid.holds:
            self._laid = _Laid.of(self._named)
        laid = self._laid
        if laid.names:
            torch._foreach_copy_(laid.before, laid.samples)
        pairs = zip(laid.names, laid.parameters, strict=True)
        gradients = {name: each.grad for name, each in pairs if each.grad is not None}
        strided = {name: each for name, each in gradients.items() if each.layout is torch.strided}
        self._gradients, self._grad_norms = list(strided), laid.norms(list(strided.values()))

    @torch.no_grad()
    def after_update(self, scale: float = 1.0) -> Norms:
        """Return what was measured; waits for the device. ``scale``: what the gradients were multiplied by."""
        laid, gradients, grad_norms = self._laid, self._gradients, self._grad_norms
        self._gradients, self._grad_norms = [], []
        if laid is None or not laid.names:
            return _norms({}, {}, {}, [])
        samples = laid.samples if laid.holds else [evenly(each.detach(), MOST_SAMPLED) for each in laid.parameters]
        torch._foreach_sub_(laid.before, samples)  # the other way round: of a norm that is all the same
        every = [*grad_norms, *laid.norms([*samples, *laid.before])]
        flat = torch.stack(every if laid.is_plain else [each.cpu() for each in every]).tolist()
        at, count = len(gradients), len(laid.names)
        weights = map(mul, flat[at : at + count], laid.shares)
        moved = map(mul, flat[at + count :], laid.shares)
        return _norms(
            dict(zip(laid.names, weights, strict=True)),
            dict(zip(gradients, (value / scale for value in flat), strict=False)),
            dict(zip(laid.names, moved, strict=True)),
            laid.matrices,
        )


def _places(parameters: Iterable[Tensor]) -> tuple[int, ...]:
    return tuple(each.data_ptr() for each in parameters)


def norms_of(
    parameters: Mapping[str, ParameterStats], outputs: Mapping[str, OutputStats], matrices: Iterable[str]
) -> Norms:
    """Return the same from what was measured of each parameter, with the dead units of each layer."""
    known = {name: each for name, each in parameters.items() if each.update_norm is not None}
    found = _norms(
        {name: float(each.norm) for name, each in known.items()},
        {name: float(each.grad_norm) for name, each in known.items() if each.grad_norm is not None},
        {name: float(each.update_norm or 0.0) for name, each in known.items()},
        [name for name in matrices if name in known],
    )
    for layer, each in outputs.items():
        if layer in found.layers:
            found.layers[layer].dead = each.dead
    return found


def _norms(
    weights: Mapping[str, float], gradients: Mapping[str, float], moved: Mapping[str, float], matrices: Iterable[str]
) -> Norms:
    layers = {
        layer_name(name): LayerStats(
            weight_norm=number(weights[name]),
            grad_norm=number_or_none(gradients.get(name)),
            update_ratio=number_or_none(_ratio(moved[name], weights[name])),
        )
        for name in matrices
    }
    return Norms(
        grad_norm=math.hypot(*gradients.values()) if gradients else None,
        update_ratio=_ratio(math.hypot(*moved.values()), math.hypot(*weights.values())),
        layers=layers,
    )


def _ratio(update: float, weights: float) -> float | None:
    return update / weights if weights else None
