"""How the learning rate moves: a factor on ``lr`` for each step, so that every schedule can be drawn before it runs."""

import math
from dataclasses import dataclass

from dltui_trainers.hparams import Hparams, Schedule

EXPONENTIAL_END = 0.01
STEP_FACTOR = 0.1
STEPS_AT = (0.5, 0.75)
ONE_CYCLE_RISE = 0.3
"""Share of the training in which one_cycle rises; it starts at 1/25 and ends at 1/25e4, as in torch's OneCycleLR."""
ONE_CYCLE_START = 1 / 25
ONE_CYCLE_END = ONE_CYCLE_START / 1e4
PLATEAU_PATIENCE = 10
PLATEAU_FACTOR = 0.1


def schedule_factor(schedule: Schedule, step: int, steps: int) -> float:
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


def _one_cycle(step: int, steps: int) -> float:
    """Smith & Topin 2018 (arXiv:1708.07120): half a cosine up, half a cosine down. The momentum stays as it is."""
    peak = ONE_CYCLE_RISE * steps - 1
    last = steps - 1
    if step <= peak:
        return _cosine_between(ONE_CYCLE_START, 1.0, step / peak if peak > 0 else 1.0)
    return _cosine_between(1.0, ONE_CYCLE_END, min((step - peak) / (last - peak), 1.0) if last > peak else 1.0)


def _cosine_between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


@dataclass(slots=True)
class LearningRate:
    """The learning rate of every step: the warm-up, then the schedule over the steps that are left.

    ``plateau`` is the one schedule with a memory: a tenth after ten validations in a row without a new best.
    ``offset`` is the step at which the epochs began to count: not 0 only in a branch with another batch size, which
    has done other than its own number of steps in the epochs behind it.
    """

    base: float
    schedule: Schedule
    steps: int
    warmup_steps: int = 0
    offset: int = 0
    drop: float = 1.0
    best_val_loss: float = math.inf
    validations_since_best: int = 0

    @classmethod
    def of(cls, hparams: Hparams, steps: int, offset: int = 0) -> "LearningRate":
        """Return the learning rate of a training of ``steps`` steps."""
        return cls(
            base=hparams.lr, schedule=hparams.schedule, steps=steps, warmup_steps=hparams.warmup_steps, offset=offset
        )

    def at(self, step: int) -> float:
        """Return the learning rate of ``step``, from 0. The first step of a warm-up already moves."""
        if step < self.warmup_steps:
            return self.base * (step + 1) / self.warmup_steps
        done = max(step - self.offset - self.warmup_steps, 0)
        after = schedule_factor(self.schedule, done, max(self.steps - self.warmup_steps, 1))
        return self.base * self.drop * after

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

    def state(self) -> dict[str, float | int]:
        """Return what an exact continuation needs beside the hyperparameters."""
        return {
            "drop": self.drop,
            "best_val_loss": self.best_val_loss,
            "validations_since_best": self.validations_since_best,
        }
