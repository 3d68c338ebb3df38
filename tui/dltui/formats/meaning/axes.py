"""Gives each row of a log its place: a step that counts through the whole training, an epoch, a time.

Logs count in many ways: only epochs; steps that begin anew in each epoch; a validation line with a counter of its own,
or with none. What really goes back (a restart was appended to the file) stays going back, so that it can be seen.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dltui.formats.reading.table import Column, Dense, Mask
from dltui.log_options import Role

REPEATS = 0.1
"""Share of rows that may have the epoch of the row before: a restart repeats one, a log of steps repeats nearly all."""
RESETS = 0.5
"""From this share of new epochs on that begin with a lower step, the step counts within the epoch."""
CLOCK_ROWS = 4
"""Fewer times than this may rise by chance: durations of an epoch would be taken for a clock."""
FALLS = 0.05
"""Share of rows in which a clock may be set back; durations fall in every second one."""

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """A value for each row. The step is always finite; epoch and time are NaN where the log does not tell them."""

    step: Column
    epoch: Column
    time: Column


def place(found: dict[Role, Dense], train: Mask, val: Mask, step_total: float) -> Axes:
    """Return where each row stands. ``train``, ``val``: the rows that have a training's, a validation's value."""
    length = len(train)
    epoch = _filled(found[Role.EPOCH]) if Role.EPOCH in found else np.full(length, np.nan)
    if Role.STEP not in found:
        step = epoch if _counts_epochs(epoch, train, val) else _order(train, val)
    elif _begins_anew(found[Role.STEP], epoch, train if train.any() else val):
        step, epoch = _through_epochs(found[Role.STEP], epoch, train, val, step_total)
    else:
        step = _continued(found[Role.STEP], train, val)
    return Axes(step=step, epoch=epoch, time=_clock(found.get(Role.TIME), step))


def _filled(column: Dense) -> Column:
    """The column with each gap filled by the value before it, the first gap by the first value."""
    known = np.isfinite(column.values)
    if known.all():
        return column.values
    source = np.maximum.accumulate(np.where(known, np.arange(len(known)), -1))
    source[source < 0] = int(np.argmax(known))
    filled: Column = column.values[source]
    return filled


def _counts_epochs(epoch: Column, train: Mask, val: Mask) -> bool:
    """Whether the epoch can be the step: whole, and not the same for many rows."""
    rows = epoch[train if train.any() else val]
    if not len(rows) or not np.isfinite(rows).all() or (rows != np.floor(rows)).any():
        return False
    return float(np.count_nonzero(rows[1:] == rows[:-1])) <= REPEATS * len(rows)


def _order(train: Mask, val: Mask) -> Column:
    """Count the training's rows from 1; a validation stands where the training was. Without either, count the rows."""
    counted = train if train.any() else val if val.any() else np.ones(len(train), dtype=np.bool_)
    order: Column = np.maximum(np.cumsum(counted), 1).astype(np.float64)
    return order


def _begins_anew(step: Dense, epoch: Column, rows: Mask) -> bool:
    """Whether the step begins anew with each epoch."""
    counted = rows & step.present
    steps, epochs = step.values[counted], epoch[counted]
    later = epochs[1:] > epochs[:-1]
    back = (steps[1:] <= steps[:-1]) & later
    return bool(later.any()) and float(np.count_nonzero(back)) >= RESETS * float(np.count_nonzero(later))


def _through_epochs(step: Dense, epoch: Column, train: Mask, val: Mask, step_total: float) -> tuple[Column, Column]:
    """Turn steps within an epoch into steps of the training, and whole epochs into fractions of them."""
    counted = (train if train.any() else val) & step.present
    highest = float(step.values[counted].max())
    per_epoch = step_total if step_total >= highest else highest + float(step.values[counted].min() == 0)
    per_epoch = max(per_epoch, 1.0)
    before = np.floor(epoch) - (0.0 if np.nanmin(epoch) < 1 else 1.0)  # whole epochs done when this one began
    through = before * per_epoch + step.values
    last, following = _neighbours(counted, through)
    own_is_sound = step.present & (train | ((through >= last) & (through <= following)))
    ends_epoch = ~(np.floor(_next(counted, epoch)) <= np.floor(epoch))  # no training row of this epoch comes after it
    elsewhere = np.where(ends_epoch, (before + 1) * per_epoch, np.where(np.isfinite(last), last, before * per_epoch))
    placed = np.where(own_is_sound, through, elsewhere)
    return placed, placed / per_epoch


def _continued(step: Dense, train: Mask, val: Mask) -> Column:
    """Steps of the whole training: gaps are filled, a validation with a counter of its own gets the training's."""
    at = np.flatnonzero(val & ~train & step.present)
    counted = np.flatnonzero(train & step.present)
    if not len(at) or not len(counted):
        return _filled(step)
    own, behind = step.values[at], np.searchsorted(counted, at)
    last = np.where(behind > 0, step.values[counted[behind - 1]], -np.inf)
    following = np.where(behind < len(counted), step.values[counted[np.minimum(behind, len(counted) - 1)]], np.inf)
    foreign = (own < last) & (following >= last)
    values = step.values.copy()
    values[at[foreign]] = last[foreign]
    return _filled(Dense(values, step.present))


def _neighbours(rows: Mask, values: Column) -> tuple[Column, Column]:
    """For each row the value of the last of ``rows`` up to it (-inf without one) and of the next (inf)."""
    index = np.arange(len(rows))
    source = np.maximum.accumulate(np.where(rows, index, -1))
    last = np.where(source >= 0, values[source], -np.inf)
    following = _next(rows, values)
    return last, np.where(np.isnan(following), np.inf, following)


def _next(rows: Mask, values: Column) -> Column:
    """For each row the value of the next of ``rows`` after it, NaN without one."""
    length = len(rows)
    source = np.minimum.accumulate(np.where(rows, np.arange(length), length)[::-1])[::-1]
    after = np.append(source[1:], length)
    return np.where(after < length, values[np.minimum(after, length - 1)], np.nan)


def _clock(time: Dense | None, step: Column) -> Column:
    """The time where it is that of a clock, running on where it was set back (a restart, the end of a warm-up).

    A duration (seconds that an epoch took) is none: it does not keep rising.
    """
    unknown = np.full(len(step), np.nan)
    known = np.zeros(len(step), dtype=np.bool_) if time is None else np.isfinite(time.values)
    if time is None or np.count_nonzero(known) < CLOCK_ROWS:
        return unknown
    times, steps = time.values[known], step[known]
    falls = times[1:] < times[:-1]
    strange = falls & ~(steps[1:] < steps[:-1])
    if np.count_nonzero(strange) > FALLS * len(times) or not times.max() > times[0]:
        return unknown
    running = times.copy()
    running[1:] += np.cumsum(np.where(falls, times[:-1] - times[1:], 0.0))
    placed = unknown
    placed[known] = running
    return _filled(Dense(placed, known))
