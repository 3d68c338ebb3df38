"""A loss as the training lived it up to some moment, also where it was undone later.

An undo takes rows off the curves of the state and keeps them in ``state.undone``. Whoever asks what a change did must
see the rows that the change had before and after it, whether they still count or not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dltui.diagnosis.reduction import Values
from dltui.diagnosis.rows import rows_of
from dltui.interventions.verdict import Metric
from dltui.series.curve import Curve
from dltui.series.state import RunState


@dataclass(frozen=True, slots=True)
class Lived:
    """Rows in the order of their steps. ``epoch`` is NaN where it is not known."""

    step: Values
    epoch: Values
    value: Values

    def __len__(self) -> int:
        return len(self.value)

    def part(self, start: int, stop: int) -> "Lived":
        """Return the rows [start, stop)."""
        return Lived(self.step[start:stop], self.epoch[start:stop], self.value[start:stop])

    def between(self, low: float, high: float) -> "Lived":
        """Return the rows whose steps are above ``low`` and at most ``high``."""
        start, stop = (int(np.searchsorted(self.step, at, side="right")) for at in (low, high))
        return self.part(start, max(start, stop))


def lived(state: RunState, metric: Metric, until_step: float, undone_since: int) -> Lived:
    """Return the rows up to ``until_step`` as they were before the last ``undone_since`` undos."""
    pieces = list(_pieces(state, metric, until_step, undone_since))[::-1]
    if len(pieces) == 1:
        return pieces[0]
    joined = (np.concatenate([getattr(each, name) for each in pieces]) for name in ("step", "epoch", "value"))
    return Lived(*joined)


def _pieces(state: RunState, metric: Metric, until_step: float, undone_since: int) -> Iterator[Lived]:
    """The newest rows first: those that the oldest of these undos took away."""
    undone = state.undone[-undone_since:] if undone_since else []
    for each in undone:
        if each.since_step < until_step:
            curve = each.val_loss if metric == "val_loss" else each.train_loss
            yield _rows(curve).between(each.since_step, until_step)
            until_step = each.since_step
    yield _rows(state.val_loss if metric == "val_loss" else state.train_loss).between(-np.inf, until_step)


def _rows(curve: Curve) -> Lived:
    rows = rows_of(curve, np.inf)
    if rows.source is None:  # begun again in the middle: what epoch a row is of is not worth the search
        return Lived(rows.step, np.full(len(rows.step), np.nan), rows.value)
    start = rows.source[1]
    return Lived(rows.step, curve.track.axis("epoch").values[start : start + len(rows.step)], rows.value)
