"""What came of a change, as a value: a verdict and the numbers that it rests on. It needs no arrays."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Metric = Literal["val_loss", "train_loss"]


class Outcome(StrEnum):
    """What a change did to the loss, as far as that can be told."""

    HELPED = "helped"
    HURT = "hurt"
    NO_CLEAR_EFFECT = "no_clear_effect"
    TOO_EARLY = "too_early"


@dataclass(frozen=True, slots=True)
class Interval:
    """A number and the 95 % interval around it."""

    value: float
    low: float
    high: float

    @property
    def below(self) -> bool:
        """Whether it is below 0 for sure."""
        return self.high < 0

    @property
    def above(self) -> bool:
        """Whether it is above 0 for sure."""
        return self.low > 0


_NEVER = Interval(math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A verdict and its numbers, which are NaN where there are none.

    ``before``: the loss at the change; ``after``: its mean after it, NaN where it became no number; ``change``: after
    minus before, with the 95 % interval ``low`` to ``high``; ``expected``: where the trend before led. Slopes are a
    step's, of the logarithm of the loss where ``on_log``. ``points``: how many it rests on, up to ``until_step``.
    ``needs``: how many more it takes (validations, or records of the training loss) while it is too early; 0 else.
    """

    outcome: Outcome
    metric: Metric
    before: float = math.nan
    after: float = math.nan
    change: float = math.nan
    low: float = math.nan
    high: float = math.nan
    expected: float = math.nan
    slope_before: Interval = _NEVER
    slope_after: Interval = _NEVER
    on_log: bool = False
    points: int = 0
    until_step: float = math.nan
    needs: int = 0
    non_finite: bool = False

    @property
    def clear(self) -> bool:
        """Whether it helped or hurt."""
        return self.outcome in (Outcome.HELPED, Outcome.HURT)
