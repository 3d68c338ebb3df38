"""The space of a task that nobody described: what practice tries first, in the ranges in which it finds good values.

The catalogue's typical ranges are wider: they tell what is not unusual, and these what is worth a trial.
"""

from collections.abc import Mapping

from dltui.search.space.dimension import Dimension, Space
from dltui.search.space.rules import Rules
from dltui_trainers.choices import Activation, Model, Optimizer
from dltui_trainers.configure import configure
from dltui_trainers.hparam import Hparam
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

LR = (1e-4, 0.1)
"""Adam is at its best around 1e-3, momentum around 1e-1 to 1e-2 (Bengio 2012, arXiv:1206.5533: 1e-6 to 1 with 0.01 as
the default; Google's Deep Learning Tuning Playbook searches three decades). Below, a training does not get anywhere in
the epochs that it has; above, Adam diverges."""
WEIGHT_DECAY = (1e-5, 0.1)
"""About 5e-4 is usual with SGD and 1e-2 with AdamW (Loshchilov and Hutter 2019), and many do without; less than 1e-5
cannot be told from 0."""
OPTIMIZERS = (Optimizer.ADAM, Optimizer.ADAMW, Optimizer.MOMENTUM)
"""SGD without momentum is slower, RMSprop and Adagrad are what Adam came from."""
DROPOUT, DROPOUT_STEP = (0.0, 0.5), 0.1
ACTIVATIONS = (Activation.RELU, Activation.LEAKY_RELU, Activation.GELU, Activation.TANH)
"""Not the sigmoid, of which nobody starts a deep network any more: its gradients vanish."""
LAYERS = (1, 4)
KERNELS = (3, 5, 7)
FACTORS = (0.5, 1, 2, 4)
"""Sizes go by powers of two about the task's own."""
SMALL_FACTORS = (0.25, 0.5, 1)
"""For batches that are as large as the data already."""

_WORTH_A_TRIAL: dict[str, tuple[Value, ...]] = {
    "optimizer": tuple(map(str, OPTIMIZERS)),
    "activation": tuple(map(str, ACTIVATIONS)),
    "kernel_size": KERNELS,
}
_ALWAYS, _LAST = ("optimizer", "lr", "batch_size", "weight_decay"), ("dropout",)
_ARCHITECTURE = ("model", "layers", "width", "channels", "kernel_size", "norm", "activation", "degree")


def default_space(task: TaskInfo, settings: Mapping[str, str], architecture: bool = False) -> Space:
    """Return the space of ``task`` beside ``settings``, which are given; with ``architecture`` that of its network too.

    A task file's own hyperparameters are in it where they are choices: their values are listed. Raises what
    :func:`dltui_trainers.configure.configure` raises for settings that make no sense.
    """
    asked = (*_ALWAYS, *(_ARCHITECTURE if architecture else ()), *_LAST, *_own_choices(task, architecture))
    names = tuple(name for name in asked if name in task.reads and name not in settings)
    idle = Rules(task, settings, names).switched_off({})
    found = [default_dimension(task, settings, name) for name in names if name not in idle]
    return Space(tuple(each for each in found if each is not None and not _is_settled(each)))


def default_dimension(task: TaskInfo, settings: Mapping[str, str], name: str) -> Dimension | None:
    """Return what is tried of a hyperparameter where nobody says; None if nobody can tell."""
    if name in {each.name for each in task.own}:
        return _of_catalogue(task, name)
    match name:
        case "lr":
            return Dimension(name=name, low=LR[0], high=LR[1], log=True)
        case "weight_decay":
            return Dimension(name=name, low=WEIGHT_DECAY[0], high=WEIGHT_DECAY[1], log=True, also=(0.0,))
        case "dropout":
            return Dimension(name=name, low=DROPOUT[0], high=DROPOUT[1], step=DROPOUT_STEP)
        case "layers":
            return Dimension(name=name, low=LAYERS[0], high=LAYERS[1], whole=True)
        case "batch_size":
            return Dimension(name=name, choices=_batch_sizes(task, settings))
        case "width":
            return Dimension(name=name, choices=_scaled(_default(task, name), FACTORS))
        case "channels":  # each pooling doubles them, and the time goes with their square
            return Dimension(name=name, choices=_scaled(_default(task, name), FACTORS[:3]))
        case _ if name in _WORTH_A_TRIAL:
            return Dimension(name=name, choices=_WORTH_A_TRIAL[name])
        case "model":
            return Dimension(name=name, choices=_models(task))
        case _:
            return _of_catalogue(task, name)


def _own_choices(task: TaskInfo, architecture: bool) -> tuple[str, ...]:
    own = (each for each in task.own if each.choices and not each.many)
    return tuple(each.name for each in own if architecture or each.name not in task.of_network)


def _is_settled(dimension: Dimension) -> bool:
    return dimension.is_choice and len(dimension.choices) == 1


def _of_catalogue(task: TaskInfo, name: str) -> Dimension | None:
    hparam = task.hparam(name)
    if hparam.many:
        return None
    if hparam.choices:
        return Dimension(name=name, choices=choices_of(task, hparam))
    if hparam.typical is None:
        return None
    low, high = hparam.typical
    off = (hparam.type(0),) if hparam.zero and low > 0 else ()
    return Dimension(
        name=name, low=low, high=high, log=hparam.scale == "log" and low > 0, whole=hparam.type is int, also=off
    )


def choices_of(task: TaskInfo, hparam: Hparam) -> tuple[Value, ...]:
    """Return the values of a choice as a trial has them: a word, or a number or a truth where the choices are those."""
    words = task.choices(hparam.name)
    if hparam.type is bool:
        return tuple(word == "true" for word in words)
    return tuple(hparam.type(word) if hparam.type in (int, float) else str(word) for word in words)


def _batch_sizes(task: TaskInfo, settings: Mapping[str, str]) -> tuple[int, ...]:
    hparams, _ = configure(task, {name: text for name, text in settings.items() if name != "batch_size"})
    most = task.samples_in_use(hparams) or float("inf")
    sizes = _scaled(hparams.batch_size, FACTORS, most)
    return sizes if len(sizes) > 2 else _scaled(hparams.batch_size, SMALL_FACTORS, most)


def _models(task: TaskInfo) -> tuple[str, ...]:
    slower_and_no_better = (Model.GRU,) if Model.CNN in task.models else ()
    return tuple(str(each) for each in task.models if each not in slower_and_no_better)


def _default(task: TaskInfo, name: str) -> int:
    return int(task.defaults.get(name, task.hparam(name).default))


def _scaled(size: int, factors: tuple[float, ...], most: float = float("inf")) -> tuple[int, ...]:
    sizes = {max(1, int(size * factor)) for factor in factors}
    return tuple(sorted(each for each in sizes if each <= most))
