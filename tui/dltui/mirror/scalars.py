"""What a record tells as scalars by their tags, as dashboards show them."""

from collections.abc import Iterator
from dataclasses import dataclass

from dltui.export.tensorboard import EPOCH, TAGS
from dltui_trainers.runlog import (
    EVAL_METRICS,
    STEP_METRICS,
    EvalRecord,
    LayersRecord,
    MetricsRecord,
    Number,
    ParametersRecord,
    Record,
    StepRecord,
    SystemRecord,
)

_LAYER = ("weight_norm", "grad_norm", "update_ratio", "dead")
_GPU = ("util", "mem", "temp", "power")
_SYSTEM = ("cpu", "rss", "memory_free", "disk_free")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalars:
    """The values of one record, tag -> value, at its step and its time (Unix seconds)."""

    step: int
    time: float
    values: dict[str, float]


def scalars_of(record: Record) -> Scalars | None:
    """Return what ``record`` tells as scalars; None where it tells none."""
    values = {tag: float(value) for tag, value in _values(record) if value is not None}
    if set(values) <= {EPOCH}:
        return None
    return Scalars(step=record.step, time=record.time, values=values)


def _values(record: Record) -> Iterator[tuple[str, Number | None]]:
    if isinstance(record, (StepRecord, EvalRecord)):
        names = STEP_METRICS if isinstance(record, StepRecord) else EVAL_METRICS
        yield from ((TAGS[name], getattr(record, name)) for name in names)
    elif isinstance(record, MetricsRecord):
        yield from record.values.items()
    elif isinstance(record, LayersRecord):
        for layer, stats in record.layers.items():
            yield from ((f"layers/{layer}/{name}", getattr(stats, name)) for name in _LAYER)
    elif isinstance(record, ParametersRecord):
        yield "noise_scale", record.noise_scale
    elif isinstance(record, SystemRecord):
        yield from ((f"system/{name}", getattr(record, name)) for name in _SYSTEM)
        for gpu in record.gpus:
            yield from ((f"system/gpu{gpu.index}_{name}", getattr(gpu, name)) for name in _GPU)
    epoch = getattr(record, "epoch", None)
    if epoch not in (None, "nan"):
        yield EPOCH, epoch
