"""What a training took back: the rows that it had logged beyond the step to which it returned."""

from dataclasses import dataclass

import numpy as np

from dltui.runs.update import Batch, Mask
from dltui.series.curve import Curve, SmoothedCurve
from dltui_trainers.runlog import EventRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """The losses that one undo took off the curves: those after ``since_step``, where the training stands again.

    ``until_step``: the step at which it stood. ``time_s``: when it went back, in seconds since the run's start. The
    curves may be without a point: a change was undone before anything was logged with it.
    """

    since_step: float
    until_step: float
    train_loss: SmoothedCurve
    val_loss: Curve
    time_s: float

    @classmethod
    def of(
        cls, train_loss: SmoothedCurve, val_loss: Curve, undo: EventRecord, *, time_s: float, last_step: float
    ) -> "Undone":
        """Copy what the ``undo`` takes off these two curves; ``last_step`` counts where it does not tell its own."""
        train, val = SmoothedCurve(train_loss.weight), Curve()
        train.copy_from(train_loss, train_loss.rows_until(undo.step))
        val.copy_from(val_loss, val_loss.rows_until(undo.step))
        stood_at = undo.from_ if isinstance(undo.from_, int) and undo.from_ >= undo.step else last_step
        return cls(since_step=undo.step, until_step=stood_at, train_loss=train, val_loss=val, time_s=time_s)


def undone_rows(batch: Batch) -> tuple[Mask, Mask]:
    """Which of the training rows and of the validations of a whole log were taken back later."""
    steps, evals = (np.zeros(len(rows or ()), dtype=np.bool_) for rows in (batch.steps, batch.evals))
    for undo, before in batch.undos:
        for rows, mask, count in zip((batch.steps, batch.evals), (steps, evals), before, strict=True):
            if rows is not None:
                standing = np.flatnonzero(~mask[:count] & (rows.step[:count] <= undo.step))
                mask[int(standing[-1]) + 1 if len(standing) else 0 : count] = True
    return steps, evals
