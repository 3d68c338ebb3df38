"""Every parameter of a network at one step: its norm, its gradient's, that of the update, and how its values lie.

All is computed where the parameters are and brought from there at once, so a GPU is waited for a single time. Of large
tensors the histograms, and of large networks the updates, are told from values taken evenly all over the tensor.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import gcd

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from dltui_trainers.health.readings import Readings
from dltui_trainers.runlog import Number, ParameterStats, number

BINS = 16
MOST_VALUES = 2**16
"""Values of a tensor that a histogram counts: with 4096 in a bin a count is within 2 % of what it would be of all."""
MOST_REMEMBERED = 2**26
"""Weights of a network of which each is remembered over an update: 256 MB of floats. Of a larger network at most
``MOST_VALUES`` of a tensor are, which tell the norm of its update within 1 %, and no memory runs out."""


def bare(model: nn.Module) -> nn.Module:
    """Return the network that a wrapper (DistributedDataParallel, DataParallel, torch.compile) was put around.

    Its parameters then have the names that the user's own code gives them.
    """
    while True:
        if isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):
            model = inner
        elif type(model).__name__ in ("DistributedDataParallel", "DataParallel"):
            model = model.get_submodule("module")
        else:
            return model


def measurable(named: Iterable[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
    """Yield the parameters that have real numbers here and now, each once.

    Left out are those not yet made (lazy modules, the meta device), complex, quantised and empty ones, and those that
    are spread over several processes: to measure such a one all of them would have to take part.
    """
    seen: set[int] = set()
    for name, each in named:
        if id(each) in seen or is_lazy(each) or each.is_meta or hasattr(each, "to_local"):
            continue
        if each.layout is torch.strided and each.is_floating_point() and each.numel():
            seen.add(id(each))
            yield name, each


class ParameterGauge:
    """The gauge of one network.

    In a step: :meth:`before_update` when its gradients are complete, then the optimiser's step, then
    :meth:`after_update`. Between the two it holds a copy of the weights.
    """

    def __init__(self, parameters: nn.Module | Iterable[tuple[str, Tensor]]) -> None:
        self._model = bare(parameters) if isinstance(parameters, nn.Module) else None
        self._named = [] if isinstance(parameters, nn.Module) else list(parameters)
        self._readings: Readings[tuple[str, str]] = Readings()
        self._weights: dict[str, Tensor] = {}
        self._before: dict[str, Tensor] = {}
        self._share: dict[str, int] = {}

    @torch.no_grad()
    def before_update(self) -> None:
        """Measure the gradients as they are now, and remember the weights."""
        self._forget()
        self._weights = {name: each.detach() for name, each in measurable(self._parameters())}
        gradients = {
            name: values for name, each in measurable(self._parameters()) if (values := _gradient(each)) is not None
        }
        self._add_norms("grad_norm", gradients)
        for name, gradient in gradients.items():
            if gradient.numel() == self._weights[name].numel():  # of a sparse one the zeros are not there to be counted
                self._add_spread("grad", name, gradient)
        whole = sum(each.numel() for each in self._weights.values()) <= MOST_REMEMBERED
        self._share = {name: each.numel() if whole else MOST_VALUES for name, each in self._weights.items()}
        self._before = {name: evenly(each, self._share[name]).clone() for name, each in self._weights.items()}

    @torch.no_grad()
    def after_update(self) -> dict[str, ParameterStats]:
        """Return what was measured, by the name of the parameter; waits for the device."""
        self._add_norms("norm", self._weights)
        updates = {}
        for name, weight in self._weights.items():
            self._add_spread("", name, weight)
            updates[name] = evenly(weight, self._share[name]) - self._before[name]
        self._add_norms("update_norm", updates)
        scales = {name: math.sqrt(self._weights[name].numel() / update.numel()) for name, update in updates.items()}
        read = self._readings.read()
        self._forget()
        return {name: _stats(name, read, scale) for name, scale in scales.items()}

    def _parameters(self) -> Iterable[tuple[str, Tensor]]:
        return self._named if self._model is None else self._model.named_parameters()

    def _forget(self) -> None:
        """Hold nothing that takes memory from one measurement to the next."""
        self._readings = Readings()
        self._weights, self._before, self._share = {}, {}, {}

    def _add_norms(self, what: str, tensors: dict[str, Tensor]) -> None:
        for name, norm in zip(tensors, norms(list(tensors.values())), strict=True):
            self._readings.add((what, name), norm)

    def _add_spread(self, what: str, name: str, tensor: Tensor) -> None:
        low, high = tensor.aminmax()
        self._readings.add((f"{what}low", name), torch.stack((low, high)))
        self._readings.add((f"{what}histogram", name), counts(evenly(tensor), low, high))


def _gradient(parameter: Tensor) -> Tensor | None:
    gradient = parameter.grad
    if gradient is None or gradient.layout is torch.strided:
        return gradient
    return gradient.coalesce().values() if gradient.is_sparse else None


def _stats(name: str, read: dict[tuple[str, str], Sequence[float]], scale: float) -> ParameterStats:
    """``scale``: the norm of the whole update over that of the part which is known."""
    stats = ParameterStats(norm=_told(read["norm", name][0]), update_norm=_told(read["update_norm", name][0] * scale))
    stats.low, stats.high, stats.histogram = _spread("", name, read)
    if ("grad_norm", name) in read:
        stats.grad_norm = _told(read["grad_norm", name][0])
    if ("gradlow", name) in read:
        stats.grad_low, stats.grad_high, stats.grad_histogram = _spread("grad", name, read)
    return stats


def _spread(what: str, name: str, read: dict[tuple[str, str], Sequence[float]]) -> tuple[Number, Number, list[int]]:
    low, high = read[f"{what}low", name]
    finite = math.isfinite(low) and math.isfinite(high)
    return _told(low), _told(high), [int(each) for each in read[f"{what}histogram", name]] if finite else []


def _told(value: float) -> Number:
    """As many digits as a float32 has: the others are of its conversion, and would take half of the log."""
    return number(float(f"{value:.7g}"))


def norms(tensors: list[Tensor]) -> list[Tensor]:
    """Return the Euclidean norm of each, where it is; numbers of 16 bits are added up as ones of 32."""
    found: list[Tensor | None] = [None] * len(tensors)
    groups: defaultdict[tuple[torch.device, torch.dtype], list[int]] = defaultdict(list)
    for place, each in enumerate(tensors):
        if each.element_size() < 4:
            found[place] = torch.linalg.vector_norm(each, dtype=torch.float32)
        else:
            groups[each.device, each.dtype].append(place)
    for places in groups.values():
        for place, norm in zip(places, torch._foreach_norm([tensors[each] for each in places]), strict=True):
            found[place] = norm
    return [each for each in found if each is not None]


def evenly(tensor: Tensor, most: int = MOST_VALUES) -> Tensor:
    """Return at most ``most`` values taken evenly all over the tensor, in a row; a view of it where that can be."""
    row = tensor.reshape(-1)
    stride = -(-len(row) // most)
    # A stride that shares a factor with the length of the rows of a matrix would look at some columns only.
    while gcd(stride, len(row)) > 1:
        stride += 1
    return row[::stride]


def counts(values: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Return how many lie in each of the equal bins from ``low`` to ``high``; anything where they are not finite.

    Nothing is asked of the device, for which the bounds would have to be brought from there first.
    """
    values, low, high = values.float(), low.float(), high.float()
    share = (values - low) / (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    bins = (share * BINS).long().clamp_(0, BINS - 1)
    if bins.device.type == "cpu":
        return torch.bincount(bins, minlength=BINS)
    return (bins == torch.arange(BINS, device=bins.device).unsqueeze(1)).sum(1)
