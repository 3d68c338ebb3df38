"""The built-in tasks, one a file: data, model and loss. ``dltui_trainers.registry`` names them without torch."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dltui_trainers.choices import Loss
from dltui_trainers.hparams import Hparams
from dltui_trainers.own_loss import OwnLoss, OwnMetrics

CORRUPTION_SEED = 20_200_101
"""Label noise is part of the data, so it is the same for every ``seed``: runs that differ in it can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """How stored inputs become what the network sees, of mean 0 and deviation 1; both are (channels, 1, 1) or alike."""

    mean: Tensor
    deviation: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """Return the inputs of a network, as floats."""
        return torch.sub(x, self.mean).div_(self.deviation)

    def to(self, device: torch.device) -> "Scaling":
        """Return the same scaling on ``device``."""
        return Scaling(mean=self.mean.to(device), deviation=self.deviation.to(device))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskData:
    """The data of a training: ``x`` (samples, ...) and ``y``, which is (samples,) classes or (samples, 1) numbers.

    In a text, ``x`` and ``y`` are (samples, characters): at each place the class of the next one, which the
    ``vocabulary`` spells; both may be integers of any size. With a ``scaling`` the inputs are kept as they are stored,
    in a quarter of the memory, and scaled when they are used.
    ``expected_initial_loss`` is the loss of a network that knows nothing, ``None`` where nobody can say.

    A task file may have a ``loss`` and ``metrics`` of its own; the metrics then stand in the place of ours. Targets may
    have any shape then, and ``classes`` is ``None`` unless they are (samples,) classes.
    """

    train_x: Tensor
    train_y: Tensor
    val_x: Tensor
    val_y: Tensor
    loss: Loss | OwnLoss
    classes: int | None
    expected_initial_loss: float | None
    scaling: Scaling | None = None
    vocabulary: str = ""
    metrics: OwnMetrics | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return tuple(self.train_x.shape[1:])

    @property
    def outputs(self) -> int:
        """How many numbers a network answers to a sample: one a class, or as many as a target has."""
        return self.classes or self.train_y[0].numel()

    @property
    def is_sequence(self) -> bool:
        """Whether there is a class at each place of a sample."""
        return self.classes is not None and self.train_y.ndim > 1

    def inputs(self, x: Tensor) -> Tensor:
        """Return what the network sees of the stored ``x``."""
        if self.is_sequence:
            return x.long()
        return x if self.scaling is None else self.scaling(x)

    def to(self, device: torch.device) -> "TaskData":
        """Return the same data on ``device``."""
        tensors = {name: getattr(self, name).to(device) for name in ("train_x", "train_y", "val_x", "val_y")}
        return replace(self, scaling=self.scaling and self.scaling.to(device), **tensors)

    def class_counts(self) -> list[int] | None:
        """Return the training samples of each class, ``None`` where a sample has no class of its own."""
        if self.classes is None or self.is_sequence:
            return None
        counts: list[int] = torch.bincount(self.train_y, minlength=self.classes).tolist()
        return counts


def initial_loss(loss: Loss, classes: int) -> float:
    """Return the loss of a network that knows nothing of ``classes``: it calls all alike, or answers 0 to all (mse)."""
    return 1 / classes if loss is Loss.MSE else math.log(classes)


def of_classes(
    hparams: Hparams,
    classes: int,
    *,
    train: tuple[Tensor, Tensor],
    val: tuple[Tensor, Tensor],
    scaling: Scaling | None = None,
) -> TaskData:
    """Return the data of a classification: of ``train`` what ``hparams`` ask for, with wrong labels if they do."""
    train_x, train_y = first_of_each_class(*shrink(*train, hparams), hparams.per_class)
    return TaskData(
        train_x=train_x,
        train_y=with_label_noise(train_y, classes, hparams.label_noise),
        val_x=val[0],
        val_y=val[1],
        loss=hparams.loss,
        classes=classes,
        expected_initial_loss=initial_loss(hparams.loss, classes),
        scaling=scaling,
    )


def shrink(train_x: Tensor, train_y: Tensor, hparams: Hparams) -> tuple[Tensor, Tensor]:
    """Return the first ``train_size`` samples (0: all of them); the tasks keep their samples in random order."""
    n = hparams.train_size or len(train_x)
    return train_x[:n], train_y[:n]


def first_of_each_class(x: Tensor, labels: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the first ``count`` samples of each class (0: all of them), in the order in which they stand.

    A class that has fewer gives what it has.
    """
    if not count:
        return x, labels
    chosen = torch.cat([torch.nonzero(labels == each).flatten()[:count] for each in set(labels.tolist())])
    places = chosen.sort().values
    return x[places], labels[places]


def with_label_noise(labels: Tensor, classes: int, share: float) -> Tensor:
    """Return ``labels`` with ``share`` of them replaced by a class drawn at random, the right one included.

    So ``share`` 1 leaves nothing to learn (Zhang et al. 2017, arXiv:1611.03530).
    """
    noisy = labels.clone()
    generator = torch.Generator().manual_seed(CORRUPTION_SEED)
    chosen = torch.randperm(len(labels), generator=generator)[: round(share * len(labels))]
    noisy[chosen] = torch.randint(classes, (len(chosen),), generator=generator)
    return noisy
