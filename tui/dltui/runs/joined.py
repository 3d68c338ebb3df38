"""Several readings of a log, one after the other, as one."""

from collections.abc import Iterator, Sequence

import numpy as np

from dltui.runs.update import Batch, Column, Mask, Rows, all_false, all_nan, all_true, newest_metrics
from dltui_trainers.runlog import EndRecord


def joined(batches: Sequence[Batch], skipped: int = 0) -> Batch:
    """Return the batches as one; ``skipped`` lines lay before the first. Taken in, it gives what they give in turn."""
    if len(batches) == 1 and not skipped:
        return batches[0]
    steps = [each.steps for each in batches if each.steps is not None]
    evals = [each.evals for each in batches if each.evals is not None]
    return Batch(
        steps=_rows(steps),
        evals=_rows(evals),
        layers=next((each.layers for each in reversed(batches) if each.layers is not None), None),
        parameters=tuple(record for each in batches for record in each.parameters),
        metrics=newest_metrics(each.metrics for each in batches),
        system=next((each.system for each in reversed(batches) if each.system is not None), None),
        events=tuple(event for each in batches for event in each.events),
        rows_before=tuple(_rows_before(batches)),
        end=_end(batches),
        skipped=skipped + sum(each.skipped for each in batches),
    )


def _rows_before(batches: Sequence[Batch]) -> Iterator[tuple[int, int]]:
    """The rows before each event, counted from the first batch on."""
    all_steps = all_evals = 0
    for batch in batches:
        yield from ((all_steps + steps, all_evals + evals) for steps, evals in batch.each_after())
        all_steps += len(batch.steps) if batch.steps else 0
        all_evals += len(batch.evals) if batch.evals else 0


def _end(batches: Sequence[Batch]) -> EndRecord | None:
    for batch in reversed(batches):
        if batch.end is not None or batch.steps is not None:
            return batch.end
    return None


def _rows(parts: list[Rows]) -> Rows | None:
    if not parts:
        return None
    values, unknown = {}, {}
    for name in parts[0].values:
        values[name], missing = _metric(parts, name)
        if missing is not None:
            unknown[name] = missing
    return Rows(
        step=np.concatenate([each.step for each in parts]),
        epoch=np.concatenate([each.epoch for each in parts]),
        time=np.concatenate([each.time for each in parts]),
        values=values,
        unknown=unknown,
    )


def _metric(parts: list[Rows], name: str) -> tuple[Column, Mask | None]:
    masks = [each.unknown.get(name) for each in parts]
    if all(mask is None for mask in masks):
        return np.concatenate([each.values[name] for each in parts]), None
    unknown = np.concatenate(
        [all_false(len(part)) if mask is None else mask for part, mask in zip(parts, masks, strict=True)]
    )
    if unknown.all():
        return all_nan(len(unknown)), all_true(len(unknown))
    return np.concatenate([each.values[name] for each in parts]), unknown
