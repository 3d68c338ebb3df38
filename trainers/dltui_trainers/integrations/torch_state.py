"""The state of a training with torch: taken as plain values, and put back where it fits."""

from collections.abc import Mapping, Sequence
from typing import Any

from dltui_trainers.integrations.branched import UnfitStateError
from dltui_trainers.recorder.kept_state import foreign_in
from dltui_trainers.recorder.user_schedules import OF_GROUP

_RATES = ("lr", *OF_GROUP)


def state_of(model: Any, optimizers: Sequence[Any], schedules: Sequence[Any]) -> dict[str, Any]:
    """Return what a checkpoint keeps; of a schedule that holds something of the user's own, nothing."""
    states = [each.state_dict() for each in schedules]
    return {
        "model": model.state_dict(),
        "optimizers": [each.state_dict() for each in optimizers],
        "schedules": [None if foreign_in(each) else each for each in states],
    }


def put_back(
    kept: Mapping[str, Any], model: Any, optimizers: Sequence[Any], schedules: Sequence[Any], *, schedules_anew: bool
) -> str:
    """Put back what :func:`state_of` returned; return what could not be, beside the weights.

    With ``schedules_anew`` they begin again, and the rates with them. Raises :class:`UnfitStateError`.
    """
    _put_weights(kept["model"], model)
    if not _fit_optimizers(kept["optimizers"], optimizers):
        return "only the weights were put back: the optimiser is another"
    fit = _fit_schedules(kept["schedules"], schedules)
    for optimizer, state in zip(optimizers, kept["optimizers"], strict=True):
        rates = [{name: group[name] for name in _RATES if name in group} for group in optimizer.param_groups]
        optimizer.load_state_dict(state)
        if schedules_anew or not fit:
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group.update(rate)
    if schedules_anew:
        return ""
    if not fit:
        return "the schedule was not put back: it is another, or cannot be kept"
    for schedule, state in zip(schedules, kept["schedules"], strict=True):
        schedule.load_state_dict(state)
    return ""


def _put_weights(kept: Mapping[str, Any], model: Any) -> None:
    own = model.state_dict()
    for name in [*own, *kept]:
        if _shape(own, name) != _shape(kept, name):
            raise UnfitStateError(f"{name} is {_shape(kept, name)} there, and {_shape(own, name)} in this model")
    model.load_state_dict(kept)


def _shape(state: Mapping[str, Any], name: str) -> str:
    if name not in state:
        return "missing"
    return "x".join(map(str, getattr(state[name], "shape", ()))) or "a number"


def _fit_optimizers(kept: Sequence[Mapping[str, Any]], optimizers: Sequence[Any]) -> bool:
    """Whether they have the same groups of parameters, with the same settings: torch asks for less, and fails later."""
    return len(kept) == len(optimizers) and all(
        [_settings(group) for group in state["param_groups"]]
        == [_settings(group) for group in optimizer.state_dict()["param_groups"]]
        for state, optimizer in zip(kept, optimizers, strict=True)
    )


def _settings(group: Mapping[str, Any]) -> tuple[int, frozenset[str]]:
    return len(group["params"]), frozenset(group) - frozenset(OF_GROUP)


def _fit_schedules(kept: Sequence[Mapping[str, Any] | None], schedules: Sequence[Any]) -> bool:
    return len(kept) == len(schedules) and all(
        state is not None and set(state) == set(schedule.state_dict())
        for state, schedule in zip(kept, schedules, strict=True)
    )
