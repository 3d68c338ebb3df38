"""Grid search: every combination of a few values of each hyperparameter, once."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from dltui.errors import SpaceError
from dltui.search.methods.draw import last_step, steps_in, typed, written
from dltui.search.space.dimension import Dimension, Space
from dltui.search.space.rules import Rules, Settings
from dltui.search.study.study import TrialEntry
from dltui_trainers.runlog import Value

MOST = 10_000
"""A larger grid is refused: nobody has the time, and a person who asks for it has mistaken its size."""
LOG_POINTS, LINEAR_POINTS = 5, 3
"""How many values of a range are tried where nobody says: of a logarithmic one, which mostly spans decades, more."""


class GridSearch:
    """All combinations in an order that the seed shuffles: the first trials already show the whole of the space.

    Combinations that differ in idle names alone are one; those that cannot be trained are left out.
    """

    nothing_left = "All combinations of the grid have been tried."

    def __init__(self, space: Space, seed: int, rules: Rules) -> None:
        self._space = space
        self._seed = seed
        self._rules = rules

    def count(self) -> int:
        """Return how many combinations there are."""
        return len(self._cells)

    def ask(self, number: int, trials: Sequence[TrialEntry]) -> Settings | None:
        """See :class:`dltui.search.methods.method.Method`; of the trials before it only the number counts."""
        return dict(self._cells[number]) if number < len(self._cells) else None

    @cached_property
    def _cells(self) -> list[Settings]:
        cells = combined(self._space, self._rules, grid_values)
        order = np.random.default_rng(self._seed).permutation(len(cells))
        return [cells[place] for place in order]


def combined(space: Space, rules: Rules, values_of: Callable[[Dimension], Sequence[Value]]) -> list[Settings]:
    """Return each combination of these values that can be trained; those that differ in idle names alone are one."""
    different: dict[tuple[tuple[str, Value], ...], Settings] = {}
    for settings in _products(space, rules, values_of, {}):
        left = rules.effective(settings)
        different.setdefault(tuple(left.items()), left)
    return [each for each in different.values() if rules.allow(each)]


def _products(
    space: Space, rules: Rules, values_of: Callable[[Dimension], Sequence[Value]], chosen: Settings, place: int = 0
) -> Iterator[Settings]:
    if place == len(space.dimensions):
        yield chosen
        return
    dimension = space.dimensions[place]
    if dimension.name in rules.switched_off(chosen):
        yield from _products(space, rules, values_of, chosen, place + 1)
        return
    for value in values_of(dimension):
        yield from _products(space, rules, values_of, {**chosen, dimension.name: value}, place + 1)


def grid_values(dimension: Dimension) -> list[Value]:
    """Return the values of a dimension that are its part of a grid, each once: those beside the range come first."""
    if dimension.is_choice:
        return list(dict.fromkeys(dimension.choices))
    return list(dict.fromkeys((*dimension.also, *_of_range(dimension))))


def _of_range(dimension: Dimension) -> list[int | float]:
    low, high = dimension.low, dimension.high
    if dimension.step and not dimension.points:
        return [written(dimension, low + place * dimension.step) for place in range(steps_in(dimension) + 1)]
    points = dimension.points or (LOG_POINTS if dimension.log else LINEAR_POINTS)
    if points == 1:
        return [written(dimension, math.sqrt(low * high) if dimension.log else (low + high) / 2)]
    numbers = np.geomspace(low, high, points) if dimension.log else np.linspace(low, high, points)
    inner = [written(dimension, float(each)) for each in numbers[1:-1]]
    last = last_step(dimension) if dimension.step else high
    return [typed(low, dimension.whole), *inner, typed(last, dimension.whole)]


def refuse_large(space: Space) -> None:
    """Raise :class:`SpaceError` where there are more than :data:`MOST` combinations."""
    sizes = {each.name: _size(each) for each in space.dimensions}
    total = math.prod(sizes.values())
    if total > MOST:
        product = " x ".join(f"{name} {size}" for name, size in sizes.items())
        raise SpaceError(
            f"The grid has {total:,} combinations ({product}), more than {MOST:,}: take fewer points of each, or"
            " --method random, which tries some of them."
        )


def _size(dimension: Dimension) -> int:
    if dimension.step and not dimension.points and not dimension.is_choice and steps_in(dimension) > MOST:
        return steps_in(dimension)  # not worth making them all to count them
    return len(grid_values(dimension))
