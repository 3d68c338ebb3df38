"""From the words of a person to a checked configuration: nothing starts before the whole of it can work."""

import math
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from dltui_trainers.errors import (
    InvalidHyperparameterError,
    TrainerError,
    UnknownHyperparameterError,
    suggestion,
)
from dltui_trainers.hparams import CATALOGUE, Augmentation, Hparam, Hparams, Model, Norm, Optimizer
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

FAR = 30.0
"""A number this many times outside its typical range earns a warning."""
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
        hparam = _known(name)
        _refuse_unread(task, name)
        values[name] = parse(hparam, text)
    hparams = replace(Hparams(), **{**task.defaults, **values})
    if "batch_size" not in values:
        hparams = replace(hparams, batch_size=min(hparams.batch_size, hparams.train_size or task.n_train))
    _refuse_combinations(task, hparams, values)
    return hparams, _warnings(task, hparams, settings)


def parse(hparam: Hparam, text: str) -> Any:
    """Return the value that ``text`` writes. Raises :class:`InvalidHyperparameterError` with the reason."""
    if hparam.many:
        words = [word for word in text.replace("+", ",").split(",") if word and word != "none"]
        return tuple(Augmentation(_choice(hparam, word)) for word in words)
    if hparam.choices:
        return hparam.type(_choice(hparam, text.strip()))
    value = _number(hparam, text)
    too_low = value <= hparam.low if hparam.low_open else value < hparam.low
    if too_low or value > hparam.high:
        raise InvalidHyperparameterError(f"{hparam.name} = {text} is out of range: it must be {hparam.range_text}.")
    return value


def as_json(hparams: Hparams, task: TaskInfo) -> dict[str, Value]:
    """Return the hyperparameters that ``task`` reads, as the manifest keeps them."""
    return {name: _plain(getattr(hparams, name)) for name in CATALOGUE if name in task.reads}


def as_settings(task: TaskInfo, hparams: Mapping[str, Value]) -> tuple[dict[str, str], list[str]]:
    """Return the hyperparameters of a manifest as settings for :func:`configure`, and a warning for each that is not.

    The manifest may be of an older or a newer version: what this one does not know or cannot read is left out, and of
    what the manifest does not tell, the task's default will be taken.
    """
    settings, warnings = {}, []
    for name, value in hparams.items():
        text = as_text(value)
        try:
            parse(_known(name), text)
            _refuse_unread(task, name)
        except TrainerError as error:
            warnings.append(f"{name} = {text} is left out: {error}")
        else:
            settings[name] = text
    missing = [name for name in task.reads if name not in hparams]
    if missing:
        warnings.append(f"The run does not tell {', '.join(missing)}: the defaults are taken.")
    return settings, warnings


def as_text(value: Any) -> str:
    """Return ``value`` as a person would type it: the inverse of :func:`parse`."""
    if isinstance(value, tuple):
        return ",".join(value) or "none"
    if not isinstance(value, float):
        return str(value)
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def without_effect(values: Mapping[str, Value]) -> dict[str, str]:
    """Return the hyperparameters among ``values`` that change nothing, and for each the choice that makes it so."""
    idle: dict[str, str] = {}
    model, optimizer = values.get("model"), values.get("optimizer")
    if model == Model.MLP:
        idle |= dict.fromkeys(("kernel_size", "channels", "pooling"), f"model = {model}")
    if model == Model.CNN:
        idle["width"] = f"model = {model}"
    if optimizer not in (Optimizer.MOMENTUM, Optimizer.NESTEROV, Optimizer.RMSPROP):
        idle["momentum"] = f"optimizer = {optimizer}"
    if model == Model.MLP and values.get("layers") == 0:
        idle |= dict.fromkeys(("width", "activation", "dropout", "norm"), "layers = 0")
    if values.get("augment") == "none":
        idle["augment_strength"] = "augment = none"
    elif values.get("augment_strength") == 0:
        idle["augment"] = "augment_strength = 0"
    return {name: choice for name, choice in idle.items() if name in values}


def _plain(value: Any) -> Value:
    if isinstance(value, tuple):
        return as_text(value)
    return str(value) if isinstance(value, StrEnum) else value


def _known(name: str) -> Hparam:
    if name in CATALOGUE:
        return CATALOGUE[name]
    raise UnknownHyperparameterError(
        f"There is no hyperparameter '{name}'.{suggestion(name, list(CATALOGUE))} 'dltui tasks' lists them all."
    )


def _refuse_unread(task: TaskInfo, name: str) -> None:
    if name not in task.reads:
        raise InvalidHyperparameterError(
            f"The task {task.name} does not use {name}; 'dltui tasks {task.name}' lists what it reads."
        )


def _choice(hparam: Hparam, word: str) -> str:
    if word in hparam.choices:
        return word
    hint = suggestion(word, list(hparam.choices))
    raise InvalidHyperparameterError(f"{hparam.name} = {word} is not a choice: take {hparam.range_text}.{hint}")


def _number(hparam: Hparam, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        kind = "a whole number" if hparam.type is int else "a number"
        raise InvalidHyperparameterError(f"{hparam.name} = {text} is not {kind}, {hparam.range_text}.") from None
    if not math.isfinite(value):
        raise InvalidHyperparameterError(f"{hparam.name} = {text} is not finite: it must be {hparam.range_text}.")
    if hparam.type is int:
        if value != int(value):
            raise InvalidHyperparameterError(f"{hparam.name} = {text} is not a whole number, {hparam.range_text}.")
        return int(value)
    return value


def _refuse_combinations(task: TaskInfo, hparams: Hparams, given: dict[str, Any]) -> None:
    n_train = hparams.train_size or task.n_train
    if n_train > task.n_train:
        raise InvalidHyperparameterError(
            f"train_size = {n_train} is more than the {task.n_train} training samples of {task.name}."
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
    if hparams.model is Model.CNN and hparams.kernel_size % 2 == 0:
        raise InvalidHyperparameterError(
            f"kernel_size = {hparams.kernel_size} is even, so its output would be shifted; take an odd one."
        )
    _refuse_augmentations(task, hparams)


def _refuse_augmentations(task: TaskInfo, hparams: Hparams) -> None:
    missing = [each for each in hparams.augment if each not in task.augmentations]
    if missing:
        raise InvalidHyperparameterError(
            f"augment = {as_text(tuple(missing))} does not exist for the inputs of {task.name};"
            f" take {', '.join(task.augmentations) or 'none'}."
        )


def _warnings(task: TaskInfo, hparams: Hparams, given: Mapping[str, str]) -> list[str]:
    found = []
    for name in task.reads:
        hparam, value = CATALOGUE[name], getattr(hparams, name)
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
    if task.handed and "augment" in given and Augmentation.FLIP in hparams.augment:
        found.append(f"augment = flip mirrors the samples, and mirrored ones of {task.name} are of no class.")
    idle = without_effect(as_json(hparams, task))
    found += [f"{name} has no effect with {choice}." for name, choice in idle.items() if name in given]
    return found
