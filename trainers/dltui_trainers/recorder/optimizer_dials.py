"""What can be turned in the optimisers and the model of a user's script while it trains.

On the road of the data it stands where :mod:`dltui_trainers.dials` does, for objects that are not ours: each value is
read where it lives, and nothing is turned that the script does not have.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd
from torch.optim import Optimizer

from dltui_trainers.optimizers import keep_memory
from dltui_trainers.recorder.user_schedules import moves_momentum, outermost, scale, schedules_of

Group = dict[str, Any]
_WHY_NOT = {
    "lr": "the optimiser of this script has no learning rate",
    "weight_decay": "the optimiser of this script has no weight decay",
    "momentum": "the optimiser of this script has no momentum",
    "dropout": "the model of this script has no dropout layer (nn.Dropout)",
}


def bare_optimizer(optimizer: Any) -> Optimizer:
    """Return torch's own optimiser where a wrapper (accelerate, Lightning) stands around it.

    Raises :class:`TypeError` for what is none.
    """
    for _ in range(4):
        inner = getattr(optimizer, "optimizer", None) or getattr(optimizer, "_optimizer", None)
        if not isinstance(inner, Optimizer):
            break
        optimizer = inner
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is no torch.optim.Optimizer")
    return optimizer


class OptimizerDials:
    """The dials of one script. With several optimisers each is turned, in proportion to the first."""

    def __init__(self, models: Sequence[nn.Module], optimizers: Sequence[Optimizer]) -> None:
        self._models = models
        self._optimizers = optimizers
        self._decaying: set[tuple[int, int]] = set()
        self._present: dict[str, Callable[[], float | None]] = {
            "lr": self._lr,
            "weight_decay": self._weight_decay,
            "momentum": self._momentum,
            "dropout": self._dropout,
        }
        self._turn: dict[str, Callable[[float], str]] = {
            "lr": self._turn_lr,
            "weight_decay": self._turn_weight_decay,
            "momentum": self._turn_momentum,
            "dropout": self._turn_dropout,
        }
        self._weight_decay()  # remembers which groups are decayed, before somebody sets it to 0

    def present(self, name: str) -> float | None:
        """Return the value of ``lr`` and its like as it is now; None where the script has none."""
        return self._present[name]()

    def base(self, name: str) -> float | None:
        """Return what the script has given: a schedule moves the learning rate from there."""
        first = next((group for group in self._groups() if "lr" in group), None)
        if name != "lr" or first is None:
            return self.present(name)
        return float(first.get("max_lr") or first.get("initial_lr") or first["lr"])

    def turn(self, values: Mapping[str, float]) -> str:
        """Let each have its value from the next step on; return what else is to be said."""
        return " ".join(note for name, value in values.items() if (note := self._turn[name](value)))

    def why_not(self, name: str) -> str:
        """Return why the hyperparameter cannot be set; nothing if it can."""
        if self.present(name) is None:
            return _WHY_NOT[name]
        schedule = moves_momentum(self._schedules()) if name == "momentum" else ""
        return f"{schedule} sets the momentum at each step (cycle_momentum)" if schedule else ""

    def _groups(self) -> list[Group]:
        return [group for optimizer in self._optimizers for group in optimizer.param_groups]

    def _schedules(self) -> list[Any]:
        return [each for optimizer in self._optimizers for each in schedules_of(optimizer)]

    def _lr(self) -> float | None:
        return next((float(group["lr"]) for group in self._groups() if "lr" in group), None)

    def _turn_lr(self, value: float) -> str:
        now = self._lr()
        assert now is not None
        first = next(group for group in self._groups() if "lr" in group)
        # A schedule may stand at 0, as warm-ups begin: then the rate that it goes towards is set in proportion.
        height: float = now or float(first.get("max_lr") or first.get("initial_lr") or 0.0)
        factor = value / height if height else 1.0
        notes = []
        for optimizer in self._optimizers:
            schedules = schedules_of(optimizer)
            for group in optimizer.param_groups:
                if "lr" in group:
                    put_lr(group, _new_rate(group, first, now, value))
            scale(optimizer, schedules, factor)
            notes += [f"{name} goes on from there{_floor(schedules)}." for name in outermost(schedules)]
        if not now:
            notes.insert(0, f"It was 0 here: what comes is as if {value:g} had been the rate from the beginning.")
        others = len({float(group["lr"]) for group in self._groups() if "lr" in group}) > 1
        return " ".join([*(["The other groups keep their proportion."] if others else []), *dict.fromkeys(notes)])

    def _decayed(self) -> list[Group]:
        """The groups whose weights are decayed: norms and biases often are not. All, where none is."""
        every: list[Group] = []
        chosen: list[Group] = []
        for i, optimizer in enumerate(self._optimizers):
            for j, group in enumerate(optimizer.param_groups):
                if "weight_decay" not in group:
                    continue
                if float(group["weight_decay"]) != 0:
                    self._decaying.add((i, j))
                every.append(group)
                if (i, j) in self._decaying:
                    chosen.append(group)
        return chosen or every

    def _weight_decay(self) -> float | None:
        return next((float(group["weight_decay"]) for group in self._decayed()), None)

    def _turn_weight_decay(self, value: float) -> str:
        groups = self._decayed()
        for group in groups:
            group["weight_decay"] = value
        left = sum("weight_decay" in group for group in self._groups()) - len(groups)
        return f"{left} of the groups {'has' if left == 1 else 'have'} none, and keep it so." if left else ""

    def _momentum(self) -> float | None:
        return next((value for group in self._groups() if (value := _momentum_of(group)) is not None), None)

    def _turn_momentum(self, value: float) -> str:
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                if "momentum" in group:
                    group["momentum"] = value
                elif "betas" in group:
                    group["betas"] = (value, *group["betas"][1:])
            if any("momentum" in group for group in optimizer.param_groups):
                keep_memory(optimizer, value)
        return ""

    def _layers(self) -> list[_DropoutNd]:
        return [each for model in self._models for each in model.modules() if isinstance(each, _DropoutNd)]

    def _dropout(self) -> float | None:
        return next((float(each.p) for each in self._layers()), None)

    def _turn_dropout(self, value: float) -> str:
        layers = self._layers()
        before = sorted({each.p for each in layers})
        for each in layers:
            each.p = value
        return f"The layers had {', '.join(f'{p:g}' for p in before)}." if len(before) > 1 else ""


def put_lr(group: Group, value: float) -> None:
    """Let the group have that rate. Where it is a tensor, a captured graph of the step reads that very tensor."""
    if isinstance(group["lr"], Tensor):
        with torch.no_grad():
            group["lr"].fill_(value)
    else:
        group["lr"] = value


def optimizer_name(optimizer: Optimizer) -> str:
    """Return what the catalogue calls it (``momentum`` for SGD with momentum), else its class in small letters."""
    name = type(optimizer).__name__.lower()
    group = optimizer.param_groups[0] if optimizer.param_groups else {}
    if name == "sgd" and group.get("momentum"):
        return "nesterov" if group.get("nesterov") else "momentum"
    return name


def _new_rate(group: Group, first: Group, now: float, value: float) -> float:
    """The rate of ``group`` when that of ``first``, which is ``now``, becomes ``value``."""
    if group is first:
        return value
    if now:
        return float(group["lr"]) * (value / now)
    base, own = first.get("initial_lr"), group.get("initial_lr")
    return value * float(own) / float(base) if base and own is not None else value


def _momentum_of(group: Group) -> float | None:
    if "momentum" in group:
        return float(group["momentum"])
    betas = group.get("betas")
    return float(betas[0]) if betas else None


def _floor(schedules: Sequence[Any]) -> str:
    """A schedule that would not go below some rate, or rises to one: that is scaled with the others."""
    has_floor = any(getattr(each, "eta_min", 0) or any(getattr(each, "min_lrs", ())) for each in schedules)
    return ", its lowest rate in proportion" if has_floor else ""
