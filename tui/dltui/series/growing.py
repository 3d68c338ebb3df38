"""A column of numbers that grows at its end, at an amortised cost of the new numbers only."""

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.float64]

_FIRST_CAPACITY = 256
_GROWTH = 1.5  # below 2: the last copy of a column of 1e7 points asks for 40 MB in reserve, not for 80


class GrowingColumn:
    """An append-only column of float64."""

    __slots__ = ("_buffer", "_length")

    def __init__(self, values: npt.ArrayLike = ()) -> None:
        self._buffer: Column = np.empty(0, dtype=np.float64)
        self._length = 0
        self.extend(np.asarray(values, dtype=np.float64))

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> Column:
        """A read-only view of what is there now. It stays valid, and as long as it is, when the column grows."""
        view = self._buffer[: self._length]
        view.flags.writeable = False
        return view

    def extend(self, values: npt.ArrayLike) -> None:
        """Append ``values`` (a copy of them)."""
        added = np.asarray(values, dtype=np.float64).ravel()
        length = self._length + len(added)
        if length > len(self._buffer):
            self._reserve(length)
        self._buffer[self._length : length] = added
        self._length = length

    def _reserve(self, length: int) -> None:
        # An empty column takes exactly what it is given: a finished log arrives whole and never grows again.
        grown = int(len(self._buffer) * _GROWTH) if self._length else length
        buffer = np.empty(max(length, grown, _FIRST_CAPACITY), dtype=np.float64)
        buffer[: self._length] = self._buffer[: self._length]
        self._buffer = buffer
