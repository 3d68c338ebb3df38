"""What a look at the data makes of a task file: before it, only the widest that can be is known."""

from dataclasses import replace
from typing import cast

from dltui_trainers.choices import Augmentation
from dltui_trainers.looked import DataReport
from dltui_trainers.registry import Kind, TaskInfo


def as_seen(task: TaskInfo, looked: DataReport | None) -> TaskInfo:
    """Return the task as its data turned out to be; a built-in one, or one not yet looked at, as it is."""
    if not task.file or looked is None:
        return task
    return replace(
        task,
        kind=cast(Kind, looked.kind),
        n_train=looked.n_train,
        reads=tuple(looked.reads) or task.reads,
        augmentations=tuple(Augmentation(each) for each in looked.augmentations),
        input_shape=tuple(looked.input_shape),
        classes=looked.classes,
    )
