"""What was done to a run while it trained, as JSON for scripts: a contract, as all that ``--json`` prints."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from dltui.interventions.effect import Effect, effects
from dltui.interventions.history import Intervention
from dltui.series.state import RunState
from dltui_trainers.runlog import Value, number

Json: TypeAlias = Mapping[str, "Json"] | Sequence["Json"] | Value


def interventions_json(state: RunState, until_step: float) -> list[Json]:
    """Return what was done up to that step, in the order of the log; a verdict that rests on later steps is null."""
    return [_object(made, effect, until_step) for made, effect in effects(state) if made.step <= until_step]


def _object(made: Intervention, effect: Effect | None, until_step: float) -> Json:
    known = effect is not None and not effect.until_step > until_step
    return {
        "id": made.id,
        "name": made.name,
        "step": made.step,
        "time_s": _finite(made.time_s),
        "settings": [
            {"hyperparameter": each.hparam or None, "from": _written(each.from_), "to": _written(each.to)}
            for each in made.settings
        ],
        "by": made.by,
        "reason": made.reason,
        "note": made.note,
        "done": made.done,
        "undone_at_step": made.undone_at_step,
        "effect": _effect(effect) if effect is not None and known else None,
    }


def _effect(effect: Effect) -> Json:
    return {
        "outcome": str(effect.outcome),
        "metric": str(effect.metric),
        "before": _finite(effect.before),
        "after": _finite(effect.after),
        "change": _finite(effect.change),
        "low": _finite(effect.low),
        "high": _finite(effect.high),
        "points": effect.points,
        "until_step": _finite(effect.until_step),
    }


def _finite(value: float) -> float | None:
    return round(value, 9) if math.isfinite(value) else None


def _written(value: Value) -> Value:
    return number(value) if isinstance(value, float) else value
