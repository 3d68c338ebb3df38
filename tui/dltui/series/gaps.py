"""Where a column has no usable value: runs of positions, so that the nearest usable one is found without a scan."""

from dataclasses import dataclass
from typing import Self, cast

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GapCount:
    """The unusable positions of a range: how many, the first, counted from its start, and whether it ends in one."""

    count: int
    first: int
    at_end: bool

    @classmethod
    def of(cls, values: npt.NDArray[np.float64]) -> Self:
        """Count the values that are not finite."""
        bad = ~np.isfinite(values)
        return cls(int(np.count_nonzero(bad)), int(np.argmax(bad)) if len(bad) else 0, bool(len(bad) and bad[-1]))


class Gaps:
    """The runs of unusable positions of a growing column: [start, stop) pairs, ascending and never touching."""

    __slots__ = ("_before", "_length", "_starts", "_stops")

    def __init__(self) -> None:
        self._length = 0
        self._set(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        """The number of positions seen so far, usable or not."""
        return self._length

    @property
    def total(self) -> int:
        """How many positions are unusable."""
        return int(self._before[-1])

    def extend(self, usable: npt.NDArray[np.bool_]) -> None:
        """Add the next positions of the column."""
        offset, self._length = self._length, self._length + len(usable)
        if usable.all():
            return
        edges = np.flatnonzero(np.diff(usable, prepend=True, append=True)) + offset
        starts, stops = edges[0::2], edges[1::2]
        if len(self._stops) and self._stops[-1] == starts[0]:  # the last run goes on
            starts[0] = self._starts[-1]
            self._set(np.concatenate([self._starts[:-1], starts]), np.concatenate([self._stops[:-1], stops]))
        else:
            self._set(np.concatenate([self._starts, starts]), np.concatenate([self._stops, stops]))

    def pass_over(self, count: int) -> None:
        """Add the next ``count`` positions, all of them usable."""
        self._length += count

    def keep(self, length: int) -> None:
        """Forget all but the first ``length`` positions."""
        if length < self._length:
            self._length = length
            runs = int(np.searchsorted(self._starts, length))
            self._set(self._starts[:runs], np.minimum(self._stops[:runs], length))

    def first_usable(self, positions: Positions) -> Positions:
        """The first usable position at or after each of ``positions`` (the column's length where there is none)."""
        if not len(self._starts):
            return positions
        run = np.searchsorted(self._starts, positions, side="right") - 1
        inside = (run >= 0) & (positions < self._stops[run])
        return np.where(inside, self._stops[run], positions)

    def last_usable(self, positions: Positions) -> Positions:
        """The last usable position at or before each of ``positions`` (-1 where there is none)."""
        if not len(self._starts):
            return positions
        run = np.searchsorted(self._starts, positions, side="right") - 1
        inside = (run >= 0) & (positions < self._stops[run])
        return np.where(inside, self._starts[run] - 1, positions)

    def count(self, start: int, stop: int) -> int:
        """How many positions in [start, stop) are unusable."""
        return self._count_before(stop) - self._count_before(start)

    def within(self, start: int, stop: int) -> GapCount:
        """The unusable positions in [start, stop)."""
        count = self.count(start, stop)
        if not count:
            return GapCount(0, 0, False)
        run = int(np.searchsorted(self._stops, start, side="right"))
        first = max(int(self._starts[run]), start)
        last = int(np.searchsorted(self._starts, stop - 1, side="right")) - 1
        return GapCount(count, first - start, last >= 0 and stop - 1 < int(self._stops[last]))

    def _count_before(self, position: int) -> int:
        run = int(np.searchsorted(self._starts, position, side="left"))
        if run == 0:
            return 0
        return int(self._before[run - 1] + min(position, self._stops[run - 1]) - self._starts[run - 1])

    def _set(self, starts: Positions, stops: Positions) -> None:
        self._starts, self._stops = starts, stops
        self._before = cast(Positions, np.concatenate([[0], np.cumsum(stops - starts)]))
