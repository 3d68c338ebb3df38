"""The statistics that the rules share: robust, cheap, and silent where there are too few points.

Everything is a function of short arrays (a few hundred values, see ``reduction``), so that none costs more than some
tens of microseconds.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from dltui.diagnosis.reduction import Values

Places = npt.NDArray[np.int64]

GAUSS = 1.4826
"""The median absolute deviation times this is the standard deviation of normal noise."""
SMOOTHING_SHARE = 0.03
"""A running median over 3 % of the run: wide enough for a spike, narrow enough for a turn."""
TREND_BLOCKS = 40
"""Trends are tested on at most this many block means: pairs grow with the square, and blocks are nearly independent."""


def noise(values: Values) -> float:
    """Return the standard deviation of the noise around the trend of ``values``; 0 for fewer than 4 of them.

    From the median absolute second difference: a straight trend cancels, and a few jumps do not count.
    """
    if len(values) < 4:
        return 0.0
    bends = np.abs(values[2:] - 2 * values[1:-1] + values[:-2])
    return GAUSS * float(np.median(bends)) / math.sqrt(6)


def smoothing_window(length: int) -> int:
    """The odd number of points that the running median looks at: 3 % of them, at least 3."""
    return max(3, int(length * SMOOTHING_SHARE) | 1)


def running_median(values: Values) -> Values:
    """Return the median around each point; at the ends the window is cut off, not moved.

    A spike shorter than half the window leaves no trace. Values must be finite.
    """
    if len(values) < 3:
        return values.copy()
    half = smoothing_window(len(values)) // 2
    padded = np.full(len(values) + 2 * half, np.nan)
    padded[half : half + len(values)] = values
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)  # NaN come last
    counts = np.isfinite(windows).sum(axis=1)
    rows = np.arange(len(values))
    middle: Values = (windows[rows, (counts - 1) // 2] + windows[rows, counts // 2]) / 2
    return middle


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through noisy points. ``slope``: per unit of x; ``low`` and ``high``: its 95 % interval.

    ``p_falling``: the probability of so many falling pairs if there were no trend (Mann-Kendall, one-sided).
    """

    slope: float
    low: float
    high: float
    p_falling: float


def trend(x: Values, y: Values) -> Trend | None:
    """Return the Theil-Sen slope and the Mann-Kendall test of block means; None for fewer than 4 points.

    Theil 1950, Sen 1968; Mann 1945, Kendall 1975. Half of the points may be outliers before the slope turns.
    """
    if len(x) < 4:
        return None
    x, y = blocks(x, TREND_BLOCKS), blocks(y, TREND_BLOCKS)
    n = len(x)
    first, second = _pairs(n)
    run = x[second] - x[first]
    usable = run > 0
    if not usable.any():
        return None
    slopes = np.sort((y[second] - y[first])[usable] / run[usable])
    score = float(np.sign(slopes).sum())
    deviation = math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    margin = 1.96 * deviation
    middle = len(slopes)
    low = slopes[max(0, int((middle - margin) / 2))]
    high = slopes[min(middle - 1, math.ceil((middle + margin) / 2))]
    return Trend(float(np.median(slopes)), float(low), float(high), normal_cdf((score + 1) / deviation))


@cache
def _pairs(n: int) -> tuple[Places, Places]:
    """All pairs of ``n`` points, the earlier one first."""
    return np.triu_indices(n, 1)


def blocks(values: Values, most: int) -> Values:
    """Return the means of at most ``most`` consecutive blocks of nearly equal length."""
    if len(values) <= most:
        return values
    edges = np.linspace(0, len(values), most + 1).astype(np.int64)
    return np.add.reduceat(values, edges[:-1]) / np.diff(edges)


def normal_cdf(z: float) -> float:
    """The probability that a standard normal number is below ``z``."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def confidence(value: float, threshold: float, error: float) -> float:
    """How sure it is that ``value``, known to within ``error``, is above ``threshold``: 0.5 at the threshold.

    Never quite 1: the model of the noise is a model.
    """
    if error <= 0:
        return 0.99 if value > threshold else 0.01
    return min(0.99, max(0.01, normal_cdf((value - threshold) / error)))
