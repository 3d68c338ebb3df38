"""The learning-rate schedules of a user's script: found when the rate is set, and made to go on from there.

A schedule of torch computes the next rate either from the present one or from what it noted at the start. Both are
multiplied by the same factor, the floors and peaks too, so each later rate is what it would have been, times that.
"""

import gc
from collections.abc import Iterable
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

OF_SCHEDULE = ("base_lrs", "max_lrs", "min_lrs", "eta_min", "default_min_lr")
"""What a schedule notes of rates: one, or one for each group of parameters."""
OF_GROUP = ("initial_lr", "max_lr", "min_lr", "swa_lr")
"""What schedules note of rates in the groups themselves."""


def schedules_of(optimizer: Optimizer) -> list[Any]:
    """Return every schedule that drives ``optimizer``, also those that stand in another one.

    Nothing leads from an optimiser to its schedules, so the objects of the process are looked through, which takes
    some 10 ms.
    """
    kinds = {LRScheduler, ReduceLROnPlateau}
    kinds |= _beneath(kinds)
    # the type itself: to ask a stranger's object for its class may run code of it
    found = [each for each in gc.get_objects() if type(each) in kinds]
    # by the groups: a schedule may have been made for a wrapper around the optimiser (accelerate)
    groups = optimizer.param_groups
    return [each for each in found if getattr(getattr(each, "optimizer", None), "param_groups", None) is groups]


def scale(optimizer: Optimizer, schedules: Iterable[Any], factor: float) -> None:
    """Multiply by ``factor`` what ``schedules`` know of rates; the rates of the optimiser itself are set already."""
    for schedule in schedules:
        for name in OF_SCHEDULE:
            if (noted := getattr(schedule, name, None)) is not None:
                setattr(schedule, name, _times(noted, factor))
        if hasattr(schedule, "_last_lr"):  # scripts log it
            schedule._last_lr = [group["lr"] for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        for name in OF_GROUP:
            if name in group:
                group[name] = _times(group[name], factor)


def outermost(schedules: Iterable[Any]) -> list[str]:
    """Return the names of the schedules that stand in no other one."""
    every = list(schedules)
    inner = {id(each) for schedule in every for each in getattr(schedule, "_schedulers", ())}
    return sorted({type(each).__name__ for each in every if id(each) not in inner})


def moves_momentum(schedules: Iterable[Any]) -> str:
    """Return the name of a schedule that sets the momentum at each of its steps; nothing if none does."""
    return next((type(each).__name__ for each in schedules if getattr(each, "cycle_momentum", False)), "")


def _beneath(kinds: Iterable[type]) -> set[type]:
    found: set[type] = set()
    waiting: list[Any] = list(kinds)
    while waiting:
        for each in waiting.pop().__subclasses__():
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def _times(noted: Any, factor: float) -> Any:
    if isinstance(noted, (list, tuple)):
        return type(noted)([each * factor for each in noted])
    return noted * factor
