"""A column of numbers that grows at its end, at an amortised cost of the new numbers only."""

from typing import cast

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.float64]

_FIRST_CAPACITY = 256
_GROWTH = 1.5  # below 2: the last copy of a column of 1e7 points asks for 40 MB in reserve, not for 80


_LARGEST, _SMALLEST = 1e38, 1e-37
"""What lies between them is as exact in a float32 as any other number, to 7 digits."""


class GrowingColumn:
    """An append-only column of float64.

    A ``rough`` one takes half the memory and keeps 7 digits: enough for what is only drawn. It is exact from the first
    number on that is too large or too small for that.
    """

    __slots__ = ("_buffer", "_length", "_rough")

    def __init__(self, values: npt.ArrayLike = (), *, rough: bool = False) -> None:
        self._rough = rough
        self._buffer: Column = self._empty(0)
        self._length = 0
        self.extend(np.asarray(values, dtype=np.float64))

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> Column:
        """A read-only view of what is there now. It stays valid, and as long as it is, when the column grows.

        See :meth:`keep` for what ends that.
        """
        view = self._buffer[: self._length]
        view.flags.writeable = False
        return view

    def another(self) -> "GrowingColumn":
        """Return an empty column, rough if this one is."""
        return GrowingColumn(rough=self._rough)

    def extend(self, values: npt.ArrayLike) -> None:
        """Append ``values`` (a copy of them)."""
        added = np.asarray(values, dtype=np.float64).ravel()
        if self._rough and not _fits(added):
            self._rough = False
            self._move(len(self._buffer))
        length = self._length + len(added)
        if length > len(self._buffer):
            self._grow(length)
        self._buffer[self._length : length] = added
        self._length = length

    def keep(self, length: int) -> None:
        """Forget all but the first ``length`` values. A view that was longer tells nothing from then on."""
        self._length = min(self._length, length)

    def reserve(self, length: int) -> None:
        """Make room for ``length`` values in all. What is never filled takes no memory."""
        if length > len(self._buffer):
            self._move(length)

    def _move(self, capacity: int) -> None:
        buffer = self._empty(capacity)
        buffer[: self._length] = self._buffer[: self._length]
        self._buffer = buffer

    def _empty(self, capacity: int) -> Column:
        # a rough column calculates as any other: numpy takes it for what it is
        return cast(Column, np.empty(capacity, dtype=np.float32 if self._rough else np.float64))

    def _grow(self, length: int) -> None:
        # An empty column takes exactly what it is given: a finished log arrives whole and never grows again.
        grown = int(len(self._buffer) * _GROWTH) if self._length else length
        self.reserve(max(length, grown, _FIRST_CAPACITY))


def _fits(values: Column) -> bool:
    """Whether all finite values keep 7 digits as a float32."""
    sizes = np.abs(values)
    return not ((sizes > _LARGEST) & np.isfinite(sizes) | (sizes < _SMALLEST) & (sizes > 0)).any()
