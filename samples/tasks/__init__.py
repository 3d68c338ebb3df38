"""Tasks with a fault in their data, which the built-in ones do not have; ``samples/train.py`` trains them.

Each has the interface of the built-in tasks, so that it is also an example of how a task of one's own is written.
"""

from dltui_trainers.named_task import find_task
from dltui_trainers.registry import TaskInfo

_DIGITS = find_task("digits")
_OF_IMAGES = ("model", "kernel_size", "channels", "pooling", "augment", "augment_strength")
_TABLE = tuple(name for name in _DIGITS.reads if name not in _OF_IMAGES)

SAMPLE_TASKS: dict[str, TaskInfo] = {
    task.name: task
    for task in (
        TaskInfo(
            name="rare",
            summary="a table in which one row in a hundred belongs to the class that matters",
            kind="classification",
            module=f"{__name__}.rare",
            n_train=2000,
            reads=_TABLE,
        ),
        TaskInfo(
            name="sorted_split",
            summary="digits sorted by how noisy their pictures are, the cleanest taken for validation",
            kind="classification",
            module=f"{__name__}.sorted_split",
            n_train=1437,
            reads=_DIGITS.reads,
            augmentations=_DIGITS.augmentations,
            handed=True,
        ),
        TaskInfo(
            name="small_memory",
            summary="digits on a device whose memory holds 24 samples at once",
            kind="classification",
            module=f"{__name__}.small_memory",
            n_train=1437,
            reads=_DIGITS.reads,
            augmentations=_DIGITS.augmentations,
            handed=True,
        ),
        TaskInfo(
            name="outliers",
            summary="a table in which a few rows were entered in the wrong unit",
            kind="classification",
            module=f"{__name__}.outliers",
            n_train=2000,
            reads=_TABLE,
        ),
    )
}
"""By name; ``module`` is what the training imports."""
