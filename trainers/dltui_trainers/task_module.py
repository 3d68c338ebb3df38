"""The module of a task, our own or a person's file: what it offers, and what its data make of the task."""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

from torch import nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.tasks import TaskData


class Task(Protocol):
    """What the module of a task offers. One whose networks can show what they learned has a ``sample``, too."""

    def load(self, hparams: Hparams) -> TaskData:
        """Return the data, cut and corrupted as ``hparams`` says."""
        ...

    def build_model(self, hparams: Hparams, data: TaskData) -> nn.Module:
        """Return the untrained network, from torch's random state as it is."""
        ...


def import_task(task: TaskInfo) -> Task:
    """Return the module of ``task``; of a task file it is run, once. Raises :class:`TaskFileError`."""
    if task.file:
        from dltui_trainers.taskfile.adapted import adapted  # our own tasks do without

        return adapted(task)
    return cast(Task, import_module(task.module))


def settle(
    module: Task, task: TaskInfo, hparams: Hparams, data: TaskData, model: nn.Module
) -> tuple[TaskInfo, TaskData]:
    """Return the task and its data as the data of a person, and the network on their device, turn out to be.

    Of our own tasks both are known before. Raises :class:`TrainerError` where the three do not fit each other.
    """
    settling: Callable[..., tuple[TaskInfo, TaskData]] | None = getattr(module, "settle", None)
    return settling(task, hparams, data, model) if settling else (task, data)


def as_loaded(module: Task, task: TaskInfo, data: TaskData) -> TaskInfo:
    """Return the task as its data make it; of our own tasks that is known before."""
    known: Callable[[TaskInfo, TaskData], TaskInfo] | None = getattr(module, "as_loaded", None)
    return known(task, data) if known else task


def sample_of(task: TaskInfo, model: nn.Module, data: TaskData) -> str:
    """Return what the network makes up, in words; empty if its task has nothing of the kind.

    It changes neither the network nor a random state that the training draws from, and takes less than a second.
    """
    sample: Callable[[nn.Module, TaskData], str] | None = getattr(import_task(task), "sample", None)
    return sample(model, data) if sample else ""
