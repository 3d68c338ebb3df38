"""A look at a model as a JSON document, for scripts."""

from typing import TypeAlias

from dltui.model.look import Look
from dltui.model.rows import ModelRow
from dltui_trainers.runlog import ParameterStats, number_or_none

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def model_json(log: str, seen: Look) -> dict[str, Json]:
    """Return it as values of JSON; what is not finite is written by its name, what is not known as null."""
    totals = seen.totals
    return {
        "log": log,
        "step": seen.step,
        "record": seen.number,
        "records": len(seen.records),
        "parameters": totals.parameters,
        "trainable": totals.trainable,
        "noise_scale": number_or_none(totals.noise_scale),
        "batch_size": totals.batch_size,
        "batch_advice": str(totals.batch_advice),
        "tensors": [_row(row) for row in seen.shown],
    }


def _row(row: ModelRow) -> Json:
    parameter = row.parameter
    shape: Json = None if parameter.shape is None else list(parameter.shape)
    return {
        "name": row.name,
        "health": str(row.mark),
        "shape": shape,
        "parameters": parameter.count,
        "part": str(parameter.part),
        "module": parameter.kind,
        "trainable": parameter.trainable,
        "optimized": parameter.optimized,
        "update_ratio": number_or_none(parameter.update_ratio),
        "dead": number_or_none(parameter.dead),
        "saturated": number_or_none(parameter.saturated),
        **(_measured(parameter.stats) if parameter.stats is not None else {}),
    }


def _measured(stats: ParameterStats) -> dict[str, Json]:
    histogram: list[Json] = list(stats.histogram)
    return {
        "norm": stats.norm,
        "grad_norm": stats.grad_norm,
        "update_norm": stats.update_norm,
        "low": stats.low,
        "high": stats.high,
        "histogram": histogram,
    }
