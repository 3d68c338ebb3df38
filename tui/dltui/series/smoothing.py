"""The smoothed curve: a debiased exponential moving average, at the cost of the new points only."""

from itertools import accumulate

import numpy as np
import numpy.typing as npt

from dltui.series.growing import Column

_BLOCK = 64  # points in one matrix product: 128 operations a point, and 1/64 of the points in the scan in Python
_FORGOTTEN = -40.0  # log of a bias that no longer changes a float64: exp(-40) is below its precision


class Ema:
    """Debiased exponential moving average, as TensorBoard's slider: ``weight`` 0 is the curve itself, 0.99 is calm.

    The average after n points is ``last / (1 - weight**n)`` with ``last = weight * last + (1 - weight) * value``,
    so that the first points are not pulled towards 0. A value that is not finite gives NaN there and is otherwise
    passed over. State is carried: pieces of a series give what the whole gives.
    """

    __slots__ = ("_count", "_last", "_matrix", "_powers", "weight")

    def __init__(self, weight: float) -> None:
        """Raises ValueError unless 0 <= weight < 1."""
        if not 0.0 <= weight < 1.0:
            raise ValueError(f"a smoothing weight is at least 0 and below 1, not {weight}")
        self.weight = weight
        self._last = 0.0
        self._count = 0
        lag = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
        with np.errstate(under="ignore"):
            self._matrix = np.where(lag >= 0, (1.0 - weight) * weight ** np.maximum(lag, 0), 0.0).T.copy()
            self._powers: Column = weight ** np.arange(1, _BLOCK + 1, dtype=np.float64)

    def extend(self, values: npt.ArrayLike) -> Column:
        """Return the smoothed continuation of everything given before, as long as ``values``."""
        raw = np.asarray(values, dtype=np.float64).ravel()
        if self.weight == 0.0:
            return np.where(np.isfinite(raw), raw, np.nan)
        finite = np.isfinite(raw)
        if finite.all():
            return self._smooth(raw)
        smoothed = np.full(len(raw), np.nan)
        smoothed[finite] = self._smooth(raw[finite])
        return smoothed

    def _smooth(self, values: Column) -> Column:
        if not len(values):
            return np.empty(0)
        with np.errstate(under="ignore", over="ignore", invalid="ignore"):
            averages = self._averages(values)
            self._last = float(averages[-1])
            self._debias(averages)
        self._count += len(values)
        return averages

    def _averages(self, values: Column) -> Column:
        """The average before the bias is taken out: whole blocks by one matrix product, then what each inherits."""
        blocks = len(values) // _BLOCK
        averages = np.empty(len(values))
        carried = self._last
        if blocks:
            whole = averages[: blocks * _BLOCK].reshape(blocks, _BLOCK)
            np.matmul(values[: blocks * _BLOCK].reshape(blocks, _BLOCK), self._matrix, out=whole)
            decay = float(self._powers[-1])
            scan = list(accumulate(whole[:, -1].tolist(), lambda last, own: own + decay * last, initial=carried))
            whole += np.multiply.outer(np.asarray(scan[:-1]), self._powers)
            carried = scan[-1]
        rest = len(values) - blocks * _BLOCK
        if rest:
            tail = values[blocks * _BLOCK :] @ self._matrix[:rest, :rest]
            averages[blocks * _BLOCK :] = tail + carried * self._powers[:rest]
        return averages

    def _debias(self, averages: Column) -> None:
        log_weight = float(np.log(self.weight))
        biased = min(len(averages), max(0, int(_FORGOTTEN / log_weight) + 1 - self._count))
        if biased:
            counts = np.arange(self._count + 1, self._count + biased + 1, dtype=np.float64)
            averages[:biased] /= -np.expm1(counts * log_weight)
