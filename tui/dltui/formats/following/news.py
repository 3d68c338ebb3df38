"""What is new in a log that was read again: the rows after those that are known, unless these have changed."""

from dataclasses import replace

import numpy as np

from dltui.formats.reading.table import Column
from dltui.runs.update import Batch, Rows


def appended(before: Batch, after: Batch) -> Batch | None:
    """Return what ``after`` has behind ``before``; None if what ``before`` has is no longer so."""
    skipped = after.skipped - before.skipped
    if skipped < 0 or not (_begins_with(after.steps, before.steps) and _begins_with(after.evals, before.evals)):
        return None
    return replace(
        after, steps=_behind(after.steps, before.steps), evals=_behind(after.evals, before.evals), skipped=skipped
    )


def _begins_with(rows: Rows | None, before: Rows | None) -> bool:
    if before is None:
        return True
    if rows is None or len(rows) < len(before) or rows.values.keys() != before.values.keys():
        return False
    count = len(before)
    pairs = [(rows.step, before.step), (rows.epoch, before.epoch), (rows.time, before.time)]
    pairs += [(values, before.values[name]) for name, values in rows.values.items()]
    return all(_same(now[:count], then) for now, then in pairs) and all(
        _same_unknown(rows, before, name) for name in rows.values
    )


def _same(now: Column, then: Column) -> bool:
    """Whether they are equal bit by bit: NaN is equal to itself then."""
    return np.array_equal(now.view(np.int64), then.view(np.int64))


def _same_unknown(rows: Rows, before: Rows, name: str) -> bool:
    now, then = rows.unknown.get(name), before.unknown.get(name)
    if now is None and then is None:
        return True
    count = len(before)
    nothing = np.zeros(count, dtype=np.bool_)
    return np.array_equal(nothing if now is None else now[:count], nothing if then is None else then)


def _behind(rows: Rows | None, before: Rows | None) -> Rows | None:
    if rows is None or before is None:
        return rows
    count = len(before)
    if len(rows) == count:
        return None
    return Rows(
        step=rows.step[count:],
        epoch=rows.epoch[count:],
        time=rows.time[count:],
        values={name: values[count:] for name, values in rows.values.items()},
        unknown={name: mask[count:] for name, mask in rows.unknown.items() if mask[count:].any()},
    )
