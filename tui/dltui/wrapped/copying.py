"""From the rows of a log of any format to the records of a run log, each row once."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from dltui.formats.following.news import appended
from dltui.runs.update import Batch, Column, Rows
from dltui_trainers.runlog import EvalRecord, Number, Record, StepRecord, number

_EARLIEST_S = 1e8
"""A smaller time is no Unix time: some logs count the seconds of the training."""
_OF_A_STEP = ("lr", "grad_norm", "update_ratio", "throughput", "data_wait")
_HIGHEST = 2**53


class Copied:
    """What was copied of the source in use. ``began_s``: when the training did, in Unix seconds."""

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self._last_s = began_s
        self._batch: Batch | None = None
        self._step_s: Column = np.empty(0)
        self._eval_s: Column = np.empty(0)
        self._carried: dict[str, Number] = {}
        self._must_replace = False

    def forget(self) -> None:
        """What :meth:`news` returned last was not written: the next time all of it is wanted, in the place of all."""
        self._batch, self._must_replace = None, True

    def news(self, batch: Batch, now_s: float) -> tuple[list[Record], bool]:
        """Return the records of what is new in the source, and whether they take the place of all before."""
        before = self._batch
        new = batch if before is None else appended(before, batch)
        if new is None and before is not None and appended(batch, before) is not None:
            return [], False  # a last line that may still change is waited for
        anew, self._must_replace = new is None or self._must_replace, False
        if new is None:
            new, self._carried = batch, {}
        self._batch = batch
        self._step_s = self._moments(batch.steps, self._step_s, now_s)
        self._eval_s = self._moments(batch.evals, self._eval_s, now_s)
        self._last_s = now_s
        steps = self._steps(new.steps, _last(self._step_s, new.steps))
        evals = _evals(new.evals, _last(self._eval_s, new.evals))
        return _merged(steps, evals), anew

    def _moments(self, rows: Rows | None, known: Column, now_s: float) -> Column:
        """When each row was written, in Unix seconds: as the log tells it, else as it was seen."""
        if rows is None:
            return known[:0]
        new = max(len(rows) - len(known), 0)
        seen = np.linspace(self._last_s, now_s, new + 1)[1:]
        moments = np.concatenate([known[: len(rows)], seen])
        told = np.isfinite(rows.time)
        if told.any():
            since = 0.0 if float(rows.time[told].min()) > _EARLIEST_S else self._began_s
            moments = np.where(told, rows.time + since, moments)
        return moments

    def _steps(self, rows: Rows | None, moments: Column) -> list[Record]:
        found: list[Record] = []
        for place, values in _known(rows):
            if "train_loss" not in values:  # a line of its own for the learning rate: the next loss has it
                self._carried.update({name: value for name, value in values.items() if name in _OF_A_STEP})
                continue
            measured = {name: values[name] for name in _OF_A_STEP if name in values}
            measured, self._carried = {**self._carried, **measured}, {}
            assert rows is not None
            found.append(
                StepRecord(
                    step=_count(rows.step[place]),
                    time=float(moments[place]),
                    epoch=number(float(rows.epoch[place])),
                    train_loss=values["train_loss"],
                    **measured,
                )
            )
        return found


def best_of(batch: Batch | None) -> tuple[int | None, float | None]:
    """Return the step and the value of the best validation loss, None without one."""
    losses = batch.evals.values["val_loss"] if batch is not None and batch.evals is not None else np.empty(0)
    if not np.isfinite(losses).any():
        return None, None
    assert batch is not None and batch.evals is not None
    place = int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))
    return _count(batch.evals.step[place]), float(losses[place])


def steps_per_epoch(rows: Rows | None) -> int:
    """Return how many steps make an epoch, as far as the last row tells it; 0 if it does not."""
    if rows is None or not rows.epoch[-1] >= 1 or not rows.step[-1] >= rows.epoch[-1]:
        return 0
    return round(float(rows.step[-1]) / float(rows.epoch[-1]))


def _evals(rows: Rows | None, moments: Column) -> list[Record]:
    if rows is None:
        return []
    return [
        EvalRecord(
            step=_count(rows.step[place]),
            time=float(moments[place]),
            epoch=number(float(rows.epoch[place])),
            **values,
        )
        for place, values in _known(rows)
    ]


def _known(rows: Rows | None) -> Iterator[tuple[int, dict[str, Number]]]:
    """For each row its place, and the values that it tells."""
    if rows is None:
        return
    columns = [(name, column.tolist(), rows.unknown.get(name)) for name, column in rows.values.items()]
    columns = [each for each in columns if each[2] is None or not each[2].all()]
    for place in range(len(rows)):
        yield (
            place,
            {name: number(values[place]) for name, values, unknown in columns if unknown is None or not unknown[place]},
        )


def _merged(steps: Sequence[Record], evals: Sequence[Record]) -> list[Record]:
    """Both in one order: by step, the training before its validation, each as it was in its log."""
    found: list[Record] = []
    waiting = 0
    for step in steps:
        while waiting < len(evals) and evals[waiting].step < step.step:
            found.append(evals[waiting])
            waiting += 1
        found.append(step)
    return [*found, *evals[waiting:]]


def _last(moments: Column, rows: Rows | None) -> Column:
    return moments[len(moments) - (0 if rows is None else len(rows)) :]


def _count(step: float) -> int:
    return max(-_HIGHEST, min(round(step), _HIGHEST)) if math.isfinite(step) else 0
