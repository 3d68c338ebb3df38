"""How a value of a dimension is drawn and written, and how those of a whole space come together."""

import math
from collections.abc import Callable

import numpy as np

from dltui.search.space.dimension import Dimension, Space
from dltui.search.space.rules import Rules, Settings
from dltui_trainers.runlog import Value

DIGITS = 3
"""A drawn number has so many: 0.00123 is what a person would type, and no training can tell the rest."""


def drawn(space: Space, pick: Callable[[Dimension], Value], rules: Rules) -> Settings:
    """Return settings whose values ``pick`` chose in the order of the space, without those that have no effect.

    A name is not picked that what was chosen before switches off; one that a later choice switches off is taken out.
    """
    settings: Settings = {}
    for dimension in space.dimensions:
        if dimension.name not in rules.switched_off(settings):
            settings[dimension.name] = pick(dimension)
    return rules.effective(settings)


def uniform(dimension: Dimension, random: np.random.Generator) -> Value:
    """Return a value that is as likely as any other, on the dimension's own scale."""
    if dimension.is_choice:
        return dimension.choices[int(random.integers(len(dimension.choices)))]
    place = int(random.integers(len(dimension.also) + 1)) if dimension.also else 0
    return dimension.also[place - 1] if place else written(dimension, _within(dimension, float(random.random())))


def written(dimension: Dimension, number: float) -> int | float:
    """Return a number of the range as a person would type it: of three digits, whole, or a multiple of the step."""
    low, high = dimension.low, dimension.high
    if dimension.step:
        number = low + round((min(number, last_step(dimension)) - low) / dimension.step) * dimension.step
        return round(number) if dimension.whole else float(f"{number:.10g}")
    if dimension.whole:
        number = round(number)
    return typed(min(high, max(low, float(f"{number:.{DIGITS}g}"))), dimension.whole)


def typed(number: float, whole: bool) -> int | float:
    """Return ``number`` as an ``int`` where the hyperparameter is a whole number."""
    return int(number) if whole else float(number)


def last_step(dimension: Dimension) -> float:
    """Return the highest value that whole steps from ``low`` reach."""
    return float(f"{dimension.low + steps_in(dimension) * dimension.step:.10g}")


def steps_in(dimension: Dimension) -> int:
    """Return how many steps fit in the range; 0.1 fits five times in 0 to 0.5, whatever binary numbers make of it."""
    return math.floor((dimension.high - dimension.low) / dimension.step + 1e-9)


def _within(dimension: Dimension, share: float) -> float:
    """A whole number and a step have the same share of the range each, the outermost ones too."""
    low, high = dimension.low, dimension.high
    if dimension.step:
        return low + math.floor(share * (steps_in(dimension) + 1)) * dimension.step
    if dimension.whole:
        low, high = low - 0.5, high + 0.5
    if dimension.log:
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return low + share * (high - low)
