"""The built-in tasks by name, without importing torch: what each is, and which hyperparameters it reads."""

from dataclasses import dataclass, field
from typing import Any, Literal

from dltui_trainers.errors import UnknownTaskError, suggestion
from dltui_trainers.hparams import Augmentation

_LOOP = (
    "lr",
    "batch_size",
    "epochs",
    "optimizer",
    "momentum",
    "schedule",
    "warmup_steps",
    "grad_clip",
    "seed",
    "weight_decay",
    "l1",
    "early_stop_patience",
    "log_every",
    "watch_every",
    "checkpoint_every",
)
_NETWORK = ("layers", "width", "activation", "norm", "init", "dropout")
_CONVOLUTION = ("kernel_size", "channels", "pooling")
_CLASSIFICATION = ("label_smoothing", "augment", "augment_strength", "train_size", "label_noise")
_OF_IMAGES = tuple(Augmentation)
_OF_SIGNALS = tuple(each for each in Augmentation if each not in (Augmentation.ROTATE, Augmentation.AFFINE))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInfo:
    """One built-in task.

    ``module`` is imported by the training process only. ``reads`` names the hyperparameters that have an effect on
    this task; ``defaults`` are those that differ from the catalogue's. ``n_train`` counts the whole training set.
    ``augmentations`` are the random changes that exist for its inputs (a signal cannot be turned), and ``handed`` says
    that a mirrored sample is another one or none, as with digits and letters.
    """

    name: str
    summary: str
    kind: Literal["classification", "regression"]
    module: str
    n_train: int
    reads: tuple[str, ...]
    defaults: dict[str, Any] = field(default_factory=dict)
    augmentations: tuple[Augmentation, ...] = ()
    handed: bool = False


TASKS: dict[str, TaskInfo] = {
    task.name: task
    for task in (
        TaskInfo(
            name="digits",
            summary="handwritten digits, 1 797 real images of 8x8 pixels, 10 classes",
            kind="classification",
            module="dltui_trainers.tasks.digits",
            n_train=1437,
            reads=(*_LOOP, "model", *_NETWORK, *_CONVOLUTION, *_CLASSIFICATION),
            augmentations=_OF_IMAGES,
            handed=True,
        ),
        TaskInfo(
            name="mnist1d",
            summary="MNIST-1D, 4 000 + 1 000 procedural signals of 40 values, 10 classes",
            kind="classification",
            module="dltui_trainers.tasks.mnist1d",
            n_train=4000,
            reads=(*_LOOP, "model", *_NETWORK, *_CONVOLUTION, *_CLASSIFICATION),
            defaults={"epochs": 60, "width": 100},
            augmentations=_OF_SIGNALS,
            handed=True,
        ),
        TaskInfo(
            name="polynomial",
            summary="a polynomial through 12 noisy points of a parabola: underfits at degree 1, overfits at 9",
            kind="regression",
            module="dltui_trainers.tasks.polynomial",
            n_train=12,
            reads=(*_LOOP, "degree", "noise"),
            defaults={"epochs": 2000, "batch_size": 12, "lr": 0.03},
        ),
    )
}


def find_task(name: str) -> TaskInfo:
    """Return the built-in task of that name. Raises :class:`UnknownTaskError` with the closest name."""
    if name in TASKS:
        return TASKS[name]
    known = list(TASKS)
    raise UnknownTaskError(f"There is no task '{name}'.{suggestion(name, known)} The tasks are {', '.join(known)}.")
