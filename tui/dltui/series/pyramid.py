"""Minimum and maximum of any range of a growing column, at a cost that does not know how long the column is.

Level k holds the extremes of each complete block of ``FACTOR**k`` values. A range is answered by the few values at its
two ragged ends on each level, so that a chart costs what the screen is wide, not what the run is long.
"""

import numpy as np
import numpy.typing as npt

from dltui.series.gaps import Gaps, Positions
from dltui.series.growing import Column, GrowingColumn

FACTOR = 16
"""Values in a block. 16 costs 13 % of the column's memory, and a range at most 30 values on each level."""

_CHUNK = FACTOR**4  # values taken up at a time: what is made of them on the way stays in the processor's cache


class MinMaxPyramid:
    """The extremes of the usable values of a column; usable is finite and greater than ``above``.

    Call :meth:`grow` after the column grew. ``gaps`` tells where values are not usable, ``lowest`` is the smallest
    usable value of all.
    """

    __slots__ = ("_above", "_column", "_levels", "gaps", "lowest")

    def __init__(self, column: GrowingColumn, above: float = -np.inf) -> None:
        self._column = column
        self._above = above
        self._levels: list[tuple[GrowingColumn, GrowingColumn]] = []
        self.gaps = Gaps()
        self.lowest = np.inf
        self.grow()

    def grow(self) -> None:
        """Take up what was appended to the column since the last call."""
        values = self._column.values
        while len(self.gaps) < len(values):
            # Chunks end at the same positions whatever was appended when, so levels only ever see whole blocks.
            start = len(self.gaps)
            stop = min(len(values), (start // _CHUNK + 1) * _CHUNK)
            self._note(values[start:stop])
            self._grow_levels(stop)

    def keep(self, length: int) -> None:
        """Take note that only the first ``length`` values of the column were kept."""
        self.gaps.keep(length)
        for level, extremes in enumerate(self._levels, start=1):
            for column in extremes:
                column.keep(length // FACTOR**level)
        low, _ = self.extremes((0, length))
        self.lowest = float(low[0]) if np.isfinite(low[0]) else np.inf

    def _note(self, values: Column) -> None:
        smallest, largest = float(values.min()), float(values.max())  # a NaN among them makes both NaN
        if self._above < smallest and np.isfinite(smallest) and np.isfinite(largest):
            self.gaps.pass_over(len(values))
        else:
            usable = self._usable(values)
            self.gaps.extend(usable)
            smallest = float(np.min(values, initial=np.inf, where=usable))
        self.lowest = min(self.lowest, smallest)

    def extremes(self, edges: npt.ArrayLike) -> tuple[Column, Column]:
        """Minimum and maximum in each bin between two neighbours of the ascending positions ``edges``."""
        positions = np.asarray(edges, dtype=np.int64)
        return self.query(positions[:-1], positions[1:])

    def query(self, starts: Positions, stops: Positions) -> tuple[Column, Column]:
        """Minimum and maximum of each range [start, stop); NaN where it holds no usable value."""
        low = np.full(len(starts), np.inf)
        high = np.full(len(starts), -np.inf)
        if not len(starts):
            return low, high
        a, b = starts, np.maximum(starts, stops)
        level = 0
        while True:
            widest = int((b - a).max())
            if widest <= 2 * FACTOR or level == len(self._levels):
                self._reduce(level, low, high, a[None, :], b[None, :], widest)
                break
            inner_a, inner_b = -(-a // FACTOR), b // FACTOR
            ragged_a = np.stack([a, np.maximum(inner_b * FACTOR, a)])
            ragged_b = np.stack([np.minimum(inner_a * FACTOR, b), b])
            # A range inside one block has no inner part: its first ragged end takes it whole, the second nothing.
            whole = inner_a >= inner_b
            ragged_a[1] = np.where(whole, b, ragged_a[1])
            ragged_b[0] = np.where(whole, b, ragged_b[0])
            self._reduce(level, low, high, ragged_a, ragged_b, 2 * FACTOR if whole.any() else FACTOR - 1)
            a, b = inner_a, np.where(whole, inner_a, inner_b)
            level += 1
        empty = low > high
        low[empty] = high[empty] = np.nan
        return low, high

    def _reduce(self, level: int, low: Column, high: Column, a: Positions, b: Positions, width: int) -> None:
        """Take the ranges ``a[k]`` to ``b[k]`` of a level, each at most ``width`` long, into ``low`` and ``high``."""
        if width <= 0:
            return
        mins, maxs = self._level(level)
        if not len(mins):
            return
        index = a[None] + np.arange(width)[:, None, None]
        outside = index >= b[None]
        np.minimum(index, len(mins) - 1, out=index)
        smallest = mins[index]
        largest = smallest.copy() if maxs is mins else maxs[index]
        if level == 0:
            outside |= ~self._usable(smallest)
        smallest[outside] = np.inf
        largest[outside] = -np.inf
        np.minimum(low, smallest.min(axis=(0, 1)), out=low)
        np.maximum(high, largest.max(axis=(0, 1)), out=high)

    def _level(self, level: int) -> tuple[Column, Column]:
        if level == 0:
            return self._column.values, self._column.values
        mins, maxs = self._levels[level - 1]
        return mins.values, maxs.values

    def _usable(self, values: Column) -> npt.NDArray[np.bool_]:
        usable: npt.NDArray[np.bool_] = np.isfinite(values)
        if self._above > -np.inf:
            usable &= values > self._above
        return usable

    def _grow_levels(self, length: int) -> None:
        level = 0
        while (length := length // FACTOR) > 0:
            if level == len(self._levels):
                self._levels.append((self._column.another(), self._column.another()))
            mins, maxs = self._levels[level]
            below_min, below_max = self._level(level)
            part = slice(len(mins) * FACTOR, length * FACTOR)
            smallest, largest = _fold(below_min[part], np.minimum), _fold(below_max[part], np.maximum)
            if level == 0 and not (self._usable(smallest) & np.isfinite(largest)).all():
                usable = self._usable(below_min[part])
                smallest = _fold(np.where(usable, below_min[part], np.inf), np.minimum)
                largest = _fold(np.where(usable, below_max[part], -np.inf), np.maximum)
            mins.extend(smallest)
            maxs.extend(largest)
            level += 1


def _fold(values: Column, smaller_or_larger: np.ufunc) -> Column:
    """The extreme of each block. Halving is 3 times as fast as reducing along so short an axis."""
    width = FACTOR
    while width > 1:
        values = smaller_or_larger(values[0::2], values[1::2])
        width //= 2
    return values
