"""How the learning rate moves: a factor on ``lr`` for each step, so that every schedule can be drawn before it runs."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from dltui_trainers.choices import Schedule
from dltui_trainers.hparams import Hparams

EXPONENTIAL_END = 0.01
STEP_FACTOR = 0.1
STEPS_AT = (0.5, 0.75)
ONE_CYCLE_RISE = 0.3
"""Share of the training in which one_cycle rises; it starts at 1/25 and ends at 1/25e4, as in torch's OneCycleLR."""
ONE_CYCLE_START = 1 / 25
ONE_CYCLE_END = ONE_CYCLE_START / 1e4
RANGE_TEST_START = 1e-6
"""Where a range test begins, as a share of the learning rate at its end."""
PLATEAU_PATIENCE = 10
PLATEAU_FACTOR = 0.1


def schedule_factor(schedule: Schedule, step: float, steps: float) -> float:
    """Return the factor on the learning rate at ``step`` (from 0) of ``steps``; 1 for ``constant`` and ``plateau``."""
    done = min(step / steps, 1.0) if steps else 1.0
    match schedule:
        case Schedule.CONSTANT | Schedule.PLATEAU:
            return 1.0
        case Schedule.STEP:
            return float(STEP_FACTOR ** sum(done >= at for at in STEPS_AT))
        case Schedule.EXPONENTIAL:
            return float(EXPONENTIAL_END**done)
        case Schedule.COSINE:
            return (1 + math.cos(math.pi * done)) / 2
        case Schedule.ONE_CYCLE:
            return _one_cycle(step, steps)
        case Schedule.RANGE_TEST:
            return _range_test(step, steps)


def _range_test(step: float, steps: float) -> float:
    """Smith 2015 (arXiv:1506.01186): up until it diverges; by the same factor each step, as in fastai's ``lr_find``.

    The last step has the whole learning rate.
    """
    return float(RANGE_TEST_START ** (1 - min(step / (steps - 1), 1.0))) if steps > 1 else 1.0


def _one_cycle(step: float, steps: float) -> float:
    """Smith & Topin 2018 (arXiv:1708.07120): half a cosine up, half a cosine down. The momentum stays as it is."""
    peak = ONE_CYCLE_RISE * steps - 1
    last = steps - 1
    if step <= peak:
        return _cosine_between(ONE_CYCLE_START, 1.0, step / peak if peak > 0 else 1.0)
    return _cosine_between(1.0, ONE_CYCLE_END, min((step - peak) / (last - peak), 1.0) if last > peak else 1.0)


def _cosine_between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


@dataclass(slots=True, kw_only=True)
class LearningRate:
    """The learning rate of every step: the warm-up, then the schedule over the steps that are left.

    It can be changed while the training runs. The schedule covers ``steps`` steps from ``begins`` on, and ``base`` is
    the learning rate where its factor is 1. The warm-up lasts ``warmup_steps`` steps from ``warms_from`` on.
    ``held``: it was set while the training ran. ``plateau`` is the one schedule with a memory: a tenth after ten
    validations in a row without a new best.
    """

    base: float
    schedule: Schedule
    steps: float
    begins: float = 0.0
    warmup_steps: int = 0
    warms_from: int = 0
    drop: float = 1.0
    held: bool = False
    best_val_loss: float = math.inf
    validations_since_best: int = 0

    @classmethod
    def of(cls, hparams: Hparams, steps: int) -> "LearningRate":
        """Return the learning rate of a training of ``steps`` steps."""
        warmup = hparams.warmup_steps
        return cls(
            base=hparams.lr, schedule=hparams.schedule, steps=max(steps - warmup, 1), begins=warmup, warmup_steps=warmup
        )

    def at(self, step: int) -> float:
        """Return the learning rate of ``step``, from 0. The first step of a warm-up already moves."""
        return self.base * self.drop * self._factor(step)

    def validated(self, val_loss: float) -> bool:
        """Take notice of a validation; return whether the learning rate fell. A NaN counts as no improvement."""
        if self.schedule is not Schedule.PLATEAU:
            return False
        if val_loss < self.best_val_loss:
            self.best_val_loss, self.validations_since_best = val_loss, 0
            return False
        self.validations_since_best += 1
        if self.validations_since_best < PLATEAU_PATIENCE:
            return False
        self.drop *= PLATEAU_FACTOR
        self.validations_since_best = 0
        return True

    def set_lr(self, step: int, lr: float) -> None:
        """Let the learning rate of ``step`` be ``lr``; the schedule goes on from there, a warm-up is over."""
        if self._is_warming(step):
            self._end_warm_up(step)
        if self._factor(step) <= 0:  # it has come down to 0, and no base could lift it: it begins anew
            self.begins = step
        self.base, self.drop, self.held = lr / self._factor(step), 1.0, True
        self._forget()

    def set_schedule(self, step: int, schedule: Schedule, end: int) -> None:
        """Begin ``schedule`` at ``step``, from the present learning rate over what is left until the step ``end``.

        ``one_cycle`` has it as its peak, ``range_test`` at its end. In a warm-up, it begins after it.
        """
        begins = max(step, self.warms_from + self.warmup_steps)
        self.base, self.drop = self.base * self.drop * self._planned(step), 1.0
        self.schedule, self.begins, self.steps = schedule, begins, max(end - begins, 1)
        self.held = False
        self._forget()

    def set_end(self, step: int, end: int) -> None:
        """Let the schedule end at the step ``end``, as if that had been the plan from its beginning on.

        But a learning rate that was set meanwhile stays: near the end of a cosine it is a thousandth of ``base``, and a
        new plan would bring that back.
        """
        if self.held and step < self.begins + self.steps:
            self.rescale(step, end)
        else:
            self.steps = max(end - self.begins, 1)

    def rescale(self, step: int, end: int) -> None:
        """Let what is left of the schedule at ``step`` last until the step ``end``; its place there stays."""
        if self._is_warming(step):
            self.steps = max(end - self.begins, 1)
            return
        share = min((step - self.begins) / self.steps, 1.0)
        if share < 1:
            self.steps = max((end - step) / (1 - share), 1)
            self.begins = step - share * self.steps

    def warm_up(self, step: int, steps: int) -> None:
        """Let the learning rate rise from 0 over ``steps`` steps from ``step`` on; the schedule goes on beneath."""
        self.warms_from, self.warmup_steps = step, steps

    def state(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {**asdict(self), "schedule": str(self.schedule)}

    def _factor(self, step: int) -> float:
        factor = self._planned(step)
        return factor * (step - self.warms_from + 1) / self.warmup_steps if self._is_warming(step) else factor

    def _planned(self, step: int) -> float:
        """The factor without a warm-up, which rises to ``base`` before the schedule begins."""
        return schedule_factor(self.schedule, step - self.begins, self.steps) if step >= self.begins else 1.0

    def _is_warming(self, step: int) -> bool:
        return step < self.warms_from + self.warmup_steps

    def _end_warm_up(self, step: int) -> None:
        """Begin the schedule now, where it was to begin after the warm-up."""
        if step < self.begins:
            self.steps += self.begins - step
            self.begins = step
        self.warmup_steps = 0

    def _forget(self) -> None:
        """``plateau`` waits anew after a change."""
        self.best_val_loss, self.validations_since_best = math.inf, 0
