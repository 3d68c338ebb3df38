"""From the words of a person to a checked configuration: nothing starts before the whole of it can work."""

import math
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from importlib import import_module
from itertools import chain
from typing import Any, Protocol, cast

from dltui_trainers.choices import Augmentation, EvalCrops, Loss, Model, Norm, Optimizer, Schedule
from dltui_trainers.errors import (
    InvalidHyperparameterError,
    TrainerError,
    UnknownHyperparameterError,
    suggestion,
)
from dltui_trainers.hparam import Hparam
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

TRUE, FALSE = "true", "false"
FAR = 30.0
"""A number this many times outside its typical range earns a warning."""
_USES: dict[str, tuple[str, ...]] = {
    Model.MLP: ("width", "activation", "norm"),
    Model.CNN: ("kernel_size", "channels", "pooling", "activation", "norm"),
    Model.GRU: ("width", "norm"),
    Model.TRANSFORMER: ("width", "heads", "activation"),
}
"""What only some kinds of networks have: a GRU has its own activations, a transformer its own norms."""
_HIDDEN = ("model", *dict.fromkeys(chain(*_USES.values())), "dropout", "layer_dropout")
"""What only hidden layers have: without them all networks are the linear one."""
STRONG_DROPOUT = 0.3
"""From here on dropout shifts the variance that batch norm learns (Li et al. 2018, arXiv:1801.05134)."""


def configure(
    task: TaskInfo, settings: Mapping[str, str], base: Mapping[str, str] | None = None
) -> tuple[Hparams, list[str]]:
    """Return the checked configuration of ``task`` with ``settings`` (name -> text), and warnings about it.

    ``base`` are the settings of an earlier run, which hold where ``settings`` say nothing: they are checked too, and
    not warned about again. Raises :class:`UnknownHyperparameterError` or :class:`InvalidHyperparameterError`; never
    changes a value itself.
    """
    values: dict[str, Any] = {}
    for name, text in {**(base or {}), **settings}.items():
        hparam = _known(task, name)
        _refuse_unread(task, name)
        values[name] = parse(hparam, text)
    own = {each.name: values.pop(each.name, each.default) for each in task.own}
    hparams = replace(Hparams(), **{**task.defaults, **values}, own=tuple(own.items()))
    n_train = task.samples_in_use(hparams)
    if "batch_size" not in values and n_train:
        hparams = replace(hparams, batch_size=min(hparams.batch_size, n_train))
    _refuse_combinations(task, hparams, values)
    return hparams, _warnings(task, hparams, settings)


def with_data(
    task: TaskInfo, settings: Mapping[str, str], base: Mapping[str, str] | None = None
) -> tuple[TaskInfo, dict[str, str]]:
    """Look at the data that ``settings`` and ``base`` name; return what they make of the task, and the settings then.

    The task returned knows its number of samples, its kind, and what it reads; a path among the settings is absolute,
    and data that were looked for have been found. Raises :class:`DataError`, and what :func:`configure` raises.
    """
    if not task.resolver:
        return task, dict(settings)
    hparams, _ = configure(task, settings, base)
    found, changed = cast(_Resolver, import_module(task.resolver)).resolve(task, hparams)
    return found, {**settings, **changed}


class _Resolver(Protocol):
    def resolve(self, task: TaskInfo, hparams: Hparams) -> tuple[TaskInfo, dict[str, str]]: ...


def parse(hparam: Hparam, text: str) -> Any:
    """Return the value that ``text`` writes. Raises :class:`InvalidHyperparameterError` with the reason."""
    if not hparam.many:
        return _parse_one(hparam, text.strip())
    words = [word.strip() for word in text.replace("+", ",").split(",")]
    return tuple(_parse_one(hparam, word) for word in words if word and word != "none")


def _parse_one(hparam: Hparam, text: str) -> Any:
    if hparam.choices:
        word = _choice(hparam, text)
        return word == TRUE if hparam.type is bool else hparam.type(word)
    if hparam.scale == "text":
        return text
    value = _number(hparam, text)
    too_low = value <= hparam.low if hparam.low_open else value < hparam.low
    if too_low or value > hparam.high:
        raise InvalidHyperparameterError(f"{hparam.name} = {text} is out of range: it must be {hparam.range_text}.")
    return value


def as_json(hparams: Hparams, task: TaskInfo) -> dict[str, Value]:
    """Return the hyperparameters that ``task`` reads, as the manifest keeps them."""
    return {name: _plain(hparams.value(name)) for name in task.hparams if name in task.reads}


def as_settings(task: TaskInfo, hparams: Mapping[str, Value]) -> tuple[dict[str, str], list[str]]:
    """Return the hyperparameters of a manifest as settings for :func:`configure`, and a warning for each that is not.

    The manifest may be of an older or a newer version: what this one does not know or cannot read is left out, and of
    what the manifest does not tell, the task's default will be taken.
    """
    settings, warnings = {}, []
    for name, value in hparams.items():
        text = as_text(value)
        try:
            parse(_known(task, name), text)
            _refuse_unread(task, name)
        except TrainerError as error:
            warnings.append(f"{name} = {text} is left out: {error}")
        else:
            settings[name] = text
    # A task file reads what it could have a use for; a run of it tells only what its data had.
    told = {*hparams, *CATALOGUE} if task.file else {*hparams}
    missing = [name for name in task.reads if name not in told]
    if missing:
        warnings.append(f"The run does not tell {', '.join(missing)}: the defaults are taken.")
    return settings, warnings


def as_text(value: Any) -> str:
    """Return ``value`` as a person would type it: the inverse of :func:`parse`."""
    if isinstance(value, tuple):
        return ",".join(map(as_text, value)) or "none"
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if not isinstance(value, float):
        return str(value)
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def without_effect(values: Mapping[str, Value]) -> dict[str, str]:
    """Return the hyperparameters among ``values`` that change nothing, and for each the choice that makes it so."""
    idle: dict[str, str] = {}
    model, optimizer = values.get("model"), values.get("optimizer")
    if isinstance(model, str) and model in _USES:
        others = {*chain(*_USES.values())} - {*_USES[model]}
        idle |= dict.fromkeys(others, f"model = {model}")
    if "optimizer" in values and optimizer not in (Optimizer.MOMENTUM, Optimizer.NESTEROV, Optimizer.RMSPROP):
        idle["momentum"] = f"optimizer = {optimizer}"
    if values.get("loss") == Loss.MSE:
        idle["label_smoothing"] = "loss = mse"
    if values.get("layer_dropout") not in ("none", None):
        idle["dropout"] = f"layer_dropout = {values['layer_dropout']}"
    if values.get("layers") == 0:
        idle |= dict.fromkeys(_HIDDEN, "layers = 0")
        if "context" in values:  # the network of a text still has characters as vectors
            del idle["width"]
    if values.get("augment") == "none":
        idle["augment_strength"] = "augment = none"
    elif values.get("augment_strength") == 0:
        idle["augment"] = "augment_strength = 0"
    return {name: choice for name, choice in idle.items() if name in values}


def _plain(value: Any) -> Value:
    if isinstance(value, tuple):
        return as_text(value)
    return str(value) if isinstance(value, StrEnum) else value


def _known(task: TaskInfo, name: str) -> Hparam:
    known = task.hparams
    if name in known:
        return known[name]
    where = f"tasks {task.name}' lists those of {task.title}" if task.file else "tasks --all' lists them all"
    raise UnknownHyperparameterError(
        f"There is no hyperparameter '{name}'.{suggestion(name, list(known))} 'dltui {where}."
    )


def _refuse_unread(task: TaskInfo, name: str) -> None:
    if name not in task.reads:
        raise InvalidHyperparameterError(
            f"The task {task.title} does not use {name}; 'dltui tasks {task.name}' lists what it reads."
        )


def _choice(hparam: Hparam, word: str) -> str:
    if word in hparam.choices:
        return word
    if hparam.type is bool and word.lower() in hparam.choices:
        return word.lower()
    hint = suggestion(word, list(hparam.choices))
    raise InvalidHyperparameterError(f"{hparam.name} = {word} is not a choice: take {hparam.range_text}.{hint}")


def _number(hparam: Hparam, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InvalidHyperparameterError(f"{hparam.name} = {text} is not {_expected(hparam)}.") from None
    if not math.isfinite(value):
        raise InvalidHyperparameterError(f"{hparam.name} = {text} is not finite: it must be {hparam.range_text}.")
    if hparam.type is int:
        if value != int(value):
            raise InvalidHyperparameterError(f"{hparam.name} = {text} is not {_expected(hparam)}.")
        return int(value)
    return value


def _expected(hparam: Hparam) -> str:
    return ", ".join(dict.fromkeys((hparam.kind_text, hparam.range_text)))


def _refuse_combinations(task: TaskInfo, hparams: Hparams, given: dict[str, Any]) -> None:
    _refuse_sizes(task, hparams, given)
    _refuse_choice(task, "model", (hparams.model,) if task.models and "model" in given else ())
    _refuse_choice(task, "augment", hparams.augment)
    _refuse_networks(hparams)
    counted = "layers" in task.reads  # a network of a person's own may count them otherwise
    if counted and hparams.layer_dropout and len(hparams.layer_dropout) != hparams.layers:
        raise InvalidHyperparameterError(
            f"layer_dropout = {as_text(hparams.layer_dropout)} does not fit layers = {hparams.layers}; write one value"
            " for each hidden layer, or set dropout for all of them."
        )


def _refuse_sizes(task: TaskInfo, hparams: Hparams, given: dict[str, Any]) -> None:
    n_train = task.samples_in_use(hparams)
    if not task.n_train:  # the data have not been looked at
        return
    if hparams.train_size > task.n_train:
        raise InvalidHyperparameterError(
            f"train_size = {hparams.train_size} is more than the {task.n_train} training samples of {task.title}."
        )
    if hparams.batch_size > n_train and "batch_size" in given:
        raise InvalidHyperparameterError(
            f"batch_size = {hparams.batch_size} is more than the {n_train} training samples; take {n_train} or fewer."
        )
    if hparams.norm is Norm.BATCH and (hparams.batch_size == 1 or n_train == 1):
        raise InvalidHyperparameterError(
            "norm = batch cannot work with batch size 1, because one sample has no variance;"
            " take a larger batch_size or norm = layer."
        )


def _refuse_networks(hparams: Hparams) -> None:
    if hparams.model is Model.CNN and hparams.kernel_size % 2 == 0:
        raise InvalidHyperparameterError(
            f"kernel_size = {hparams.kernel_size} is even, so its output would be shifted; take an odd one."
        )
    if hparams.model is Model.GRU and hparams.norm is Norm.BATCH:
        raise InvalidHyperparameterError(
            "norm = batch does not exist for model = gru, whose statistics would be others at each place of a"
            " sequence; take norm = layer."
        )
    if hparams.model is Model.TRANSFORMER and hparams.layers and hparams.width % hparams.heads:
        raise InvalidHyperparameterError(
            f"width = {hparams.width} cannot be divided among heads = {hparams.heads}; take a multiple of it."
        )


def _refuse_choice(task: TaskInfo, name: str, values: tuple[str, ...]) -> None:
    missing = [each for each in values if each not in task.choices(name)]
    if missing:
        raise InvalidHyperparameterError(
            f"{name} = {as_text(tuple(missing))} does not exist for {task.title};"
            f" take {', '.join(task.choices(name)) or 'none'}."
        )


def _warnings(task: TaskInfo, hparams: Hparams, given: Mapping[str, str]) -> list[str]:
    found = []
    for name in task.reads:
        hparam, value = task.hparam(name), hparams.value(name)
        if hparam.typical is None or name not in given or (value == 0 and hparam.zero):
            continue
        usual = task.defaults.get(name, hparam.default)
        low, high = min(hparam.typical[0], usual or math.inf), max(hparam.typical[1], usual)
        if value < low / FAR or value > high * FAR:
            found.append(f"{name} = {value:g} is far outside the usual {hparam.typical_text}.")
    asked = not given.keys().isdisjoint(("norm", "dropout"))
    if asked and hparams.norm is Norm.BATCH and hparams.dropout >= STRONG_DROPOUT:
        found.append(
            f"dropout = {hparams.dropout:g} and batch norm work against each other; with batch norm less is usual."
        )
    mirroring = {"augment": Augmentation.FLIP in hparams.augment, "test_crops": hparams.test_crops is EvalCrops.TEN}
    for name, word in (("augment", "flip"), ("test_crops", "ten")):
        if task.handed and name in given and mirroring[name]:
            found.append(f"{name} = {word} mirrors the samples, and mirrored ones of {task.title} are of no class.")
    ramped = hparams.schedule is Schedule.RANGE_TEST and hparams.warmup_steps
    if ramped and not given.keys().isdisjoint(("schedule", "warmup_steps")):
        found.append(
            f"warmup_steps = {hparams.warmup_steps} goes up to the whole lr before schedule = range_test, which goes up"
            " by itself, begins below it."
        )
    idle = without_effect(as_json(hparams, task))
    found += [f"{name} has no effect with {choice}." for name, choice in idle.items() if name in given]
    return found
