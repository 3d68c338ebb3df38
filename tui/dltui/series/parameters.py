"""One parameter tensor as a record tells it: what it is part of, how long its weights, gradient and update are.

Pure: from the manifest and the records to values. Whether something is wrong with it is for the diagnosis to say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dltui.series.state import RunState
from dltui_trainers.runlog import (
    LayerInfo,
    LayersRecord,
    Number,
    OutputStats,
    ParametersRecord,
    ParameterStats,
    number,
)


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
    """One tensor at one record. What is not known is None; what was logged as no number is NaN.

    ``module``: the name of the module that it belongs to, ``kind``: what that is (``Linear``). ``stats``: None where
    the record has none of it. ``outputs``: those of its module, or of the activation after it, as ``told_by`` names it.
    ``trainable``, ``optimized``: as the manifest tells them, True where it does not know the tensor.
    """

    name: str
    shape: tuple[int, ...] | None
    count: int | None
    part: Part
    module: str
    kind: str = ""
    trainable: bool = True
    optimized: bool = True
    stats: ParameterStats | None = None
    outputs: OutputStats | None = None
    told_by: str = ""

    @property
    def norm(self) -> float | None:
        """Euclidean length of the weights."""
        return None if self.stats is None else float(self.stats.norm)

    @property
    def grad_norm(self) -> float | None:
        """Length of the gradient; :attr:`has_gradient` tells whether there was none, or it is not known."""
        return _number(self.stats.grad_norm) if self.stats else None

    @property
    def has_gradient(self) -> bool | None:
        """Whether it had a part in the loss; None where nothing was measured."""
        return None if self.stats is None else self.stats.grad_norm is not None

    @property
    def update_ratio(self) -> float | None:
        """Length of the last update over that of the weights; None where one is not known, or the weights are 0."""
        return ratio_of(self.stats) if self.stats else None

    @property
    def dead(self) -> float | None:
        """The share of its module's units that were 0 for every sample."""
        return _number(self.outputs.dead) if self.outputs else None

    @property
    def saturated(self) -> float | None:
        """The share of its module's outputs that lie at an end of their range."""
        return _number(self.outputs.saturated) if self.outputs else None


def ratio_of(stats: ParameterStats) -> float | None:
    """Return the update-to-weight ratio; None where it cannot be told. One that is no number is NaN."""
    norm, update = float(stats.norm), _number(stats.update_norm)
    if update is None or norm == 0:
        return None
    return update / norm


def _number(value: Number | None) -> float | None:
    return None if value is None else float(value)


def records_of(state: RunState) -> Sequence[ParametersRecord]:
    """Return what is known of the parameters over time, oldest first.

    A log of before there were such records has the newest statistics by layer: those are the one record then.
    """
    if state.parameters or state.layers is None or not (state.manifest and state.manifest.model):
        return state.parameters
    return [_of_layers(state.layers, [layer.name for layer in state.manifest.model.layers])]


def _of_layers(record: LayersRecord, names: Iterable[str]) -> ParametersRecord:
    parameters: dict[str, ParameterStats] = {}
    outputs: dict[str, OutputStats] = {}
    for name in names:
        module = module_of(name)
        stats = record.layers.get(name) or (record.layers.get(module) if name == f"{module}.weight" else None)
        if stats is None:
            continue
        update = None if stats.update_ratio is None else float(stats.update_ratio) * float(stats.weight_norm)
        parameters[name] = ParameterStats(
            norm=stats.weight_norm, grad_norm=stats.grad_norm, update_norm=None if update is None else number(update)
        )
        if stats.dead is not None:
            outputs[module] = OutputStats(mean="nan", deviation="nan", dead=stats.dead)
    return ParametersRecord(step=record.step, time=record.time, parameters=parameters, outputs=outputs)


def parameters_at(state: RunState, record: ParametersRecord | None) -> list[Parameter]:
    """Return every parameter of the run as that record tells it (None: as the manifest alone does).

    In the order of the manifest; those that only the record knows come after.
    """
    layers = state.manifest.model.layers if state.manifest and state.manifest.model else []
    stats = record.parameters if record is not None else {}
    listed = {layer.name: layer for layer in layers}
    names = [*listed, *(name for name in stats if name not in listed)]
    told_by = output_names(record, map(module_of, names))
    found = []
    for name in names:
        teller = told_by.get(module_of(name), "")
        outputs = record.outputs[teller] if record is not None and teller else None
        found.append(_parameter(name, listed.get(name), stats.get(name), outputs, teller))
    return found


def _parameter(
    name: str, layer: LayerInfo | None, stats: ParameterStats | None, outputs: OutputStats | None, told_by: str
) -> Parameter:
    shape = tuple(layer.shape) if layer is not None else None
    return Parameter(
        name=name,
        shape=shape,
        count=layer.parameters if layer is not None else None,
        part=part_of(name, shape, layer.module if layer is not None else ""),
        module=module_of(name),
        kind=layer.module if layer is not None else "",
        trainable=layer is None or layer.trainable,
        optimized=layer is None or layer.optimized,
        stats=stats,
        outputs=outputs,
        told_by=told_by,
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


def output_names(record: ParametersRecord | None, modules: Iterable[str]) -> dict[str, str]:
    """Return, for each of the modules (which have parameters), whose outputs tell of it.

    What a layer puts out tells nothing of dead units; the activation after it does, which is a module of its own. So
    for a module that says nothing of them the next one that does stands, up to the next module with parameters.
    """
    if record is None or not record.outputs:
        return {}
    own = set(modules)
    found: dict[str, str] = {}
    latest: str | None = None
    for name, stats in record.outputs.items():
        if name in own:
            latest, found[name] = name, name
        elif latest is not None and _tells(stats) and not _tells(record.outputs[found[latest]]):
            found[latest] = name
    return found


def _tells(stats: OutputStats) -> bool:
    return stats.dead is not None or stats.saturated is not None
