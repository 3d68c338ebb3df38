"""Curves that were kept each by itself, laid side by side as the rows of one table."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dltui.formats.reading.table import Cells, Column, Positions

STEP, TIME = "step", "timestamp"
"""The columns of what each value tells beside itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCurve:
    """The values of one metric in the order of their writing. ``time`` is in Unix seconds; the three are as long.

    Several values that all stand at step 0 were logged without a step.
    """

    name: str
    step: Column
    time: Column
    value: Column


def side_by_side(curves: list[KeptCurve]) -> tuple[dict[str, Cells], int]:
    """Return the columns of all curves, and how many rows they have.

    What was written one after the other at one step is a row. So a validation that counts epochs stands where the
    training was, and a restart that went back is seen. Only curves that were written each as a whole, one after the
    other (a history that is logged when all is done), are joined by their step alone.
    """
    curves = [curve for curve in curves if len(curve.value)]
    if not curves:
        return {}, 0
    which = np.repeat(np.arange(len(curves)), [len(curve.value) for curve in curves])
    step = np.concatenate([_said_step(curve) for curve in curves])
    time = np.concatenate([np.maximum.accumulate(curve.time) for curve in curves])  # a clock that was set back
    order = np.lexsort((which, step)) if _one_after_the_other(curves) else np.lexsort((which, step, time))
    which, step, time = which[order], step[order], time[order]
    value = np.concatenate([curve.value for curve in curves])[order]
    row, first = _rows(which, step, time)
    step, time = step[first], time[first]
    said = np.flatnonzero(np.isfinite(step))
    columns = {STEP: Cells(said, step[said])} if len(said) else {}
    columns[TIME] = Cells(None, time)
    for at, curve in enumerate(curves):
        if curve.name not in columns:
            columns[curve.name] = Cells(row[which == at], value[which == at])
    return columns, len(first)


def _said_step(curve: KeptCurve) -> Column:
    return curve.step if len(curve.step) == 1 or curve.step.any() else np.full(len(curve.step), np.nan)


def _one_after_the_other(curves: list[KeptCurve]) -> bool:
    """Whether each curve of several values was begun only when the one before it was over."""
    spans = sorted((float(each.time[0]), float(each.time.max())) for each in curves if len(each.time) > 1)
    return len(spans) > 1 and all(end < begin for (_, end), (begin, _) in pairwise(spans))


def _rows(which: Positions, step: Column, time: Column) -> tuple[Positions, Positions]:
    """The row of each value, and the first value of each row. A curve's second value at a step begins another row.

    Values without a step are a row if they were logged in the same moment.
    """
    unsaid = np.isnan(step)
    together = (step[1:] == step[:-1]) | (unsaid[1:] & unsaid[:-1] & (time[1:] == time[:-1]))
    place = np.arange(len(step))
    stretch = np.cumsum(np.concatenate(([0], ~together)))
    grouped = np.lexsort((place, which, stretch))
    begins = np.ones(len(step), dtype=np.bool_)
    begins[1:] = (np.diff(stretch[grouped]) != 0) | (np.diff(which[grouped]) != 0)
    turn = np.empty(len(step), dtype=np.int64)
    turn[grouped] = place - np.maximum.accumulate(np.where(begins, place, 0))
    _, first, row = np.unique(stretch * (turn.max() + 1) + turn, return_index=True, return_inverse=True)
    return row, first
