"""What a log tells beside its curves: the hyperparameters by our names, and how many epochs were planned."""

import math

import numpy as np

from dltui.formats.meaning.columns import Assignment
from dltui.formats.meaning.numbers import as_float
from dltui.formats.reading.table import Table
from dltui.log_options import Role
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value

OTHER_NAMES = {
    "learning_rate": "lr",
    "base_lr": "lr",
    "lr0": "lr",
    "init_lr": "lr",
    "initial_lr": "lr",
    "batchsize": "batch_size",
    "train_batch_size": "batch_size",
    "per_device_train_batch_size": "batch_size",
    "num_epochs": "epochs",
    "n_epochs": "epochs",
    "max_epochs": "epochs",
    "nb_epochs": "epochs",
    "num_train_epochs": "epochs",
    "total_epochs": "epochs",
    "nb_epoch": "epochs",
    "optim": "optimizer",
    "opt": "optimizer",
    "dropout_rate": "dropout",
    "dropout_portion": "dropout",
    "drop_rate": "dropout",
    "wd": "weight_decay",
    "clip": "grad_clip",
    "max_grad_norm": "grad_clip",
    "clip_grad": "grad_clip",
    "clip_grad_norm": "grad_clip",
    "gradient_clip_val": "grad_clip",
    "patience": "early_stop_patience",
    "early_stopping_patience": "early_stop_patience",
    "nlayers": "layers",
    "num_layers": "layers",
    "n_layers": "layers",
    "nhid": "width",
    "hidden_size": "width",
    "hidden_dim": "width",
    "lr_scheduler": "schedule",
    "lr_scheduler_type": "schedule",
    "random_seed": "seed",
}
"""What other programs call our hyperparameters."""
_SAME_RATE = 1e-6
"""A learning rate that differs by less (32-bit rounding in Keras) did not change."""


def hparams_in(table: Table, assignment: Assignment) -> dict[str, Value]:
    """Return the settings that the log tells. A learning rate that never changed counts as told."""
    told: dict[str, Value] = {}
    for name, value in (*table.facts.items(), *_constant_columns(table)):
        ours = _our_name(name)
        sound = None if ours is None else _sound(ours, value)
        if ours is not None and sound is not None:
            told.setdefault(ours, sound)
    rate = _constant_rate(assignment)
    if rate is not None:
        told.setdefault("lr", rate)
    return told


def planned_epochs_in(table: Table) -> float:
    """Return how many epochs were planned, NaN if the log does not tell."""
    for name, value in table.facts.items():
        number = as_float(value)
        if _our_name(name) == "epochs" and number is not None and math.isfinite(number) and number >= 1:
            return number
    return math.nan


def _our_name(name: str) -> str | None:
    plain = name.strip().lower().replace("-", "_")
    plain = OTHER_NAMES.get(plain, plain)
    return plain if plain in CATALOGUE else None


def _sound(name: str, value: Value) -> Value:
    """The value if it can be one of that hyperparameter, else None."""
    hparam = CATALOGUE[name]
    if hparam.choices:
        chosen = str(value).strip().lower()
        return chosen if isinstance(value, str) and not hparam.many and chosen in hparam.choices else None
    number = as_float(value)
    if number is None or not hparam.low <= number <= hparam.high or (hparam.low_open and number == hparam.low):
        return None
    return int(number) if hparam.type is int and number == int(number) else number


def _constant_columns(table: Table) -> list[tuple[str, Value]]:
    """Settings that a log repeats in each row (``batch_size``); the epoch and the rate are curves there."""
    constant: list[tuple[str, Value]] = []
    for name, cells in table.columns.items():
        if _our_name(name) in (None, "lr", "epochs", "schedule") or name in table.facts or not len(cells):
            continue
        if np.isfinite(cells.values).all() and (cells.values == cells.values[0]).all():
            constant.append((name, float(cells.values[0])))
    return constant


def _constant_rate(assignment: Assignment) -> float | None:
    column = assignment.found.get(Role.LR)
    if column is None:
        return None
    rates = column.given
    first = float(rates[0])
    same = math.isfinite(first) and first > 0 and bool((np.abs(rates - first) <= _SAME_RATE * first).all())
    return first if same else None
