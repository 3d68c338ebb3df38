"""The tasks of these benchmarks, one a file, with the interface of the built-in ones; none of them ships with dltui.

Each has an error that no network can avoid (noise on targets, overlapping classes), so that a relative difference of
two validation losses means something, and few enough samples that a network can learn them by heart.
"""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from dltui_trainers.choices import Augmentation, Loss
from dltui_trainers.hparams import Hparams
from dltui_trainers.named_task import find_task
from dltui_trainers.registry import TaskInfo
from dltui_trainers.tasks import TaskData, shrink, with_label_noise

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

N_VAL = 1500
_CONVOLUTION = ("model", "kernel_size", "channels", "pooling")
_IMAGES = find_task("digits").reads
_CLASSES = tuple(name for name in _IMAGES if name not in (*_CONVOLUTION, "augment", "augment_strength"))
_TARGETS = tuple("noise" if name == "label_noise" else name for name in _CLASSES if name != "label_smoothing")


def _task(
    name: str,
    summary: str,
    kind: Literal["classification", "regression"],
    n_train: int,
    reads: tuple[str, ...],
    augmentations: tuple[Augmentation, ...] = (),
    **defaults: object,
) -> TaskInfo:
    return TaskInfo(
        name=name,
        summary=summary,
        kind=kind,
        module=f"{__name__}.{name}",
        n_train=n_train,
        reads=reads,
        defaults=defaults,
        augmentations=augmentations,
    )


FRESH: dict[str, TaskInfo] = {
    task.name: task
    for task in (
        _task("spirals", "three noisy spiral arms in the plane", "classification", 600, _CLASSES, epochs=80),
        _task("blobs", "four overlapping Gaussians in 20 dimensions", "classification", 400, _CLASSES, epochs=60),
        _task("teacher", "the outputs of a random network, with noise", "regression", 500, _TARGETS, epochs=80),
        _task("sines", "a sum of three sines on a line, with noise", "regression", 300, _TARGETS, epochs=300),
        _task(
            "shapes",
            "bars, crosses and blobs of 8x8 noisy pixels",
            "classification",
            600,
            _IMAGES,
            tuple(Augmentation),
            epochs=30,
        ),
        _task("imbalance", "a table with classes of 80, 15 and 5 %", "classification", 800, _CLASSES, epochs=40),
        _task("parity", "the parity of three of ten noisy bits", "classification", 1200, _CLASSES, epochs=60),
    )
}
"""By name; ``module`` is what the trainers import, as they do with their own tasks."""


def task_named(name: str) -> TaskInfo:
    """Return a task of these benchmarks or a built-in one. Raises ``UnknownTaskError``."""
    return FRESH.get(name) or find_task(name)


def classification(
    draw: Callable[[np.random.Generator, int], tuple[Floats, Integers]],
    hparams: Hparams,
    *,
    seed: int,
    n_train: int,
    classes: int,
) -> TaskData:
    """Return the samples that ``draw`` makes, scaled to mean 0 and deviation 1 as measured on the training set."""
    x, y = draw(np.random.default_rng(seed), n_train + N_VAL)
    inputs, labels = _scaled(x, n_train), torch.from_numpy(y)
    train_x, train_y = shrink(inputs[:n_train], labels[:n_train], hparams)
    return TaskData(
        train_x=train_x,
        train_y=with_label_noise(train_y, classes, hparams.label_noise),
        val_x=inputs[n_train:],
        val_y=labels[n_train:],
        loss=Loss.CROSS_ENTROPY,
        classes=classes,
        expected_initial_loss=math.log(classes),
    )


def regression(
    draw: Callable[[np.random.Generator, int], tuple[Floats, Floats]],
    hparams: Hparams,
    *,
    seed: int,
    n_train: int,
    val_noise: float,
) -> TaskData:
    """Return the samples that ``draw`` makes, inputs and targets scaled, with noise on the targets.

    ``hparams.noise`` is that of the training targets only: the validation set, and so the loss on it, stays the same.
    """
    random = np.random.default_rng(seed)
    x, y = draw(random, n_train + N_VAL)
    inputs, targets = _scaled(x, n_train), (y - y[:n_train].mean()) / y[:n_train].std()
    unit = random.standard_normal(len(y))
    noisy = targets + unit * np.where(np.arange(len(y)) < n_train, hparams.noise, val_noise)
    outputs = torch.from_numpy(noisy).float().unsqueeze(1)
    train_x, train_y = shrink(inputs[:n_train], outputs[:n_train], hparams)
    return TaskData(
        train_x=train_x,
        train_y=train_y,
        val_x=inputs[n_train:],
        val_y=outputs[n_train:],
        loss=Loss.MSE,
        classes=None,
        expected_initial_loss=float(train_y.var(correction=0)),
    )


def _scaled(x: Floats, n_train: int) -> torch.Tensor:
    axes = (0,) if x.ndim == 2 else None
    mean, deviation = x[:n_train].mean(axis=axes), x[:n_train].std(axis=axes)
    return torch.from_numpy((x - mean) / deviation).float()
