"""The tasks by name, without importing torch: what each is, and which hyperparameters it reads.

A task is built in, or it is a file of a person's own; see :mod:`dltui_trainers.taskfile`.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dltui_trainers.choices import Augmentation, Model, Norm
from dltui_trainers.hparam import Hparam
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.taskfile.names import shown_task

_LOOP = (
    "lr",
    "batch_size",
    "epochs",
    "max_steps",
    "optimizer",
    "momentum",
    "schedule",
    "warmup_steps",
    "eval_every",
    "grad_clip",
    "seed",
    "weight_decay",
    "l1",
    "early_stop_patience",
    "log_every",
    "watch_every",
    "checkpoint_every",
)
_NETWORK = ("layers", "width", "activation", "norm", "init", "dropout", "layer_dropout", "input_dropout")
_TABLE = ("data", "target", "target_kind", "ignore", "text_columns", "missing", "val_share")
_TEXT = ("data", "val_share", "context")
_CONVOLUTION = ("kernel_size", "channels", "pooling")
_AUGMENTATION = ("augment", "augment_strength")
_CLASSES = ("loss", "label_smoothing", "per_class", "label_noise")
_NETWORKS = ("model", *_NETWORK, *_CONVOLUTION)
_OF_IMAGES = tuple(Augmentation)
_OF_SIGNALS = tuple(each for each in Augmentation if each not in (Augmentation.ROTATE, Augmentation.AFFINE))
_OF_FEATURES = (Augmentation.JITTER, Augmentation.MIXUP)
OF_GRIDS = (Model.MLP, Model.CNN, Model.GRU)

Kind = Literal["classification", "regression", "language"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInfo:
    """One task.

    ``module`` is imported by the training process only. ``reads`` names the hyperparameters that have an effect on
    this task; ``defaults`` are those that differ from the catalogue's. ``n_train`` counts the whole training set.
    ``models`` are the networks that can learn it, ``augmentations`` the random changes that exist for its inputs (a
    signal cannot be turned), and ``handed`` says that a mirrored sample is another one or none, as with digits and
    letters.

    A task whose data are the user's has a ``resolver``: a module, without torch, that looks at them and tells what
    they make of the task; see :func:`dltui_trainers.configure.with_data`. Before it did, ``n_train`` is 0, and ``kind``
    and ``reads`` are the widest that can be. It may add the ``input_shape`` of a sample and the number of ``classes``,
    which a checkpoint must fit, and ``notes``: what was made of the data that nobody asked for. ``classes`` is None
    where they are not known yet, and where a sample has no class of its own.

    A task of a person's own has a ``file`` in the place of a module, and then ``name`` is its path, with the name of a
    class behind a colon where one is meant. ``own`` are the hyperparameters that it adds, ``mentions`` those of
    ``reads`` that the file itself looks at, ``of_network`` those of its own that only the network depends on, and
    ``fixed`` those of ``reads`` that a training of it cannot turn, though others can: its own network took them when it
    was built. Before its data are loaded, ``reads`` and ``augmentations`` are the widest that can be.

    ``is_script``: it is no task of our loop but a script of a person's own, of which only its run's manifest tells.
    """

    name: str
    summary: str
    kind: Kind
    module: str
    n_train: int
    reads: tuple[str, ...]
    defaults: dict[str, Any] = field(default_factory=dict)
    models: tuple[Model, ...] = ()
    augmentations: tuple[Augmentation, ...] = ()
    handed: bool = False
    resolver: str = ""
    input_shape: tuple[int, ...] = ()
    classes: int | None = None
    notes: tuple[str, ...] = ()
    file: str = ""
    own: tuple[Hparam, ...] = ()
    mentions: tuple[str, ...] = ()
    of_network: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    is_script: bool = False

    @property
    def title(self) -> str:
        """What a person calls it."""
        return shown_task(self.name)

    @property
    def hparams(self) -> dict[str, Hparam]:
        """The hyperparameters that exist for it by name, in the order of a form."""
        return CATALOGUE | {each.name: each for each in self.own}

    def hparam(self, name: str) -> Hparam:
        """Return the description of a hyperparameter. Raises ``KeyError`` where there is none of that name."""
        found = next((each for each in self.own if each.name == name), None) or CATALOGUE[name]
        return replace(found, live=False) if name in self.fixed else found

    def choices(self, name: str) -> tuple[str, ...]:
        """Return the values of a choice that can work here."""
        match name:
            case _ if self.is_script:
                return self.hparam(name).choices
            case "model":
                return self.models
            case "augment":
                return self.augmentations
            case "norm" if self.kind == "language":  # batch statistics would be others at each place
                return (Norm.NONE, Norm.LAYER)
            case _:
                return self.hparam(name).choices

    def samples_in_use(self, hparams: Hparams) -> int:
        """Return how many training samples ``hparams`` ask for, 0 while that is not known.

        With ``per_class`` it is the most that there can be: a class that has fewer gives what it has.
        """
        size = hparams.train_size or self.n_train
        return min(size, hparams.per_class * self.classes) if hparams.per_class and self.classes else size


TASKS: dict[str, TaskInfo] = {
    task.name: task
    for task in (
        TaskInfo(
            name="digits",
            summary="handwritten digits, 1 797 real images of 8x8 pixels, 10 classes",
            kind="classification",
            module="dltui_trainers.tasks.digits",
            n_train=1437,
            classes=10,
            reads=(*_LOOP, *_NETWORKS, *_CLASSES, *_AUGMENTATION, "test_crops", "train_size"),
            models=OF_GRIDS,
            augmentations=_OF_IMAGES,
            handed=True,
        ),
        TaskInfo(
            name="mnist1d",
            summary="MNIST-1D, 4 000 + 1 000 procedural signals of 40 values, 10 classes",
            kind="classification",
            module="dltui_trainers.tasks.mnist1d",
            n_train=4000,
            classes=10,
            reads=(*_LOOP, *_NETWORKS, *_CLASSES, *_AUGMENTATION, "train_size"),
            defaults={"epochs": 60, "width": 100},
            models=OF_GRIDS,
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
        TaskInfo(
            name="moons",
            summary="two half moons in the plane, 1 000 + 1 000 points, 2 classes: the smallest problem no line solves",
            kind="classification",
            module="dltui_trainers.tasks.moons",
            n_train=1000,
            classes=2,
            reads=(*_LOOP, *_NETWORK, *_CLASSES, *_AUGMENTATION, "train_size", "noise"),
            defaults={"epochs": 100, "width": 32, "noise": 0.2, "lr": 0.003},
            models=(Model.MLP,),
            augmentations=_OF_FEATURES,
        ),
        TaskInfo(
            name="images",
            summary="your copy of MNIST, Fashion-MNIST or CIFAR-10, or other images in their formats",
            kind="classification",
            module="dltui_trainers.tasks.images",
            n_train=0,
            reads=(*_LOOP, *_NETWORKS, *_CLASSES, *_AUGMENTATION, "test_crops", "train_size", "data"),
            defaults={"model": Model.CNN, "epochs": 10, "batch_size": 128},
            models=OF_GRIDS,
            augmentations=_OF_IMAGES,
            handed=True,
            resolver="dltui_trainers.sources.images.resolver",
        ),
        TaskInfo(
            name="tabular",
            summary="your table: a CSV file, of which one column, classes or numbers, is to be told from the others",
            kind="classification",
            module="dltui_trainers.tasks.tabular",
            n_train=0,
            reads=(*_LOOP, *_NETWORK, *_CLASSES, *_AUGMENTATION, "train_size", *_TABLE),
            defaults={"epochs": 100, "batch_size": 32},
            models=(Model.MLP,),
            augmentations=_OF_FEATURES,
            resolver="dltui_trainers.sources.tables.resolver",
        ),
        TaskInfo(
            name="text",
            summary="your text file, or some English that Python brings along: which character comes next?",
            kind="language",
            module="dltui_trainers.tasks.text",
            n_train=0,
            reads=(*_LOOP, "model", *_NETWORK, "heads", "label_smoothing", "train_size", *_TEXT),
            defaults={
                "model": Model.TRANSFORMER,
                "lr": 0.002,
                "width": 128,
                "epochs": 6,
                "batch_size": 16,
                "eval_every": 100,
                "val_share": 0.1,
            },
            models=(Model.GRU, Model.TRANSFORMER),
            resolver="dltui_trainers.sources.text.resolver",
        ),
    )
}


def widest_reads(*, own_model: bool, own_loss: bool) -> tuple[str, ...]:
    """Return what a task file can read at most, beside what it looks at itself; its data may leave less of it."""
    network = () if own_model else _NETWORKS
    classes = ("per_class", "label_noise") if own_loss else (*_CLASSES, "test_crops")
    return (*_LOOP, *network, *classes, *_AUGMENTATION, "train_size", "val_share")


def fitting_augmentations(dimensions: int) -> tuple[Augmentation, ...]:
    """Return the random changes that exist for samples in a tensor of so many dimensions, the samples' own included."""
    return {2: _OF_FEATURES, 3: _OF_SIGNALS, 4: _OF_IMAGES}.get(dimensions, ())
