"""The hyperparameters: what each one is called, what it means, and which values can work.

:class:`Hparams` is the configuration of one training. Each of its fields carries an :class:`Hparam`, the description
that the command line, the new-run form and the search read; :data:`CATALOGUE` maps a name to it.
"""

from dataclasses import dataclass, fields
from typing import Any

from dltui_trainers.choices import (
    Activation,
    Augmentation,
    EvalCrops,
    Init,
    Loss,
    Missing,
    Model,
    Norm,
    Optimizer,
    Pooling,
    Schedule,
    TargetKind,
    TextColumns,
)
from dltui_trainers.hparam import Family, Hparam, choice, choices, number, numbers, text

OwnValue = bool | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hparams:
    """The configuration of one training. Build one with :func:`dltui_trainers.configure.configure`, which checks it."""

    # training
    lr: float = number(
        1e-3,
        "training",
        "log",
        "learning rate: the size of a step",
        low_open=True,
        high=1e3,
        typical=(1e-5, 0.3),
        live=True,
    )
    batch_size: int = number(64, "training", "log", "samples in one step", low=1, typical=(16, 512), live=True)
    epochs: int = number(
        30, "training", "linear", "passes over the training set", low=1, high=1e6, typical=(5, 200), live=True
    )
    max_steps: int = number(
        0,
        "training",
        "log",
        "steps after which the training ends, also inside an epoch",
        high=1e9,
        zero="as many as the epochs make",
    )
    optimizer: Optimizer = choice(Optimizer.ADAM, "training", "the update rule; momentum is SGD with momentum")
    momentum: float = number(
        0.9,
        "training",
        "linear",
        "share of the last update kept (momentum, nesterov, rmsprop)",
        high=0.9999,
        typical=(0.5, 0.99),
        live=True,
    )
    loss: Loss = choice(Loss.CROSS_ENTROPY, "training", "what is made small; mse takes classes as 0 and 1")
    schedule: Schedule = choice(Schedule.COSINE, "training", "how the learning rate moves over the epochs", live=True)
    warmup_steps: int = number(
        0, "training", "linear", "steps in which lr rises from 0", typical=(0, 1000), zero="no warm-up"
    )
    eval_every: int = number(
        0, "training", "log", "steps from one validation to the next", high=1e9, zero="one an epoch", live=True
    )
    grad_clip: float = number(
        0.0,
        "training",
        "log",
        "largest gradient norm; longer gradients are scaled down",
        typical=(0.1, 10),
        zero="no clipping",
        live=True,
    )
    seed: int = number(0, "training", "linear", "start of every random number", high=2**32 - 1)
    # architecture
    model: Model = choice(Model.MLP, "architecture", "the kind of network")
    layers: int = number(
        2, "architecture", "linear", "hidden layers", low=0, high=64, typical=(1, 8), zero="linear model"
    )
    width: int = number(64, "architecture", "log", "units of a hidden layer", low=1, high=65536, typical=(16, 1024))
    activation: Activation = choice(Activation.RELU, "architecture", "the non-linearity")
    heads: int = number(
        4, "architecture", "log", "attention heads; they share the width", low=1, high=256, typical=(1, 16)
    )
    kernel_size: int = number(3, "architecture", "linear", "width of a convolution", low=1, high=31, typical=(3, 7))
    channels: int = number(
        16,
        "architecture",
        "log",
        "maps of the first convolution; doubled by each pooling",
        low=1,
        high=4096,
        typical=(8, 128),
    )
    pooling: Pooling = choice(Pooling.MAX, "architecture", "how maps are shrunk")
    norm: Norm = choice(Norm.NONE, "architecture", "normalisation of hidden layers")
    init: Init = choice(Init.DEFAULT, "architecture", "how the weights start")
    # regularisation
    dropout: float = number(
        0.0,
        "regularisation",
        "linear",
        "share of hidden units switched off in training",
        high=0.95,
        typical=(0, 0.5),
        zero="off",
        live=True,
    )
    layer_dropout: tuple[float, ...] = numbers(
        "regularisation",
        "dropout of each hidden layer by itself, joined by commas, in the place of dropout",
        high=0.95,
        live=True,
    )
    input_dropout: float = number(
        0.0,
        "regularisation",
        "linear",
        "share of the inputs switched off in training",
        high=0.95,
        typical=(0, 0.3),
        zero="off",
        live=True,
    )
    weight_decay: float = number(
        0.0,
        "regularisation",
        "log",
        "pull of the weights towards 0",
        high=10,
        typical=(1e-6, 0.1),
        zero="off",
        live=True,
    )
    l1: float = number(
        0.0,
        "regularisation",
        "log",
        "weight of the sum of absolute weights in the loss",
        high=10,
        typical=(1e-7, 1e-3),
        zero="off",
        live=True,
    )
    label_smoothing: float = number(
        0.0,
        "regularisation",
        "linear",
        "probability spread over the other classes",
        high=0.9,
        typical=(0, 0.2),
        zero="off",
        live=True,
    )
    early_stop_patience: int = number(
        0,
        "regularisation",
        "linear",
        "validations without a new best before the end",
        typical=(5, 50),
        zero="never",
        live=True,
    )
    augment: tuple[Augmentation, ...] = choices(
        Augmentation, "regularisation", "random changes of the training inputs, joined by commas", live=True
    )
    augment_strength: float = number(
        0.5,
        "regularisation",
        "linear",
        "how far the random changes go, all in proportion",
        high=1,
        typical=(0.1, 1),
        zero="off",
        live=True,
    )
    test_crops: EvalCrops = choice(
        EvalCrops.NONE, "regularisation", "moved views of an image whose answers a validation averages"
    )
    # data
    data: str = text(
        "data", "the file or folder with the data", means="a path, or a name that 'dltui tasks images' lists"
    )
    target: str = text("data", "the column to predict; empty: the last one", means="a name in the first line")
    target_kind: TargetKind = choice(TargetKind.AUTO, "data", "whether the target holds classes or numbers")
    ignore: str = text("data", "columns that are left out, joined by commas", means="names in the first line")
    text_columns: TextColumns = choice(TextColumns.REFUSE, "data", "what becomes of columns that hold text")
    missing: Missing = choice(Missing.REFUSE, "data", "what becomes of rows in which values are missing")
    val_share: float = number(
        0.2,
        "data",
        "linear",
        "share of the data kept for the validation",
        low_open=True,
        high=0.9,
        typical=(0.1, 0.3),
    )
    context: int = number(64, "data", "log", "characters that are read in one go", low=2, high=8192, typical=(16, 512))
    train_size: int = number(0, "data", "log", "training samples used", zero="all of them")
    per_class: int = number(0, "data", "log", "training samples of each class used, the first ones", zero="no limit")
    label_noise: float = number(
        0.0, "data", "linear", "share of training labels replaced at random", high=1, zero="off"
    )
    degree: int = number(2, "data", "linear", "degree of the fitted polynomial", low=0, high=30, typical=(1, 9))
    noise: float = number(
        0.3, "data", "linear", "standard deviation of the noise on the data", high=10, typical=(0.1, 1)
    )
    # log: what the training tells and keeps, which changes nothing in it
    log_every: int = number(
        0,
        "log",
        "log",
        "steps from one record to the next",
        high=1e9,
        zero="as often as costs next to nothing",
        live=True,
    )
    watch_every: int = number(
        0,
        "log",
        "log",
        "steps between two statistics of the layers",
        high=1e9,
        zero="about once a second",
        live=True,
    )
    checkpoint_every: int = number(
        0,
        "log",
        "log",
        "steps between two checkpoints that are kept",
        high=1e9,
        zero="every few seconds, thinned",
        live=True,
    )
    own: tuple[tuple[str, OwnValue], ...] = ()
    """What a person's own task file adds, name and value; :meth:`value` finds them by their names."""

    def value(self, name: str) -> Any:
        """Return the value of a hyperparameter, of ours or of the task file."""
        own = dict(self.own)
        return own[name] if name in own else getattr(self, name)


def _describe() -> dict[str, Hparam]:
    described = {}
    for each in fields(Hparams):
        if not each.metadata:  # what is the task file's has its description there
            continue
        described[each.name] = Hparam(name=each.name, default=each.default, **each.metadata)
    return described


CATALOGUE: dict[str, Hparam] = _describe()
"""Every hyperparameter by name, in the order of the form."""
FAMILIES: tuple[Family, ...] = ("training", "architecture", "regularisation", "data", "task", "log")
