"""The x axes that several curves share: one row a record, and a column each for its step, epoch and time."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from dltui.series.growing import Column, GrowingColumn

AxisName = Literal["step", "epoch", "time"]
AXES: tuple[AxisName, ...] = ("step", "epoch", "time")

MAX_SEGMENTS = 64
"""More steps back than this is a shuffled log, not a restarted training: its points are drawn in the order of x."""


class Axis:
    """One x axis: a column cut into segments inside which it never goes back.

    A value that is not finite is unknown and takes the place of the one before it; before the first known one it is
    -inf, which no chart shows.
    """

    __slots__ = ("_column", "_starts")

    def __init__(self) -> None:
        self._column = GrowingColumn()
        self._starts = np.zeros(1, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._column)

    @property
    def values(self) -> Column:
        return self._column.values

    @property
    def shuffled(self) -> bool:
        """Whether x goes back too often to be cut there."""
        return len(self._starts) > MAX_SEGMENTS

    def extend(self, values: Column) -> npt.NDArray[np.int64]:
        """Append, and return the positions where x went back."""
        if not len(values):
            return np.empty(0, dtype=np.int64)
        before = float(self._column.values[-1]) if len(self._column) else -np.inf
        filled = _fill_forward(values, before)
        back = np.flatnonzero(filled[1:] < filled[:-1]) + 1 + len(self._column)
        if filled[0] < before:
            back = np.append(len(self._column), back)
        self._column.extend(filled)
        self.cut(back)
        return back

    def cut(self, positions: npt.NDArray[np.int64]) -> None:
        """Begin a new segment at each of ``positions``."""
        if len(positions):
            self._starts = np.union1d(self._starts, positions)

    def head(self, length: int) -> "Axis":
        """Return a copy of the first ``length`` rows."""
        copy = Axis()
        copy._column.extend(self.values[:length])
        copy.cut(self._starts[self._starts < length])
        return copy

    def keep(self, length: int) -> None:
        """Forget all but the first ``length`` rows."""
        self._column.keep(length)
        self._starts = self._starts[self._starts < max(length, 1)]

    def reserve(self, length: int) -> None:
        """Make room for ``length`` rows in all."""
        self._column.reserve(length)

    def segments(self, length: int) -> list[tuple[int, int]]:
        """The [start, stop) of each segment of the first ``length`` rows, without the empty ones."""
        stops = np.append(self._starts[1:], len(self._column))
        bounds = zip(self._starts.tolist(), np.minimum(stops, length).tolist(), strict=True)
        return [(start, stop) for start, stop in bounds if start < stop]


class Track:
    """The x axes of the curves that have a value in the same records.

    A value that only some records have (a validation, a statistic of every tenth step) belongs in a track of its own:
    in a trace, a value that is missing and one that is not a number look the same.

    Where the step goes back (a restart wrote to the same log), every axis begins a new segment.
    """

    __slots__ = ("_axes",)

    def __init__(self) -> None:
        self._axes = {name: Axis() for name in AXES}

    def __len__(self) -> int:
        return len(self._axes["step"])

    def axis(self, name: AxisName) -> Axis:
        return self._axes[name]

    def head(self, length: int) -> "Track":
        """Return a copy of the first ``length`` rows."""
        copy = Track()
        copy._axes = {name: axis.head(length) for name, axis in self._axes.items()}
        return copy

    def keep(self, length: int) -> None:
        """Forget all but the first ``length`` rows."""
        for axis in self._axes.values():
            axis.keep(length)

    def reserve(self, length: int) -> None:
        """Make room for ``length`` rows in all."""
        for axis in self._axes.values():
            axis.reserve(length)

    def extend(
        self, step: npt.ArrayLike, epoch: npt.ArrayLike | None = None, time: npt.ArrayLike | None = None
    ) -> None:
        """Append rows. An axis that the log does not know is left out. Raises ValueError if the lengths differ."""
        steps = np.asarray(step, dtype=np.float64).ravel()
        columns = {"step": steps, "epoch": _column(epoch, len(steps)), "time": _column(time, len(steps))}
        if any(len(column) != len(steps) for column in columns.values()):
            raise ValueError(f"axes differ in length: { {name: len(column) for name, column in columns.items()} }")
        restarts = np.empty(0, dtype=np.int64)
        for name in AXES:  # the step comes first: it tells the others where to cut
            axis = self._axes[name]
            back = axis.extend(columns[name])
            if name == "step":
                restarts = back
            else:
                axis.cut(restarts)


def _column(values: npt.ArrayLike | None, length: int) -> Column:
    return np.full(length, np.nan) if values is None else np.asarray(values, dtype=np.float64).ravel()


def _fill_forward(values: Column, before: float) -> Column:
    known = np.isfinite(values)
    if known.all():
        return values
    if not known.any():
        return np.full(len(values), before)
    source = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.where(source >= 0, values[source], before)
