"""A piece of a loss before a change, and one after it, as short series of block means that can be compared."""

import math
from dataclasses import dataclass

import numpy as np

from dltui.diagnosis.reduction import SAMPLES, Bounds, Values, block_means, block_middles
from dltui.diagnosis.statistics import noise, running_median
from dltui.interventions.lived import Lived

FEWEST = 4
"""Points on either side below which nothing is compared: a line through three has one to spare."""
BLOCKS = 60
"""Blocks before the change: their means are nearly independent, and more of them tell nothing more."""
MOST_BLOCKS = 120
"""So many where the time after the change is still short: its blocks are as long, and there must be four."""
GOLDEN = 0.6180339887498949
OUTLIER = 5.0
"""A block so many standard deviations of the noise away from its neighbours is a spike, and is held back there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """``step``: the middle of each block; ``value``: its mean loss, or the logarithm of it; ``phase``: see below.

    ``phase`` tells how far the epoch was, 0 to 1, and is None where that cannot matter. A network that knows its
    samples by heart has a training loss that falls in a step at each beginning of an epoch and stays level in it.
    """

    step: Values
    value: Values
    phase: Values | None

    def __len__(self) -> int:
        return len(self.value)


def blocks_of(before: Lived, after: Lived, *, by_epoch: bool) -> tuple[Blocks, Blocks, bool] | None:
    """Return both sides in blocks of the same length, and whether they are logarithms; None if there is too little.

    Logarithms where all means are positive: a loss that falls does so by a share of itself. What is left over by whole
    blocks is left out at the far ends, so that both sides touch the change.
    """
    n_before, n_after = len(before), len(after)
    length = max(1, math.ceil(n_before / MOST_BLOCKS), min(math.ceil(n_before / BLOCKS), n_after // FEWEST))
    if min(n_before, n_after) < FEWEST * length:
        return None
    before = before.part(n_before % length, n_before)
    sides = [_means(*_sampled(each, length), by_epoch) for each in (before, after)]
    if min(map(len, sides)) < FEWEST:
        return None
    on_log = all((each.value > 0).all() for each in sides)
    first, second = (_calmed(each, on_log) for each in sides)
    return first, second, on_log


def phase_of(epochs: Values) -> Values:
    """How far its epoch is at each row: 1 at the very end of it, never 0."""
    phases: Values = epochs - np.ceil(epochs) + 1
    return phases


def _sampled(rows: Lived, length: int) -> tuple[Lived, Bounds]:
    """Return some rows of each whole block, spread over it but not regularly, and the bounds of the blocks then."""
    if length <= SAMPLES:
        return rows, np.arange(0, len(rows) + 1, length)
    spread = np.sort(np.arange(1, SAMPLES + 1) * GOLDEN % 1.0)
    starts = np.arange(len(rows) // length) * length
    places = (starts[:, None] + (spread * length).astype(np.int64)).ravel()
    chosen = Lived(rows.step[places], rows.epoch[places], rows.value[places])
    return chosen, np.arange(0, len(places) + 1, SAMPLES)


def _means(rows: Lived, bounds: Bounds, by_epoch: bool) -> Blocks:
    value, step = block_means(rows.value, bounds), block_middles(rows.step, bounds)
    known = np.isfinite(value)
    phase = block_means(phase_of(rows.epoch), bounds)[known] if by_epoch else None
    return Blocks(step=step[known], value=value[known], phase=phase)


def _calmed(blocks: Blocks, on_log: bool) -> Blocks:
    value = np.log(blocks.value) if on_log else blocks.value
    if len(value) > FEWEST:
        middle, reach = running_median(value), OUTLIER * noise(value)
        value = np.clip(value, middle - reach, middle + reach) if reach > 0 else value
    return Blocks(step=blocks.step, value=value, phase=blocks.phase)
