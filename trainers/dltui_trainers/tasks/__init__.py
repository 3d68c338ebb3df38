"""The built-in tasks, one a file: data, model and loss. ``dltui_trainers.registry`` names them without torch."""

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Literal, Protocol, cast

import torch
from torch import Tensor, nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.registry import TaskInfo

Loss = Literal["cross_entropy", "mse"]

CORRUPTION_SEED = 20_200_101
"""Label noise is part of the data, so it is the same for every ``seed``: runs that differ in it can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskData:
    """The data of a training. ``expected_initial_loss`` is the loss of a network that knows nothing."""

    train_x: Tensor
    train_y: Tensor
    val_x: Tensor
    val_y: Tensor
    loss: Loss
    classes: int | None
    expected_initial_loss: float

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return tuple(self.train_x.shape[1:])

    def to(self, device: torch.device) -> "TaskData":
        """Return the same data on ``device``."""
        tensors = {name: getattr(self, name).to(device) for name in ("train_x", "train_y", "val_x", "val_y")}
        return replace(self, **tensors)

    def class_counts(self) -> list[int] | None:
        """Return the training samples of each class, ``None`` for a regression."""
        if self.classes is None:
            return None
        counts: list[int] = torch.bincount(self.train_y, minlength=self.classes).tolist()
        return counts


class Task(Protocol):
    """What the module of a task offers."""

    def load(self, hparams: Hparams) -> TaskData:
        """Return the data, cut and corrupted as ``hparams`` says."""
        ...

    def build_model(self, hparams: Hparams, data: TaskData) -> nn.Module:
        """Return the untrained network, from torch's random state as it is."""
        ...


def import_task(task: TaskInfo) -> Task:
    """Return the module of ``task``."""
    return cast(Task, import_module(task.module))


def shrink(train_x: Tensor, train_y: Tensor, hparams: Hparams) -> tuple[Tensor, Tensor]:
    """Return the first ``train_size`` samples (0: all of them); the tasks keep their samples in random order."""
    n = hparams.train_size or len(train_x)
    return train_x[:n], train_y[:n]


def with_label_noise(labels: Tensor, classes: int, share: float) -> Tensor:
    """Return ``labels`` with ``share`` of them replaced by a class drawn at random, the right one included.

    So ``share`` 1 leaves nothing to learn (Zhang et al. 2017, arXiv:1611.03530).
    """
    noisy = labels.clone()
    generator = torch.Generator().manual_seed(CORRUPTION_SEED)
    chosen = torch.randperm(len(labels), generator=generator)[: round(share * len(labels))]
    noisy[chosen] = torch.randint(classes, (len(chosen),), generator=generator)
    return noisy
