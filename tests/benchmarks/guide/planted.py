"""A warm process with a fault planted in it: ``python -P planted.py FAULT``. Nothing in dltui knows of it.

Each fault is a mistake that people make in their own training code. Here that code is the trainers', so functions of it
are exchanged for wrong ones before any training is forked; all else is the warm process as it is. The file is run by
its path and imports nothing of these tests, so that it needs no search path.
"""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter

from dltui_trainers import augment, loop, metrics, prepare, warm
from dltui_trainers.choices import Loss
from dltui_trainers.hparams import Hparams
from dltui_trainers.metrics import data_loss
from dltui_trainers.optimizers import make_optimizer, set_lr
from dltui_trainers.registry import TASKS
from dltui_trainers.schedules import LearningRate
from dltui_trainers.tasks import TaskData

SHUFFLE_SEED = 17
RAW_MEAN, RAW_DEVIATION = 120.0, 70.0
"""About those of the bytes of an image."""
FIXED_LR = 10.0

Change = Callable[[TaskData], TaskData]


def train_labels_shuffled() -> None:
    """The training inputs were shuffled and their labels were not; the validation set is as it should be."""
    _load_with(lambda data: replace(data, train_y=_shuffled(data.train_y)))


def labels_shuffled() -> None:
    """The same in both sets: inputs and labels have nothing to do with each other."""
    _load_with(lambda data: replace(data, train_y=_shuffled(data.train_y), val_y=_shuffled(data.val_y)))


def inputs_raw() -> None:
    """The inputs are not normalised: they lie about 120, with a deviation of 70."""
    _load_with(lambda data: replace(data, train_x=_raw(data.train_x), val_x=_raw(data.val_x)))


def layer_frozen() -> None:
    """The parameters of the first layer take no gradient: frozen for a fine-tuning, and forgotten."""

    def build(made: nn.Module) -> nn.Module:
        for parameter in _of_first_layer(made.parameters()):
            parameter.requires_grad_(False)
        return made

    _build_with(build)


def layer_forgotten() -> None:
    """The optimiser was given all parameters but those of the first layer; they take gradients, and never move."""

    def wrong(parameters: Iterable[Parameter], hparams: Hparams) -> torch.optim.Optimizer:
        given = list(parameters)
        left_out = {id(each) for each in _of_first_layer(given)}
        return make_optimizer([each for each in given if id(each) not in left_out], hparams)

    _exchange("make_optimizer", wrong, prepare)


def loss_summed() -> None:
    """``reduction="sum"`` in training and validation."""
    _exchange("data_loss", _summed, augment, metrics)


def train_loss_summed() -> None:
    """``reduction="sum"`` in the training alone."""
    _exchange("data_loss", _summed, augment)


def lr_fixed() -> None:
    """The optimiser steps with 10, whatever is asked for; the log shows what was asked for."""
    _exchange("set_lr", lambda optimizer, lr: set_lr(optimizer, FIXED_LR), loop)


def lr_fixed_and_logged() -> None:
    """The same, and the log shows the 10."""
    _exchange("at", lambda self, step: FIXED_LR, LearningRate)


FAULTS: dict[str, Callable[[], None]] = {
    plant.__name__: plant
    for plant in (
        train_labels_shuffled,
        labels_shuffled,
        inputs_raw,
        layer_frozen,
        layer_forgotten,
        loss_summed,
        train_loss_summed,
        lr_fixed,
        lr_fixed_and_logged,
    )
}


def _exchange(name: str, wrong: Callable[..., Any], *places: object) -> None:
    """Let that name mean something else, wherever it is called from."""
    for place in places:
        setattr(place, name, wrong)


def _summed(output: Tensor, target: Tensor, loss: Loss, *, label_smoothing: float = 0.0) -> Tensor:
    return data_loss(output, target, loss, label_smoothing=label_smoothing) * len(target)


def _load_with(change: Change) -> None:
    for module in _task_modules():
        module.load = _after(module.load, change)


def _build_with(change: Callable[[nn.Module], nn.Module]) -> None:
    for module in _task_modules():
        module.build_model = _after(module.build_model, change)


def _after(make: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *given: change(make(*given))


def _task_modules() -> list[Any]:
    return [import_module(task.module) for task in TASKS.values()]


def _shuffled(y: Tensor) -> Tensor:
    return y[torch.randperm(len(y), generator=torch.Generator().manual_seed(SHUFFLE_SEED))]


def _raw(x: Tensor) -> Tensor:
    return x * RAW_DEVIATION + RAW_MEAN


def _of_first_layer(parameters: Iterable[Parameter]) -> list[Parameter]:
    """The weights and the biases of the first layer: two, in all networks of dltui that have hidden layers."""
    return list(parameters)[:2]


def main(fault: str) -> int:
    """Plant the fault, and serve as the warm process does."""
    FAULTS[fault]()
    return warm.main()


if __name__ == "__main__":
    os._exit(main(sys.argv[1]))
