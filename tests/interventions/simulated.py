"""Trainings that are made up: curves that go their way by themselves, and changes of which the truth is known.

Nothing here is fitted to the rules, nor the rules to it: shapes, noise and moments are drawn over wide ranges.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from diagnosis.curves import EVAL_NAMES, STEP_NAMES, rows
from runlogs import START_S

from dltui.runs.status import RunStatus
from dltui.runs.update import Batch
from dltui.series.state import RunState
from dltui_trainers.runlog import EventRecord, Value

Values = npt.NDArray[np.float64]
Rng = np.random.Generator
Shape = Callable[[Values, Rng], Values]


def event(step: int, name: str = "set", **rest: Any) -> EventRecord:
    """Return an event between two steps; a set is one of the learning rate unless told otherwise."""
    usual: dict[str, Any] = (
        {"hparam": "lr", "from_": 0.01, "to": 0.001, "by": "user", "id": step} if name == "set" else {}
    )
    return EventRecord(step=step, time=START_S + 0.1 * step + 0.05, name=name, **{**usual, **rest})


def state_with(
    *events: EventRecord,
    val: npt.ArrayLike | None = None,
    train: npt.ArrayLike | None = None,
    per_epoch: int = 10,
    lr: npt.ArrayLike = 0.01,
    status: RunStatus = RunStatus.RUNNING,
) -> RunState:
    """Return a run with a validation after each ``per_epoch`` steps, a training loss at each step, and these events."""
    state = RunState()
    state.status = status
    if train is not None:
        steps = np.arange(1, np.size(train) + 1)
        state.extend(Batch(steps=_of_epochs(rows(steps, {"train_loss": train, "lr": lr}, STEP_NAMES), per_epoch)))
    if val is not None:
        ends = np.arange(1, np.size(val) + 1) * per_epoch
        state.extend(Batch(evals=_of_epochs(rows(ends, {"val_loss": val}, EVAL_NAMES), per_epoch)))
    state.extend(Batch(events=events))
    return state


def _of_epochs(given: Any, per_epoch: int) -> Any:
    return type(given)(
        step=given.step, epoch=given.step / per_epoch, time=given.time, values=given.values, unknown=given.unknown
    )


def noise(rng: Rng, length: int, size: float, dependence: float) -> Values:
    """Normal noise in which a point keeps the share ``dependence`` of the one before."""
    fresh = rng.normal(size=length) * size
    kept = fresh.copy()
    for at in range(1, length):
        kept[at] = dependence * kept[at - 1] + np.sqrt(1 - dependence**2) * fresh[at]
    return kept


def _power(t: Values, r: Rng) -> Values:
    return 2.3 * (1 + t * 10 ** r.uniform(0.5, 3)) ** -r.uniform(0.1, 0.8)


def _power_with_floor(t: Values, r: Rng) -> Values:
    return r.uniform(0.05, 0.5) + 2 * (1 + t * 10 ** r.uniform(0.5, 3)) ** -r.uniform(0.3, 1)


def _exponential(t: Values, r: Rng) -> Values:
    return 2.3 * np.exp(-r.uniform(1, 5) * t)


def _exponential_with_floor(t: Values, r: Rng) -> Values:
    return r.uniform(0.05, 0.8) + 2 * np.exp(-r.uniform(3, 30) * t)


def _plateau(t: Values, r: Rng) -> Values:
    return np.full(len(t), r.uniform(0.1, 2.3))


def _overfit(t: Values, r: Rng) -> Values:
    return 0.3 + 2 * np.exp(-r.uniform(5, 40) * t) + r.uniform(0.1, 2) * t


def _overfit_that_ends(t: Values, r: Rng) -> Values:
    return 0.3 + 2 * np.exp(-r.uniform(5, 40) * t) + r.uniform(0.1, 2) * (1 - np.exp(-r.uniform(1, 5) * t))


def _turn(t: Values, r: Rng) -> Values:
    return 0.4 + 1.9 * np.exp(-12 * t) + r.uniform(0.2, 1) * np.maximum(0, t - r.uniform(0.1, 0.6))


def _cosine(t: Values, r: Rng) -> Values:
    share = r.uniform(0.2, 0.8)
    return 0.2 + 1.5 * (1 + 10 * t) ** -0.7 * (1 - share) + share * 0.3 * (1 + np.cos(np.pi * t))


def _late_drop(t: Values, r: Rng) -> Values:
    return 0.3 + 2 / (1 + np.exp((t - r.uniform(0.1, 0.6)) * r.uniform(5, 15)))


NATURAL: dict[str, Shape] = {
    "power law": _power,
    "power law with a floor": _power_with_floor,
    "exponential": _exponential,
    "exponential with a floor": _exponential_with_floor,
    "plateau": _plateau,
    "overfitting": _overfit,
    "overfitting that ends": _overfit_that_ends,
    "turn": _turn,
    "cosine schedule": _cosine,
    "late drop": _late_drop,
}
"""What curves do by themselves, over the share of the training that is done; nothing happens in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One change in a training: what it was, what it did, and the run."""

    state: RunState
    truth: str
    step: int


def untouched(shape: Shape, rng: Rng, *, by_step: bool, at_worst: bool = False) -> Case:
    """A training in which something was set that does nothing, at a random moment or when the loss had just gone up."""
    length = int(10 ** rng.uniform(1.2, 3.3)) if not by_step else int(10 ** rng.uniform(2.2, 3.5))
    t = np.arange(1, length + 1) / length
    wander = noise(rng, length, 10 ** rng.uniform(-2.5, -0.5), float(rng.choice([0, 0, 0.5, 0.8, 0.95])))
    place = int(length * rng.uniform(0.15, 0.9))
    if at_worst:
        first, last = int(0.15 * length), int(0.9 * length)
        place = first + int(np.argmax(np.convolve(wander, np.ones(3) / 3, "same")[first:last])) + 1
    return _case(np.exp(np.log(shape(t, rng)) + wander), place, "none", by_step=by_step)


def at_a_turn(rng: Rng) -> Case:
    """A loss that turns from falling to rising in a parabola, with something set near the turn that does nothing."""
    length, turn = int(10 ** rng.uniform(1.5, 3)), rng.uniform(0.2, 0.7)
    t = np.arange(1, length + 1) / length
    loss = rng.uniform(0.2, 1) + rng.uniform(0.5, 5) * (t - turn) ** 2
    wander = noise(rng, length, 10 ** rng.uniform(-3, -1), float(rng.choice([0, 0.5, 0.8])))
    return _case(loss * np.exp(wander), int(length * turn * rng.uniform(0.9, 1.3)), "none", by_step=False)


def by_heart(rng: Rng) -> Case:
    """A training loss that falls in steps, one at each beginning of an epoch, as of a network that learns by heart."""
    length, per_epoch = int(10 ** rng.uniform(2, 3.3)), int(rng.choice([10, 30, 100, 300]))
    steps = np.arange(length)
    loss = 0.05 + 2 * np.exp(-3 * (steps // per_epoch * per_epoch) / length)
    place = int(rng.uniform(0.15, 0.9) * length)
    if rng.random() < 0.5:
        place = round(place / per_epoch) * per_epoch
    noisy = loss * np.exp(rng.normal(size=length) * 10 ** rng.uniform(-2.5, -0.7))
    return _case(noisy, place, "none", by_step=True, per_epoch=per_epoch)


def _case(loss: Values, place: int, truth: str, *, by_step: bool, per_epoch: int = 0, hparam: str = "lr") -> Case:
    value: Value = 0.001
    if by_step:
        per_epoch = per_epoch or max(2, len(loss) // 20)
        done = event(place, hparam=hparam, to=value)
        return Case(state=state_with(done, train=loss, per_epoch=per_epoch), truth=truth, step=place)
    done = event(place * 10, hparam=hparam, to=value)
    return Case(state=state_with(done, val=loss), truth=truth, step=place * 10)


def _learned(t: Values, r: Rng) -> Values:
    return np.log(r.uniform(0.2, 0.6) + 2 * np.exp(-r.uniform(8, 20) * t))


def _lowered(t: Values, p: float, r: Rng) -> Values:
    level, since = r.uniform(0.8, 2.3), np.maximum(0, t - p)
    to = level * r.uniform(0.05, 0.6)
    after = np.log(to + (level - to) * np.exp(-r.uniform(5, 60) * since))
    return np.where(t <= p, np.log(level) + 0.15 * np.exp(-20 * t), after)


def _diverging(t: Values, p: float, r: Rng) -> Values:
    since = np.maximum(0, t - p)
    return _learned(t, r) + np.log1p(r.uniform(1, 10) * (1 - np.exp(-r.uniform(20, 100) * since)))


def _raised(t: Values, p: float, r: Rng) -> Values:
    since = np.maximum(0, t - p)
    return _learned(t, r) + r.uniform(0.1, 0.4) * (1 - np.exp(-r.uniform(20, 100) * since))


def _decayed(t: Values, p: float, r: Rng) -> Values:
    since = np.maximum(0, t - p)
    return _learned(t, r) - r.uniform(0.1, 0.5) * (1 - np.exp(-r.uniform(10, 60) * since))


def _overfitted(t: Values, p: float, r: Rng) -> tuple[Values, float]:
    turn, rise = p * r.uniform(0.2, 0.5), r.uniform(0.5, 2)
    curve = 0.4 + 1.9 * np.exp(-8 * t / turn) + rise * np.maximum(0, np.minimum(t, p) - turn)
    return curve, 0.4 + rise * (p - turn)


def _regularised(t: Values, p: float, r: Rng) -> Values:
    curve, top = _overfitted(t, p, r)
    low = 0.4 + (top - 0.4) * r.uniform(0.2, 0.9)
    after = low + (top - low) * np.exp(-r.uniform(5, 30) * np.maximum(0, t - p))
    return np.log(np.where(t <= p, curve, after))


def _stopped(t: Values, p: float, r: Rng) -> Values:
    return np.log(_overfitted(t, p, r)[0])


def _begins(t: Values, p: float, r: Rng) -> Values:
    return np.log(0.2 + 2.1 * np.exp(-r.uniform(2, 20) * np.maximum(0, t - p)))


def _unbound(t: Values, p: float, r: Rng) -> Values:
    return np.log(np.exp(_learned(t, r)) + r.uniform(0.3, 2) * np.maximum(0, t - p))


EFFECTS: dict[str, tuple[Callable[[Values, float, Rng], Values], str, float, str]] = {
    "lr far too high, lowered": (_lowered, "helped", 0.1, "lr"),
    "stuck at chance, lr changed, learns": (_begins, "helped", 0.02, "lr"),
    "lr lowered at a plateau, 10 to 40 % better": (_decayed, "helped", 0.05, "lr"),
    "lr raised, diverges": (_diverging, "hurt", 0.05, "lr"),
    "lr raised, 10 to 50 % worse": (_raised, "hurt", 0.05, "lr"),
    "overfitting, regularised, comes down": (_regularised, "helped", 0.02, "dropout"),
    "overfitting, regularised, only stops": (_stopped, "helped", 0.02, "dropout"),
    "regularisation taken away, overfits": (_unbound, "hurt", 0.02, "dropout"),
}
"""Changes with an effect: the logarithm of the curve, what it truly is, its usual noise, and what was set."""


def touched(name: str, rng: Rng) -> Case:
    """A training in which the change ``name`` was made, judged by its validation loss."""
    curve, truth, size, hparam = EFFECTS[name]
    length, place = int(10 ** rng.uniform(1.3, 3)), rng.uniform(0.2, 0.7)
    t = np.arange(1, length + 1) / length
    wander = noise(rng, length, size * 10 ** rng.uniform(-0.5, 0.5), float(rng.choice([0, 0.5, 0.8])))
    at = int(length * place)
    return _case(np.exp(curve(t, at / length, rng) + wander), at, truth, by_step=False, hparam=hparam)
