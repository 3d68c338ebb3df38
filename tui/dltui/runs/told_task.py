"""The task of a run, as its manifest tells it: of data that are the user's nothing is opened."""

from dataclasses import replace

from dltui_trainers.registry import TASKS, Kind, TaskInfo
from dltui_trainers.runlog import DataInfo, Manifest


def task_of(manifest: Manifest) -> TaskInfo | None:
    """Return the task of a run; None for one that this version does not know.

    Of a task whose data are the user's the registry knows only the widest that can be. The manifest knows what these
    data made of it: which hyperparameters it reads, whether it is a classification, and how many samples it trains on.
    Where ``train_size`` cut them, how many there are in all is not told, and ``n_train`` counts those in use.
    """
    task = TASKS.get(manifest.task)
    if task is None or not task.resolver or manifest.data is None:
        return task
    reads = tuple(name for name in task.reads if name in manifest.hparams)
    return replace(task, n_train=manifest.data.n_train, kind=_kind(task, manifest.data), reads=reads or task.reads)


def _kind(task: TaskInfo, data: DataInfo) -> Kind:
    if task.kind == "language":
        return task.kind
    return "regression" if data.classes is None else "classification"
