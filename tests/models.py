"""A model made by hand for tests: a manifest's layers, and records of their parameters over time."""

from typing import Any

from runlogs import START_S, STEPS_PER_EPOCH, evaluation, step

from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui_trainers.runlog import (
    AnyRecord,
    LayerInfo,
    ModelInfo,
    Number,
    OutputStats,
    ParametersRecord,
    ParameterStats,
)


def layer(name: str, shape: list[int], module: str = "Linear", **rest: Any) -> LayerInfo:
    """Return a parameter of the manifest."""
    count = 1
    for size in shape:
        count *= size
    return LayerInfo(name=name, shape=shape, parameters=count, **{"trainable": True, "module": module, **rest})


LAYERS = [
    layer("embed.weight", [100, 32], "Embedding"),
    layer("body.0.weight", [64, 32]),
    layer("body.0.bias", [64]),
    layer("body.norm.weight", [64], "LayerNorm", trainable=False),
    layer("body.2.weight", [64, 64]),
    layer("body.2.bias", [64]),
    layer("head.weight", [10, 64]),
    layer("head.bias", [10], optimized=False),
]
MODEL = ModelInfo(
    parameters=sum(each.parameters for each in LAYERS),
    trainable=sum(each.parameters for each in LAYERS if each.trainable),
    layers=LAYERS,
)
HISTOGRAM = [0, 0, 1, 4, 10, 30, 60, 100, 100, 60, 30, 10, 4, 1, 0, 0]


def stats(norm: float = 2.0, ratio: float | None = 1e-3, **rest: Any) -> ParameterStats:
    """Return what was measured of a parameter that is well."""
    update = None if ratio is None else ratio * norm
    usual = {"grad_norm": 0.1, "low": -0.5, "high": 0.5, "histogram": HISTOGRAM}
    return ParameterStats(norm=norm, update_norm=update, **{**usual, **rest})


def measured(
    at: int, noise_scale: Number | None = None, changed: dict[str, ParameterStats] | None = None, **also: ParameterStats
) -> ParametersRecord:
    """Return a record of :data:`LAYERS` at a step; ``changed``: other statistics by name; ``also``: ``__`` for a point.

    The units of body.0 die, and more of them each time: half of them at step 50.
    """
    parameters = {each.name: stats(2.0 + at / 100) for each in LAYERS}
    parameters["body.norm.weight"] = stats(8.0, 0.0, grad_norm=None)
    parameters["head.weight"] = stats(3.0, 0.2)
    parameters["body.2.weight"] = stats(3.0, 2e-6)
    outputs = {
        "body.0": OutputStats(mean=0.1, deviation=1.0),
        "body.1": OutputStats(mean=0.4, deviation=0.6, dead=min(at / 100, 1.0)),
        "body.2": OutputStats(mean=0.2, deviation=0.9),
    }
    parameters |= changed or {}
    parameters |= {name.replace("__", "."): each for name, each in also.items()}
    return ParametersRecord(
        step=at, time=START_S + 0.1 * at, parameters=parameters, outputs=outputs, noise_scale=noise_scale
    )


def watched_run(*records: ParametersRecord, steps: int = 100) -> list[AnyRecord]:
    """Return a training with those records of its parameters among the others, by default every 20 steps."""
    known = {each.step: each for each in records or (measured(at, 500.0) for at in range(20, steps + 1, 20))}
    written: list[AnyRecord] = []
    for at in range(1, steps + 1):
        written.append(step(at))
        if at % STEPS_PER_EPOCH == 0:
            written.append(evaluation(at, 1 / at))
        if at in known:
            written.append(known[at])
    return written


def watched_updates(
    *records: ParametersRecord, status: RunStatus = RunStatus.FINISHED, **changes: Any
) -> list[RunUpdate]:
    """Return what a follower says of such a run."""
    from fakes import updates_of

    return updates_of(watched_run(*records), status, **{"model": MODEL, **changes})
