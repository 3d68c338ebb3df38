"""The task of a run, as its manifest tells it: of data that are the user's nothing is opened."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dltui.runs.script_task import task_of_script
from dltui_trainers.hparam import Hparam
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.plan import fixed_in
from dltui_trainers.registry import OF_GRIDS, TASKS, Kind, TaskInfo, fitting_augmentations
from dltui_trainers.runlog import DataInfo, Manifest, Value
from dltui_trainers.taskfile.names import is_task_file, shown_task, split_name
from dltui_trainers.taskfile.own import own_hparam


def task_of(manifest: Manifest) -> TaskInfo | None:
    """Return the task of a run; None for one that this version does not know.

    Of a task whose data are the user's the registry knows only the widest that can be. The manifest knows what these
    data made of it: which hyperparameters it reads, whether it is a classification, and how many samples it trains on.
    Where ``train_size`` cut them, how many there are in all is not told, and ``n_train`` counts those in use. Of a task
    file the manifest tells all: the file is not opened. So it is with a script that a recorder tells of.
    """
    if manifest.source != "worker":
        return task_of_script(manifest)
    if is_task_file(manifest.task):
        return _of_file(manifest)
    task = TASKS.get(manifest.task)
    if task is None or not task.resolver or manifest.data is None:
        return task
    reads = tuple(name for name in task.reads if name in manifest.hparams)
    return replace(task, n_train=manifest.data.n_train, kind=_kind(task, manifest.data), reads=reads or task.reads)


def _of_file(manifest: Manifest) -> TaskInfo:
    """A task file's, which may be on another machine, or gone. The choices of its own hyperparameters are not told."""
    data, hparams = manifest.data, manifest.hparams
    dimensions = 1 + len(data.input_shape) if data else 0
    task = TaskInfo(
        name=manifest.task,
        summary=f"your own task {shown_task(manifest.task)}",
        kind="regression" if data and data.classes is None else "classification",
        module="",
        n_train=data.n_train if data else 0,
        reads=tuple(hparams),
        models=OF_GRIDS if "model" in hparams else (),
        augmentations=fitting_augmentations(dimensions) if "augment" in hparams else (),
        input_shape=tuple(data.input_shape) if data else (),
        classes=data.classes if data else None,
        file=split_name(manifest.task)[0],
        own=tuple(_own(hparams)),
    )
    return replace(task, fixed=fixed_in(task, manifest))


def _own(hparams: Mapping[str, Value]) -> Iterator[Hparam]:
    for name, value in hparams.items():
        if name not in CATALOGUE:
            yield own_hparam(name, "" if value is None else value)


def _kind(task: TaskInfo, data: DataInfo) -> Kind:
    if task.kind == "language":
        return task.kind
    return "regression" if data.classes is None else "classification"
