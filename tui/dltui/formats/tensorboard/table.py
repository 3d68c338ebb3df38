"""From the scalars of one training's files, as they were written, to rows and columns.

Each value was written alone. Those that were written one after the other at one step are a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dltui.formats.meaning.names import Split, meaning_of
from dltui.formats.reading.table import MAX_COLUMNS, Cells
from dltui.formats.tensorboard.scalars import Name, ScalarReader, Scalars
from dltui.formats.tensorboard.wire import Numbers, Places

STEP, TIME = "global_step", "timestamp"
"""The columns of what each event tells beside its values; names that go before all others of their meaning."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one of TensorBoard's runs, oldest first, and what its tags are named after."""

    run: str
    files: Sequence[ScalarReader]


def columns_of(sources: list[Source]) -> tuple[dict[str, Cells], int]:
    """Return the columns of all runs of one training, and how many rows they have."""
    names: dict[str, int] = {}
    curves = [_curves_of(source, names) for source in sources]
    scalars = _by_time(curves)
    if not len(scalars):
        return {}, 0
    groups = _Groups.of(scalars, len(names))
    cuts = _cuts(groups, len(scalars))
    if len(cuts) > 2:
        scalars = _side_by_side(scalars, cuts)
        groups = _Groups.of(scalars, len(names))
    starts = _row_starts(scalars, groups)
    return _columns(scalars, list(names), groups, starts), int(np.count_nonzero(starts))


@dataclass(frozen=True, slots=True)
class _Groups:
    """The places of the values: in ``order`` those of each name together, from ``begins`` of its number on."""

    order: Places
    begins: Places

    @classmethod
    def of(cls, scalars: Scalars, names: int) -> "_Groups":
        few = names <= np.iinfo(np.uint16).max  # numpy sorts 16 bits several times as fast
        order = np.argsort(scalars.name.astype(np.uint16) if few else scalars.name, kind="stable")
        return cls(order, np.concatenate(([0], np.cumsum(np.bincount(scalars.name, minlength=names)))))

    def spans(self) -> list[tuple[int, int, int]]:
        """Where each name is first and last, and its number, in the order of the first; only those with a value."""
        filled = np.flatnonzero(self.begins[1:] > self.begins[:-1])
        first, last = self.order[self.begins[filled]], self.order[self.begins[filled + 1] - 1]
        return sorted(zip(first.tolist(), last.tolist(), filled.tolist(), strict=True))


def _curves_of(source: Source, names: dict[str, int]) -> Scalars:
    """The values of a run under the numbers that their full names have in ``names``."""
    parts = []
    for file in source.files:
        scalars = file.scalars()
        numbers = np.array([_number(name, file, source.run, names) for name in file.names], dtype=np.int32)
        if len(scalars) and (numbers != np.arange(len(numbers))).any():
            scalars = replace(scalars, name=numbers[scalars.name])
        left_out = scalars.name < 0
        parts.append(scalars.at(np.flatnonzero(~left_out)) if left_out.any() else scalars)
    return Scalars.joined(parts)


def _number(name: Name, file: ScalarReader, run: str, names: dict[str, int]) -> int:
    """The number of a tag's column, -1 if it is none."""
    full = f"{run}/{name.tag}" if run and meaning_of(name.tag).split is Split.UNSAID else name.tag
    if full in (STEP, TIME) or not file.counts(name):
        return -1
    return names.setdefault(full, len(names))


def _by_time(runs: list[Scalars]) -> Scalars:
    """All runs as one, each in its own order, as they were written in turns."""
    if len(runs) == 1:
        return runs[0]
    times = np.concatenate([np.zeros(0), *(_never_falling(run.time) for run in runs)])
    return Scalars.joined(runs).at(np.argsort(times, kind="stable"))


def _side_by_side(scalars: Scalars, cuts: list[int]) -> Scalars:
    """Lay curves that were written one after the other, each from its beginning to its end, side by side by step.

    A program that draws its curves when all is done writes so. Curves that were written in turns stay in that order: it
    tells where a validation stands that counts otherwise, and where a restart went back.
    """
    steps = [np.maximum.accumulate(scalars.step[begin:end]) for begin, end in pairwise(cuts) if end > begin]
    return scalars.at(np.argsort(np.concatenate(steps), kind="stable"))


def _cuts(groups: _Groups, length: int) -> list[int]:
    """Where a curve begins after all those before it have ended, and both ends."""
    cuts, written_until = [0], -1
    for first, last, _ in groups.spans():
        if first == last:  # one value is no curve: a test at the end
            continue
        if first > written_until >= 0:
            cuts.append(first)
        written_until = max(written_until, last)
    return [*cuts, length]


def _never_falling(times: Numbers) -> Numbers:
    """The highest of the times so far; NaN counts for none."""
    highest: Numbers = np.fmax.accumulate(np.concatenate(([-np.inf], times)))[1:]
    return highest


def _row_starts(scalars: Scalars, groups: _Groups) -> Flags:
    """Whether a row begins with each value: its step is another than that before, or the row has its name already."""
    length = len(scalars)
    starts = np.ones(length, dtype=np.bool_)
    starts[1:] = scalars.step[1:] != scalars.step[:-1]
    step_begins = np.flatnonzero(starts)
    step_ends = np.append(step_begins[1:], length)
    end = np.repeat(step_ends, step_ends - step_begins)  # of the values at one step, for each of them
    again = np.full(length, length)  # where the same name comes next
    again[groups.order[:-1]] = groups.order[1:]
    again[groups.order[groups.begins[1:] - 1]] = length  # the last of each name; a name without a value hits another's
    if not (again < end).any():
        return starts
    following = np.minimum.accumulate(np.minimum(again, end)[::-1])[::-1]
    return _reached(following)


def _reached(following: Places) -> Flags:
    """The places that one comes to from the first by going from each to the one that follows it."""
    reached = np.zeros(len(following), dtype=np.bool_)
    steps, flags = np.ascontiguousarray(following).data, reached.data  # Python reads these faster than numpy's items
    at, length = 0, len(following)
    while at < length:
        flags[at] = True
        at = steps[at]
    return reached


def _columns(scalars: Scalars, names: list[str], groups: _Groups, starts: Flags) -> dict[str, Cells]:
    """The columns in the order of their first value, after the step and the time of each row's first value."""
    columns: dict[str, Cells] = {}
    if scalars.step.any():  # without a step all are written at 0: rows are counted then
        columns[STEP] = Cells(None, scalars.step[starts].astype(np.float64))
    columns[TIME] = Cells(None, scalars.time[starts])
    rows, values = (np.cumsum(starts) - 1)[groups.order], scalars.value[groups.order]
    for _, _, number in groups.spans()[: MAX_COLUMNS - len(columns)]:
        own = slice(int(groups.begins[number]), int(groups.begins[number + 1]))
        columns[names[number]] = Cells(rows[own], values[own])
    return columns
