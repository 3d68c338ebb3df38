"""Puts together what can be told of the data of a task."""

import math
from collections.abc import Sequence

from torch import Tensor

from dltui_trainers.looked import DataReport, ModelReport
from dltui_trainers.own_loss import OwnLoss
from dltui_trainers.probes.baselines import baselines, counts_of, finite
from dltui_trainers.probes.duplicates import find_duplicates, samples_compared
from dltui_trainers.probes.inputs import describe_inputs, non_finite_inputs, non_finite_targets, samples_looked_at
from dltui_trainers.probes.neighbours import neighbour_score
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Number, number, number_or_none
from dltui_trainers.tasks import TaskData


def describe_data(
    task: TaskInfo, data: TaskData, device: str = "cpu", models: Sequence[ModelReport] = ()
) -> DataReport:
    """Return the report on ``data``, which ``task`` has loaded and would train with on ``device``.

    ``models``: what is known of networks for it.
    """
    marks, duplicates = baselines(data), find_duplicates(data)
    mean, variance = _moments(data)
    return DataReport(
        task=task.name,
        kind=task.kind,
        loss=str(data.loss),
        classes=data.classes,
        n_train=len(data.train_x),
        n_val=len(data.val_x),
        input_shape=list(data.input_shape),
        class_counts=_class_counts(data, data.train_y),
        val_class_counts=_class_counts(data, data.val_y),
        looked_at=samples_looked_at(data.train_x),
        compared=samples_compared(data.train_x),
        val_compared=samples_compared(data.val_x),
        inputs=describe_inputs(data),
        non_finite_inputs=non_finite_inputs(data),
        non_finite_targets=non_finite_targets(data),
        target_mean=mean,
        target_variance=variance,
        repeated=duplicates.repeated,
        contradictory=duplicates.contradictory,
        val_in_train=duplicates.val_in_train,
        uniform_loss=number(marks.uniform_loss),
        constant_loss=number(marks.constant_loss),
        expected_initial_loss=number(math.nan if data.expected_initial_loss is None else data.expected_initial_loss),
        neighbour_score=number_or_none(neighbour_score(data)),
        chance=marks.chance,
        device=device,
        models=list(models),
        own_loss=isinstance(data.loss, OwnLoss),
        reads=list(task.reads) if task.file else [],
        augmentations=[str(each) for each in task.augmentations] if task.file else [],
    )


def _class_counts(data: TaskData, y: Tensor) -> list[int] | None:
    if data.classes is None or data.is_sequence:
        return None
    counts: list[int] = counts_of(y, data.classes).tolist()
    return counts


def _moments(data: TaskData) -> tuple[Number | None, Number | None]:
    """Mean and variance of the training targets of a regression."""
    if data.classes is not None:
        return None, None
    y = finite(data.train_y)
    return number(float(y.mean())), number(float(y.var(correction=0)))
