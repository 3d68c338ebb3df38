"""The hyperparameters: what each one is called, what it means, and which values can work.

:class:`Hparams` is the configuration of one training. Each of its fields carries an :class:`Hparam`, the description
that the command line, the new-run form and the search read; :data:`CATALOGUE` maps a name to it.
"""

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Literal

Family = Literal["training", "architecture", "regularisation", "data", "log"]
Scale = Literal["log", "linear", "choice"]


class Optimizer(StrEnum):
    """The update rule. ``momentum`` is SGD with momentum."""

    SGD = "sgd"
    MOMENTUM = "momentum"
    NESTEROV = "nesterov"
    ADAGRAD = "adagrad"
    RMSPROP = "rmsprop"
    ADAM = "adam"
    ADAMW = "adamw"


class Schedule(StrEnum):
    """How the learning rate moves from ``lr`` over the planned epochs."""

    CONSTANT = "constant"
    STEP = "step"
    EXPONENTIAL = "exponential"
    COSINE = "cosine"
    ONE_CYCLE = "one_cycle"
    PLATEAU = "plateau"


class Activation(StrEnum):
    """The non-linearity after each hidden layer."""

    RELU = "relu"
    LEAKY_RELU = "leaky_relu"
    GELU = "gelu"
    SIGMOID = "sigmoid"
    TANH = "tanh"


class Pooling(StrEnum):
    """How a convolutional network shrinks its maps."""

    MAX = "max"
    AVG = "avg"


class Norm(StrEnum):
    """Normalisation after each hidden layer, before its activation."""

    NONE = "none"
    BATCH = "batch"
    LAYER = "layer"


class Init(StrEnum):
    """How the weights start. ``default`` is what the library does (Kaiming uniform with a = sqrt 5)."""

    DEFAULT = "default"
    HE = "he"
    XAVIER = "xavier"
    ORTHOGONAL = "orthogonal"
    ZERO = "zero"


class Model(StrEnum):
    """The kind of network, where a task offers more than one."""

    MLP = "mlp"
    CNN = "cnn"


class Augmentation(StrEnum):
    """A random change of the training inputs."""

    FLIP = "flip"
    CROP = "crop"
    SCALE = "scale"
    ERASE = "erase"
    JITTER = "jitter"
    ROTATE = "rotate"
    AFFINE = "affine"
    MIXUP = "mixup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hparam:
    """One hyperparameter.

    ``low`` and ``high`` bound what can work at all (a value outside is refused; ``low_open`` excludes ``low`` itself),
    ``typical`` is the range in which practice finds good values and the default search space. For a choice both are
    unused and ``choices`` lists the values; ``many`` lets several be chosen. ``zero`` says what 0 means where it
    switches something off. ``live``: can be changed while the training runs.
    """

    name: str
    type: type
    default: Any
    family: Family
    scale: Scale
    help: str
    low: float = 0.0
    high: float = float("inf")
    low_open: bool = False
    typical: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    many: bool = False
    zero: str = ""
    live: bool = False

    @property
    def range_text(self) -> str:
        """The values that can work, for a person: ``sgd | adam`` or ``0 to 0.95``."""
        if self.choices:
            return " | ".join(self.choices)
        if self.high == float("inf"):
            return f"{'above' if self.low_open else 'at least'} {_plain(self.low)}"
        if self.low_open:
            return f"above {_plain(self.low)}, at most {_plain(self.high)}"
        return f"{_plain(self.low)} to {_plain(self.high)}"

    @property
    def typical_text(self) -> str:
        """The typical range for a person, empty where there is none."""
        return f"{_plain(self.typical[0])} to {_plain(self.typical[1])}" if self.typical else ""


def _plain(value: float) -> str:
    """A number as a person writes it: 1e-5 where Python writes 1e-05, and whole numbers in full."""
    if value == int(value):
        return str(int(value))
    mantissa, exponent, power = f"{value:g}".partition("e")
    return f"{mantissa}e{int(power)}" if exponent else mantissa


def _number(default: float, family: Family, scale: Scale, help: str, **rest: Any) -> Any:
    """A number's field; an ``int`` default makes it an integer."""
    return field(
        default=default, metadata={"type": type(default), "family": family, "scale": scale, "help": help, **rest}
    )


def _choice(default: StrEnum, family: Family, help: str, **rest: Any) -> Any:
    kind = type(default)
    metadata = {"type": kind, "family": family, "scale": "choice", "help": help, "choices": tuple(kind), **rest}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hparams:
    """The configuration of one training. Build one with :func:`dltui_trainers.configure.configure`, which checks it."""

    # training
    lr: float = _number(
        1e-3,
        "training",
        "log",
        "learning rate: the size of a step",
        low_open=True,
        high=1e3,
        typical=(1e-5, 0.3),
        live=True,
    )
    batch_size: int = _number(64, "training", "log", "samples in one step", low=1, typical=(16, 512), live=True)
    epochs: int = _number(
        30, "training", "linear", "passes over the training set", low=1, high=1e6, typical=(5, 200), live=True
    )
    optimizer: Optimizer = _choice(Optimizer.ADAM, "training", "the update rule; momentum is SGD with momentum")
    momentum: float = _number(
        0.9,
        "training",
        "linear",
        "share of the last update kept (momentum, nesterov, rmsprop)",
        high=0.9999,
        typical=(0.5, 0.99),
        live=True,
    )
    schedule: Schedule = _choice(Schedule.COSINE, "training", "how the learning rate moves over the epochs", live=True)
    warmup_steps: int = _number(
        0, "training", "linear", "steps in which lr rises from 0", typical=(0, 1000), zero="no warm-up"
    )
    grad_clip: float = _number(
        0.0,
        "training",
        "log",
        "largest gradient norm; longer gradients are scaled down",
        typical=(0.1, 10),
        zero="no clipping",
        live=True,
    )
    seed: int = _number(0, "training", "linear", "start of every random number", high=2**32 - 1)
    # architecture
    model: Model = _choice(Model.MLP, "architecture", "the kind of network")
    layers: int = _number(
        2, "architecture", "linear", "hidden layers", low=0, high=64, typical=(1, 8), zero="linear model"
    )
    width: int = _number(64, "architecture", "log", "units of a hidden layer", low=1, high=65536, typical=(16, 1024))
    activation: Activation = _choice(Activation.RELU, "architecture", "the non-linearity")
    kernel_size: int = _number(3, "architecture", "linear", "width of a convolution", low=1, high=31, typical=(3, 7))
    channels: int = _number(
        16,
        "architecture",
        "log",
        "maps of the first convolution; doubled by each pooling",
        low=1,
        high=4096,
        typical=(8, 128),
    )
    pooling: Pooling = _choice(Pooling.MAX, "architecture", "how maps are shrunk")
    norm: Norm = _choice(Norm.NONE, "architecture", "normalisation of hidden layers")
    init: Init = _choice(Init.DEFAULT, "architecture", "how the weights start")
    # regularisation
    dropout: float = _number(
        0.0,
        "regularisation",
        "linear",
        "share of hidden units switched off in training",
        high=0.95,
        typical=(0, 0.5),
        zero="off",
        live=True,
    )
    weight_decay: float = _number(
        0.0,
        "regularisation",
        "log",
        "pull of the weights towards 0",
        high=10,
        typical=(1e-6, 0.1),
        zero="off",
        live=True,
    )
    l1: float = _number(
        0.0,
        "regularisation",
        "log",
        "weight of the sum of absolute weights in the loss",
        high=10,
        typical=(1e-7, 1e-3),
        zero="off",
        live=True,
    )
    label_smoothing: float = _number(
        0.0,
        "regularisation",
        "linear",
        "probability spread over the other classes",
        high=0.9,
        typical=(0, 0.2),
        zero="off",
        live=True,
    )
    early_stop_patience: int = _number(
        0,
        "regularisation",
        "linear",
        "validations without a new best before the end",
        typical=(5, 50),
        zero="never",
        live=True,
    )
    augment: tuple[Augmentation, ...] = field(
        default=(),
        metadata={
            "type": Augmentation,
            "family": "regularisation",
            "scale": "choice",
            "choices": tuple(Augmentation),
            "many": True,
            "help": "random changes of the training inputs, joined by commas",
            "live": True,
        },
    )
    augment_strength: float = _number(
        0.5,
        "regularisation",
        "linear",
        "how far the random changes go, all in proportion",
        high=1,
        typical=(0.1, 1),
        zero="off",
        live=True,
    )
    # data
    train_size: int = _number(0, "data", "log", "training samples used", zero="all of them")
    label_noise: float = _number(
        0.0, "data", "linear", "share of training labels replaced at random", high=1, zero="off"
    )
    degree: int = _number(2, "data", "linear", "degree of the fitted polynomial", low=0, high=30, typical=(1, 9))
    noise: float = _number(
        0.3, "data", "linear", "standard deviation of the noise on the targets", high=10, typical=(0.1, 1)
    )
    # log: what the training tells and keeps, which changes nothing in it
    log_every: int = _number(
        0,
        "log",
        "log",
        "steps from one record to the next",
        high=1e9,
        zero="as often as costs next to nothing",
        live=True,
    )
    watch_every: int = _number(
        0,
        "log",
        "log",
        "steps between two statistics of the layers",
        high=1e9,
        zero="about once a second",
        live=True,
    )
    checkpoint_every: int = _number(
        0,
        "log",
        "log",
        "steps between two checkpoints that are kept",
        high=1e9,
        zero="every few seconds, thinned",
        live=True,
    )


def _describe() -> dict[str, Hparam]:
    described = {}
    for each in fields(Hparams):
        described[each.name] = Hparam(name=each.name, default=each.default, **each.metadata)
    return described


CATALOGUE: dict[str, Hparam] = _describe()
"""Every hyperparameter by name, in the order of the form."""
FAMILIES: tuple[Family, ...] = ("training", "architecture", "regularisation", "data", "log")
