"""How many different trials a search can have, where its space is finite: what a person is told before it begins."""

import math

from dltui.search.methods.draw import steps_in, written
from dltui.search.methods.grid import MOST, combined, grid_values
from dltui.search.space.dimension import Dimension, Space
from dltui.search.space.rules import Rules
from dltui.search.study.options import SearchOptions
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

MOST_COUNTED = 1_000
"""A search that draws from more combinations than this seldom tries them all, and to count them takes a while."""


def configurations(task: TaskInfo, options: SearchOptions) -> int:
    """Return how many different settings there are that a search of ``task`` can try.

    All of a grid; of another method those of a space that holds nothing but lists and steps. 0 where nobody knows:
    a number that is drawn from a range has no end of values. Raises what :class:`Rules` raises.
    """
    space = Space(options.dimensions)
    is_grid = options.method == "grid"
    values = {each.name: grid_values(each) if is_grid else _values(each) for each in space.dimensions}
    sizes = [len(each) for each in values.values()]
    if not all(sizes) or math.prod(sizes) > (MOST if is_grid else MOST_COUNTED):
        return 0
    return len(combined(space, Rules(task, options.settings, space.names), lambda each: values[each.name]))


def _values(dimension: Dimension) -> list[Value]:
    """All values that may be drawn of a dimension; none where there are too many, or no end of them."""
    if dimension.is_choice:
        return list(dict.fromkeys(dimension.choices))
    low, high, step = dimension.low, dimension.high, dimension.step or float(dimension.whole)
    if not step or (high - low) / step > MOST_COUNTED:
        return []
    count = steps_in(dimension) if dimension.step else round(high - low)
    return list(
        dict.fromkeys((*dimension.also, *(written(dimension, low + place * step) for place in range(count + 1))))
    )
