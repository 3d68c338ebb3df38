"""What became of a finished training, in the few numbers that a label is decided by. Read from its run folder."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.faults.train import measured
from dltui_trainers.runlog import METRICS, EvalRecord, StepRecord, record_decoder

Column = npt.NDArray[np.float64]

MEDIAN_OF = 3
"""Validations whose median stands for the middle one: a single lucky validation is not the best of a run."""
TRAIN_SHARE = 0.05
"""Of the steps, whose median training loss is that of a moment: at least five records in most runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Losses of one training. ``best_*``: where the smoothed validation loss was lowest.

    ``initial_train_loss`` and ``end_train_loss`` are of the whole training set, without dropout;
    ``logged_train_at_best`` and ``logged_train_at_end`` are as the training saw it.
    """

    finite: bool
    steps: int
    best_step: float
    best_val_loss: float
    end_val_loss: float
    initial_train_loss: float
    end_train_loss: float
    logged_train_at_best: float
    logged_train_at_end: float

    @property
    def rise(self) -> float:
        """How far the validation loss ends above its best, as a share of it."""
        return self.end_val_loss / self.best_val_loss - 1


def outcome_of(folder: Path) -> Outcome:
    """Return the outcome of the run in ``folder``, which must have ended."""
    records = record_decoder.decode_lines((folder / METRICS).read_bytes())
    losses = [(each.step, float(each.train_loss)) for each in records if isinstance(each, StepRecord)]
    validations = [(each.step, float(each.val_loss)) for each in records if isinstance(each, EvalRecord)]
    train_steps, train = np.array(losses).T
    val_steps, val = np.array(validations).T
    finite = bool(np.isfinite(train).all() and np.isfinite(val).all())
    smooth = np.where(np.isfinite(val), _running_median(val), math.inf)
    best = int(np.argmin(smooth))
    steps, ends = int(val_steps[-1]), measured(folder)
    return Outcome(
        finite=finite and math.isfinite(float(ends.final_train_loss)),
        steps=steps,
        best_step=float(val_steps[best]),
        best_val_loss=float(smooth[best]),
        end_val_loss=float(smooth[-1]),
        initial_train_loss=float(ends.initial_train_loss),
        end_train_loss=float(ends.final_train_loss),
        logged_train_at_best=_median_before(train_steps, train, float(val_steps[best]), steps),
        logged_train_at_end=_median_before(train_steps, train, float(steps), steps),
    )


def _running_median(values: Column) -> Column:
    """The median of each value and its neighbours; at the ends, which have one only, the mean of the two."""
    reach = MEDIAN_OF // 2
    return np.array([np.median(values[max(0, i - reach) : i + reach + 1]) for i in range(len(values))])


def _median_before(steps: Column, losses: Column, until: float, total: int) -> float:
    """The median training loss of the ``TRAIN_SHARE`` of the run before ``until``; before any record the first one.

    The median, because a single record of a training that explodes may be a thousand times the others.
    """
    near = (steps <= until) & (steps > until - TRAIN_SHARE * total)
    return float(np.median(losses[near])) if near.any() else float(losses[0])
