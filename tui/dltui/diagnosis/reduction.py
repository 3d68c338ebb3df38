"""A long series as a few hundred values that say the same: what keeps a diagnosis at a few milliseconds at any length.

A block is represented by some of its points, spread over it but not regularly (a golden-ratio sequence), so that the
cost does not know the length of the run and a rhythm in the log (the first batch of each epoch) is not taken for more.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Bounds = npt.NDArray[np.int64]

MOST_BLOCKS = 240
"""More blocks than a judgement needs, and few enough for its cost."""
SAMPLES = 16
"""Points looked at in a block. The mean of 16 is 4 times less noisy than one; more would only cost."""
_GOLDEN = 0.6180339887498949


@lru_cache(maxsize=64)
def even_bounds(length: int, most: int = MOST_BLOCKS) -> Bounds:
    """Return the edges of at most ``most`` blocks of nearly equal length that cover ``length`` rows."""
    return np.linspace(0, length, min(length, most) + 1).astype(np.int64)


def block_means(values: Values, bounds: Bounds) -> Values:
    """Return the mean of the finite values between each two ``bounds``; NaN for a block that has none."""
    counts = np.diff(bounds)
    if len(counts) == len(values) and (counts == 1).all():
        return np.where(np.isfinite(values), values, np.nan)
    sample = _sample(values, bounds[:-1], counts)
    finite = np.isfinite(sample)
    usable = finite.sum(axis=1)
    sums = np.where(finite, sample, 0.0).sum(axis=1)
    means: Values = np.divide(sums, usable, out=np.full(len(counts), np.nan), where=usable > 0)
    return means


def block_middles(steps: Values, bounds: Bounds) -> Values:
    """Return the middle between the first and the last of the ascending ``steps`` of each block."""
    if len(bounds) < 2:
        return np.empty(0)
    middles: Values = (steps[bounds[:-1]] + steps[bounds[1:] - 1]) / 2
    return middles


def _sample(values: Values, starts: Bounds, counts: Bounds) -> Values:
    """Up to SAMPLES points of each block as a row; NaN where a block has fewer."""
    width = int(min(SAMPLES, counts.max(initial=0)))
    if not width:
        return np.full((len(counts), 1), np.nan)
    place = np.arange(width)
    spread = ((place + 1) * _GOLDEN) % 1.0
    offsets = np.where(counts[:, None] <= width, place, (spread * counts[:, None]).astype(np.int64))
    rows = np.minimum(starts[:, None] + offsets, len(values) - 1)
    return np.where(place < counts[:, None], values[rows], np.nan)
