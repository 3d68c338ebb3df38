"""The network as the rules see it: each layer with its parameters, and what was measured of them over time.

Not a rule. The manifest tells the layers, in the order in which the network names them, the records of the parameters
what became of them. Of many records a few are looked at, so a diagnosis costs the same at any length.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dltui_trainers.runlog import LayerInfo, ModelInfo, Number, ParametersRecord, ParameterStats

LEAST_RECORDS = 3
"""Records before it is said that something was never otherwise: one or two may have met a step that was skipped."""
MOST_RECORDS = 6
MOST = 0.5
SAME = 1e-6
"""Weights that differ by less are equal: what is left is the order in which a float32 was added up."""
_OWN = re.compile(r"(weight|bias|in_proj)(_.*)?")
"""What a module of torch calls its parameters; one with another name is a layer by itself (``pos_embed``)."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One parameter tensor: what the manifest tells of it, and its statistics in the records that are looked at."""

    info: LayerInfo
    stats: tuple[ParameterStats, ...]

    @property
    def is_matrix(self) -> bool:
        """Whether it is a weight that connects units, and no bias or scale."""
        return len(self.info.shape) >= 2

    @property
    def constant(self) -> float:
        """The value that all its weights have in every record, as the newest tells it; NaN where they differ in one."""
        values = (_constant(each) for each in reversed(self.stats))
        newest = next(values, math.nan)
        return newest if not math.isnan(newest) and not any(map(math.isnan, values)) else math.nan

    @property
    def grad_norms(self) -> list[float]:
        """The norm of its gradient at each record; NaN where it had none."""
        return [_read(each.grad_norm) for each in self.stats]

    @property
    def stands_still(self) -> bool:
        """Whether no update has moved it, and it is the same in all records."""
        first = self.stats[0]
        return all(
            (each.norm, each.low, each.high) == (first.norm, first.low, first.high) and not (each.update_norm or 0)
            for each in self.stats
        )


@dataclass(frozen=True, slots=True)
class Layer:
    """A module with parameters of its own, or a parameter that is no part of one."""

    name: str
    tensors: tuple[Tensor, ...]

    @property
    def module(self) -> str:
        """What kind of module it is: ``Linear``."""
        return self.tensors[0].info.module

    @property
    def size(self) -> int:
        """How many scalars its parameters are."""
        return sum(each.info.parameters for each in self.tensors)

    @property
    def core(self) -> tuple[Tensor, ...]:
        """Its matrices, or all that it has where there is none: a layer is what these are."""
        return tuple(each for each in self.tensors if each.is_matrix) or self.tensors

    @property
    def connects(self) -> bool:
        """Whether it connects units with others, as no norm, embedding or single parameter does."""
        return self.tensors[0].is_matrix and bool(self.module) and "Embedding" not in self.module and self.is_module

    @property
    def is_module(self) -> bool:
        """Whether its parameters have the names that modules of torch give them."""
        return bool(_OWN.fullmatch(self.tensors[0].info.name.rpartition(".")[2]))

    @property
    def trainable(self) -> bool:
        """Whether what it is can be trained at all."""
        return any(each.info.trainable for each in self.core)

    @property
    def optimized(self) -> bool:
        """Whether an optimiser has all of what can be trained of it."""
        return all(each.info.optimized for each in self.core if each.info.trainable)


@dataclass(frozen=True, slots=True)
class Network:
    """All layers in order, and the steps of the records that are looked at, oldest first."""

    layers: tuple[Layer, ...]
    steps: tuple[float, ...]

    @property
    def measured(self) -> tuple[Layer, ...]:
        """The layers of whose trainable parameters there are enough records to say: never."""
        return tuple(
            each
            for each in self.layers
            if each.trainable and all(len(tensor.stats) >= LEAST_RECORDS for tensor in each.core)
        )

    def share(self, layers: Iterable[Layer]) -> float:
        """The share of all scalars that those layers hold."""
        return sum(each.size for each in layers) / max(1, sum(each.size for each in self.layers))

    def is_backbone(self, layers: Sequence[Layer]) -> bool:
        """Whether those are the first layers, or several that are most of the network: what a fine-tuning leaves."""
        connecting = [each for each in self.layers if each.connects]
        chosen = [each for each in layers if each.connects]
        return connecting[: len(chosen)] == chosen or (len(chosen) > 1 and self.share(layers) > MOST)

    def border(self, layers: Sequence[Layer]) -> str:
        """The first layer after ``layers``, if these are all before it; empty otherwise."""
        following = self.layers[len(layers) :]
        return following[0].name if following and self.layers[: len(layers)] == tuple(layers) else ""


def network_of(model: ModelInfo | None, records: Sequence[ParametersRecord]) -> Network:
    """Return the network; without a model in the manifest it has no layers."""
    seen = _chosen(records)
    tensors = [
        Tensor(info, tuple(each.parameters[info.name] for each in seen if info.name in each.parameters))
        for info in (model.layers if model else ())
        if info.parameters > 0
    ]
    layers: dict[str, list[Tensor]] = {}
    for each in tensors:
        layers.setdefault(_layer_of(each.info), []).append(each)
    return Network(
        tuple(Layer(name, tuple(found)) for name, found in layers.items()), tuple(float(each.step) for each in seen)
    )


def names(layers: Iterable[Layer]) -> tuple[str, ...]:
    """Return what the layers are called, in their order."""
    return tuple(each.name for each in layers)


def _chosen(records: Sequence[ParametersRecord]) -> list[ParametersRecord]:
    """The first, the newest, and some evenly between them."""
    most = min(len(records), MOST_RECORDS)
    return [records[round(place * (len(records) - 1) / max(1, most - 1))] for place in range(most)]


def _layer_of(info: LayerInfo) -> str:
    module, _, own = info.name.rpartition(".")
    if not _OWN.fullmatch(own):
        return info.name
    return module or info.module or info.name


def _constant(stats: ParameterStats) -> float:
    low, high = _read(stats.low), _read(stats.high)
    return low if math.isfinite(low) and abs(high - low) <= SAME * max(abs(low), abs(high)) else math.nan


def _read(value: Number | None) -> float:
    return math.nan if value is None else float(value)
