"""One parameter tensor as a record tells it: what it is part of, how long its weights, gradient and update are.

Pure: from the manifest and the records to values. Whether something is wrong with it is for the diagnosis to say.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dltui.series.state import RunState
from dltui_trainers.runlog import LayerInfo, Number, OutputStats, ParametersRecord, ParameterStats


class Part(StrEnum):
    """What a tensor is in its layer."""

    WEIGHT = "weight"
    BIAS = "bias"
    NORM = "norm"
    EMBEDDING = "embedding"
    OTHER = "other"

    @property
    def is_matrix(self) -> bool:
        """Whether the rule of 1e-3 for its updates holds: what begins at 0 or at 1 goes by no such rule."""
        return self in (Part.WEIGHT, Part.EMBEDDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One tensor at one record. What is not known is NaN, or None where nothing was said at all.

    ``stats``: None where the record has none of it. ``outputs``: those of its module, or of the activation after it.
    ``trainable``, ``optimized``: as the manifest tells them, True where it does not know the tensor.
    """

    name: str
    shape: tuple[int, ...] | None
    count: int | None
    part: Part
    module: str
    trainable: bool = True
    optimized: bool = True
    stats: ParameterStats | None = None
    outputs: OutputStats | None = None

    @property
    def norm(self) -> float:
        """Euclidean length of the weights."""
        return known(self.stats.norm) if self.stats else math.nan

    @property
    def grad_norm(self) -> float | None:
        """Length of the gradient; None where there was none, NaN where it was not measured."""
        if self.stats is None:
            return math.nan
        return None if self.stats.grad_norm is None else float(self.stats.grad_norm)

    @property
    def update_ratio(self) -> float:
        """Length of the last update over that of the weights; NaN where one is not known, or the weights are all 0."""
        return ratio_of(self.stats) if self.stats else math.nan

    @property
    def dead(self) -> float:
        """The share of its module's units that were 0 for every sample."""
        return known(self.outputs.dead) if self.outputs else math.nan

    @property
    def saturated(self) -> float:
        """The share of its module's outputs that lie at an end of their range."""
        return known(self.outputs.saturated) if self.outputs else math.nan


def known(value: Number | None) -> float:
    """Return a number of the log; NaN where it has none."""
    return math.nan if value is None else float(value)


def ratio_of(stats: ParameterStats) -> float:
    """Return the update-to-weight ratio, NaN where it cannot be told."""
    norm, update = known(stats.norm), known(stats.update_norm)
    return update / norm if norm > 0 else math.nan


def parameters_at(state: RunState, record: ParametersRecord | None) -> list[Parameter]:
    """Return every parameter of the run as that record tells it (None: as the manifest alone does).

    In the order of the manifest; those that only the record knows come after.
    """
    layers = state.manifest.model.layers if state.manifest and state.manifest.model else []
    stats = record.parameters if record is not None else {}
    listed = {layer.name: layer for layer in layers}
    names = [*listed, *(name for name in stats if name not in listed)]
    outputs = outputs_by_module(record, map(module_of, names))
    return [_parameter(name, listed.get(name), stats.get(name), outputs.get(module_of(name))) for name in names]


def _parameter(
    name: str, layer: LayerInfo | None, stats: ParameterStats | None, outputs: OutputStats | None
) -> Parameter:
    if layer is None:
        part = part_of(name, None, "")
        return Parameter(
            name=name, shape=None, count=None, part=part, module=module_of(name), stats=stats, outputs=outputs
        )
    shape = tuple(layer.shape)
    return Parameter(
        name=name,
        shape=shape,
        count=layer.parameters,
        part=part_of(name, shape, layer.module),
        module=module_of(name),
        trainable=layer.trainable,
        optimized=layer.optimized,
        stats=stats,
        outputs=outputs,
    )


def module_of(parameter: str) -> str:
    """Return the name of the module whose parameter it is; empty for one of the model itself."""
    return parameter.rpartition(".")[0]


def part_of(name: str, shape: Sequence[int] | None, module: str) -> Part:
    """Return what a tensor is, by the kind of its module, by its own name, and by its dimensions."""
    kind, last = module.lower(), name.rpartition(".")[2].lower()
    layer = module_of(name).rpartition(".")[2].lower()
    if "bias" in last:
        return Part.BIAS
    if "norm" in kind or (not kind and ("norm" in layer or layer.startswith(("bn", "ln")))):
        return Part.NORM
    if "embed" in kind or "embed" in last or (not kind and "embed" in layer):
        return Part.EMBEDDING
    if shape is None:
        return Part.WEIGHT if "weight" in last or last == "kernel" else Part.OTHER
    return Part.WEIGHT if len(shape) > 1 else Part.OTHER


def outputs_by_module(record: ParametersRecord | None, modules: Iterable[str]) -> dict[str, OutputStats]:
    """Return the outputs of each of the modules, which have parameters.

    What a layer puts out tells nothing of dead units; the activation after it does, which is a module of its own. So
    a module that says nothing of them has those of the next one that does, up to the next module with parameters.
    """
    if record is None or not record.outputs:
        return {}
    own = set(modules)
    found: dict[str, OutputStats] = {}
    latest = ""
    for name, stats in record.outputs.items():
        if name in own:
            latest, found[name] = name, stats
        elif latest and _tells(stats) and not _tells(found[latest]):
            found[latest] = stats
    return found


def _tells(stats: OutputStats) -> bool:
    return stats.dead is not None or stats.saturated is not None


def record_at(records: Sequence[ParametersRecord], step: float | None) -> int | None:
    """Return which record was the newest at that step (None: the last one); None where there was none."""
    if step is None:
        return len(records) - 1 if records else None
    before = bisect_right([record.step for record in records], step) - 1
    return before if before >= 0 else None
