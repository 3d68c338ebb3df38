"""The settings of a training as a run tells them: plain values, by our names where there is one for it."""

import enum
import math
import re
from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any

from dltui_trainers.choices import Optimizer, Schedule
from dltui_trainers.runlog import Value

MOST_SETTINGS = 200
MOST_TEXT = 200
"""Characters: a prompt or a whole configuration as a text helps nobody in a table."""
_SECRET = re.compile(r"token|password|passwd|secret|credential|api_?key", re.IGNORECASE)

_SCHEDULES = {
    "StepLR": Schedule.STEP,
    "MultiStepLR": Schedule.STEP,
    "ExponentialLR": Schedule.EXPONENTIAL,
    "CosineAnnealingLR": Schedule.COSINE,
    "OneCycleLR": Schedule.ONE_CYCLE,
    "ReduceLROnPlateau": Schedule.PLATEAU,
}


def plain(values: Mapping[Any, Any]) -> dict[str, Value]:
    """Return ``values`` as a log can tell them: mappings taken apart (``net.width``), sequences as a text.

    What is no setting (a module, a tensor) is left out, and so is what a password or a token may stand in.
    """
    found: dict[str, Value] = {}
    _gather(values, "", found, depth=0)
    return found


def _gather(values: Mapping[Any, Any], above: str, found: dict[str, Value], depth: int) -> None:
    for key, value in values.items():
        name = f"{above}{key}"
        if len(found) >= MOST_SETTINGS or _SECRET.search(name):
            continue
        if isinstance(value, Mapping) and depth < 4:
            _gather(value, f"{name}.", found, depth + 1)
        elif (told := _value(value)) is not None:
            found[name] = told


def _value(value: Any) -> Value:
    """Return one value of JSON, or None for what cannot be told in one."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (str, PathLike)):
        return str(value)[:MOST_TEXT]
    if isinstance(value, (list, tuple)) and all(isinstance(each, (bool, int, float, str)) for each in value):
        return ",".join(map(str, value))[:MOST_TEXT]
    return None


def optimizer_settings(optimizer: Any) -> dict[str, Value]:
    """Return what a torch optimiser says of itself: its name, and of its first group the values that we know.

    The rate is the one that the schedule starts from, where there is a schedule.
    """
    group: dict[str, Any] = next(iter(getattr(optimizer, "param_groups", ())), {})
    told: dict[str, Any] = {"optimizer": _optimizer_name(type(optimizer).__name__, group)}
    told["lr"] = group.get("initial_lr", group.get("lr"))
    told["weight_decay"] = group.get("weight_decay")
    told["momentum"] = group.get("momentum", next(iter(group.get("betas", ())), None))
    return plain({name: _number(value) for name, value in told.items()})


def _optimizer_name(name: str, group: Mapping[str, Any]) -> str:
    name = name.lower()
    if name == Optimizer.SGD and group.get("momentum"):
        return Optimizer.NESTEROV if group.get("nesterov") else Optimizer.MOMENTUM
    return name


def _number(value: Any) -> Any:
    """A rate may be a tensor (``capturable``)."""
    return value.item() if hasattr(value, "item") else value


def schedule_name(schedulers: Iterable[Any]) -> str:
    """Return how the rate moves: our word for it, else the name of the scheduler's class."""
    names = [type(each).__name__ for each in schedulers if each is not None]
    return ",".join(_SCHEDULES.get(name, name) for name in names) or Schedule.CONSTANT


def count(value: Any) -> int:
    """Return a number of steps or epochs, 0 where it is unknown or endless."""
    return int(value) if isinstance(value, (int, float)) and 0 < value < 2**53 else 0


def length(of: Any) -> int | None:
    """Return how many there are; None for what does not know it (a stream)."""
    try:
        return len(of)
    except (TypeError, NotImplementedError, RuntimeError):
        return None
