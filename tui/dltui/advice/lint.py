"""A configuration judged by itself: values with which a training can hardly go well, each with a better one.

Asked before a training starts (the new-run form shows the remarks) and again when it went badly: what is unusual in a
configuration is the first suspect. A remark is no error: what cannot work at all is refused in ``configure``.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dltui.advice.round import nice
from dltui.diagnosis.finding import Severity
from dltui.diagnosis.usual import DESCENTS, MOST_DROPOUT, most_regularisation, shares_in, usual_lr
from dltui_trainers.choices import Activation, Init, Model, Norm, Optimizer, Schedule
from dltui_trainers.configure import as_json, as_text, without_effect
from dltui_trainers.hparams import Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

FAR = 3.0
"""A learning rate three times outside the usual range of its optimiser: nobody lands there but by intention."""
DEEP = 3
"""From three hidden layers on, sigmoids pass on too little gradient (Glorot and Bengio 2010)."""
VERY_DEEP = 10
DROPOUT_WITH_BATCH_NORM = 0.3
NARROW = 8
FEW_STEPS = 8
"""Steps in an epoch: with fewer the weights hardly move, however good each direction is."""
ENOUGH_STEPS = 500
TINY_BATCH = 4
MOST_MOMENTUM = 0.98
MOST_WARM_UP = 0.3
LEAST_CLIP = 1e-2
FEW_EPOCHS_STEPS = 200
"""Optimiser steps in all: most small networks need some hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is unusual about one hyperparameter. ``key`` names its sentence, ``to`` is a value to take instead."""

    hyperparameter: str
    severity: Severity
    key: str
    to: Value
    numbers: dict[str, float] = field(default_factory=dict)
    with_: dict[str, Value] = field(default_factory=dict)


Check = Callable[["Configuration"], Remark | None]


class Configuration:
    """The values of a configuration by name; one that is not known is None, and no remark is made about it."""

    def __init__(self, values: Mapping[str, Value], n_train: int | None = None) -> None:
        """``n_train`` counts the training samples in use, where that is known."""
        self.values = values
        self.n_train = n_train
        self._idle = without_effect(values)

    def number(self, name: str) -> float | None:
        """Return the number, None where it is unknown or has no effect."""
        value = self.values.get(name)
        known = isinstance(value, (int, float)) and not isinstance(value, bool) and name not in self._idle
        return float(value) if known and isinstance(value, (int, float)) else None

    def word(self, name: str) -> str:
        """Return the choice, empty where it is unknown or has no effect."""
        value = self.values.get(name)
        return value if isinstance(value, str) and name not in self._idle else ""

    def shares(self, name: str) -> tuple[float, ...]:
        """Return several numbers, none where they are unknown or have no effect."""
        return () if name in self._idle else shares_in(self.values.get(name))

    def width_near(self, width: float) -> int:
        """Return the width from ``width`` on that the attention heads can share."""
        heads = int(self.number("heads") or 1)
        return heads * math.ceil(width / heads)

    @property
    def start(self) -> Init:
        """The initialisation that fits the network.

        He for ReLU and its kin (He et al. 2015); Xavier for what saturates, and for attention, whose projections have
        no activation behind them (Glorot and Bengio 2010; Vaswani et al. 2017); orthogonal for what is applied again
        and again (Saxe et al. 2014, arXiv:1312.6120; Le et al. 2015, arXiv:1504.00941).
        """
        if self.word("model") == Model.GRU:
            return Init.ORTHOGONAL
        saturates = self.word("activation") in (Activation.SIGMOID, Activation.TANH)
        return Init.XAVIER if saturates or self.word("model") == Model.TRANSFORMER else Init.HE

    @property
    def is_convex(self) -> bool:
        """Whether the model has no hidden layer: then any learning rate serves that does not diverge."""
        return self.values.get("layers") == 0 or ("degree" in self.values and "layers" not in self.values)

    @property
    def samples(self) -> float | None:
        """The training samples in use."""
        return float(self.n_train) if self.n_train else self.number("train_size") or None

    @property
    def total_steps(self) -> float | None:
        """The optimiser steps of the whole training."""
        steps, most = self.steps_of_epochs, self.number("max_steps")
        return min(steps, most) if steps and most else steps or most or None

    @property
    def is_cut(self) -> bool:
        """Whether ``max_steps`` ends the training before the epochs do: somebody wants so many steps, and no more."""
        steps, most = self.steps_of_epochs, self.number("max_steps")
        return bool(most) and (most < steps if most and steps else self.number("epochs") is None)

    @property
    def steps_of_epochs(self) -> float | None:
        """The optimiser steps that the epochs make."""
        samples, batch, epochs = self.samples, self.number("batch_size"), self.number("epochs")
        if samples is None or batch is None or epochs is None:
            return None
        return math.ceil(samples / batch) * epochs


def lint(task: TaskInfo, hparams: Hparams) -> tuple[Remark, ...]:
    """Return the remarks about a checked configuration of ``task``, the most important family first."""
    return remarks(Configuration(as_json(hparams, task), task.samples_in_use(hparams)))


def remarks(configuration: Configuration) -> tuple[Remark, ...]:
    """Return the remarks, the most important first."""
    return tuple(remark for check in CHECKS if (remark := check(configuration)) is not None)


def _learning_rate(c: Configuration) -> Remark | None:
    usual, lr = usual_lr(c.values), c.number("lr")
    if c.word("schedule") == Schedule.RANGE_TEST:  # it is the end of a range, and not to be trained with
        return None
    if usual is None or lr is None or usual.low / FAR <= lr <= usual.high * FAR:
        return None
    if lr > usual.high and c.is_convex:
        return None
    high = lr > usual.high
    factor = lr / usual.high if high else usual.low / lr
    return Remark(
        hyperparameter="lr",
        severity=Severity.WARNING,
        key="lr_high" if high else "lr_low",
        to=usual.start,
        numbers={"low": usual.low, "high": usual.high, "factor": nice(factor)},
    )


def _init(c: Configuration) -> Remark | None:
    if c.word("init") != Init.ZERO or not c.number("layers"):
        return None
    return _warn("init", "init_zero", str(c.start))


def _attention(c: Configuration) -> Remark | None:
    """Steps of one length for all weights: attention has gradients with heavy tails, which they do not bear.

    Zhang et al. 2020, arXiv:1912.03194; Kunstner et al. 2023, arXiv:2304.13960. A missing warm-up gets no remark: with
    the norms in front, as here, it can be left out (Xiong et al. 2020, arXiv:2002.04745).
    """
    if c.word("model") != Model.TRANSFORMER or c.word("optimizer") not in DESCENTS:
        return None
    usual = usual_lr({**c.values, "optimizer": str(Optimizer.ADAMW)})
    return Remark(
        hyperparameter="optimizer",
        severity=Severity.WARNING,
        key="attention_sgd",
        to=str(Optimizer.ADAMW),
        with_={"lr": usual.start} if usual is not None else {},
    )


def _saturating(c: Configuration) -> Remark | None:
    layers, activation = c.number("layers"), c.word("activation")
    deep = layers is not None and layers >= DEEP and c.word("norm") == Norm.NONE
    if not deep or activation not in (Activation.SIGMOID, Activation.TANH):
        return None
    return _warn("activation", "saturating", str(Activation.RELU), layers=layers or 0.0)


def _very_deep(c: Configuration) -> Remark | None:
    layers = c.number("layers")
    if layers is None or layers < VERY_DEEP or c.word("norm") != Norm.NONE:
        return None
    return _warn("norm", "deep_without_norm", str(Norm.LAYER), layers=layers)


def _narrow(c: Configuration) -> Remark | None:
    width = c.number("width")
    if width is None or width >= NARROW or not c.number("layers"):
        return None
    return _warn("width", "narrow", c.width_near(64), width=width)


def _few_channels(c: Configuration) -> Remark | None:
    channels = c.number("channels")
    if channels is None or channels >= NARROW / 2 or not c.number("layers"):
        return None
    return _warn("channels", "narrow", 16, width=channels)


def _batch_too_large(c: Configuration) -> Remark | None:
    batch, samples = c.number("batch_size"), c.samples
    if batch is None or samples is None or samples < 2 * 32 or samples / batch >= FEW_STEPS:
        return None
    if (c.total_steps or 0.0) >= ENOUGH_STEPS:
        return None
    to = min(32, max(2 * TINY_BATCH, int(samples // (2 * FEW_STEPS))))
    return _warn("batch_size", "few_steps", to, batch=batch, steps=float(math.ceil(samples / batch)))


def _batch_too_small(c: Configuration) -> Remark | None:
    batch, samples = c.number("batch_size"), c.samples
    if batch is None or batch >= TINY_BATCH or (samples is not None and samples < 16 * TINY_BATCH):
        return None
    return _warn("batch_size", "tiny_batch", 32, batch=batch)


def _momentum(c: Configuration) -> Remark | None:
    momentum = c.number("momentum")
    if momentum is None or momentum <= MOST_MOMENTUM:
        return None
    return _warn("momentum", "momentum_high", 0.9, momentum=momentum)


def _warm_up(c: Configuration) -> Remark | None:
    steps, total = c.number("warmup_steps"), c.total_steps
    if not steps or total is None or steps <= MOST_WARM_UP * total:
        return None
    return _warn("warmup_steps", "warmup_long", round(0.05 * total), part_share=steps / total)


def _clip(c: Configuration) -> Remark | None:
    clip = c.number("grad_clip")
    if not clip or clip >= LEAST_CLIP or c.word("optimizer") in (Optimizer.ADAM, Optimizer.ADAMW):
        return None  # Adam divides the length of the gradient out again
    return _warn("grad_clip", "clip_tight", 1.0)


def _dropout(c: Configuration) -> Remark | None:
    shares = c.shares("layer_dropout")
    dropout = max(shares) if shares else c.number("dropout")
    if dropout is None:
        return None
    name, most, to = ("layer_dropout" if shares else "dropout"), MOST_DROPOUT, 0.2
    if c.word("norm") == Norm.BATCH and dropout >= DROPOUT_WITH_BATCH_NORM:
        return _warn(name, "dropout_with_norm", _capped(shares, 0.1), dropout=dropout)
    return _warn(name, "dropout_strong", _capped(shares, to), value=dropout) if dropout > most else None


def _capped(shares: tuple[float, ...], most: float) -> Value:
    """The dropout of each layer, none above ``most``; without any, that of all of them."""
    return as_text(tuple(min(each, most) for each in shares)) if shares else most


def _input_dropout(c: Configuration) -> Remark | None:
    return _too_strong(c, "input_dropout", "input_dropout_strong", 0.2)


def _weight_decay(c: Configuration) -> Remark | None:
    decoupled = c.word("optimizer") == Optimizer.ADAMW
    return _too_strong(c, "weight_decay", "decay_strong", 1e-2 if decoupled else 1e-4)


def _l1(c: Configuration) -> Remark | None:
    return _too_strong(c, "l1", "l1_strong", 0.0)


def _label_smoothing(c: Configuration) -> Remark | None:
    return _too_strong(c, "label_smoothing", "smoothing_strong", 0.05)


def _too_strong(c: Configuration, name: str, key: str, to: Value) -> Remark | None:
    value = c.number(name)
    if value is None or value <= most_regularisation(c.values)[name]:
        return None
    return _warn(name, key, to, value=value)


def _short(c: Configuration) -> Remark | None:
    total, epochs = c.total_steps, c.number("epochs")
    if total is None or epochs is None or total >= FEW_EPOCHS_STEPS or c.is_cut:
        return None
    wanted = int(nice(epochs * 2 * FEW_EPOCHS_STEPS / total))
    return _warn("epochs", "few_epochs", max(wanted, int(epochs) + 1), steps=total)


def _warn(name: str, key: str, to: Value, **numbers: float) -> Remark:
    return Remark(hyperparameter=name, severity=Severity.WARNING, key=key, to=to, numbers=numbers)


CHECKS: tuple[Check, ...] = (
    _learning_rate,
    _attention,
    _init,
    _saturating,
    _very_deep,
    _narrow,
    _few_channels,
    _dropout,
    _input_dropout,
    _weight_decay,
    _l1,
    _label_smoothing,
    _batch_too_large,
    _batch_too_small,
    _momentum,
    _warm_up,
    _clip,
    _short,
)
"""In order of importance: learning rate, architecture, batch, optimiser; but what holds a network down comes before the
size of its batches, which is only seldom a fault."""
