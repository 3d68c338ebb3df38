"""Makes of a task file a task as ours are: data, network and loss, checked before the first step."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from dltui_trainers.choices import Augmentation, Loss
from dltui_trainers.configure import as_text
from dltui_trainers.errors import InvalidHyperparameterError, TaskFileError
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.networks import follow_dropout, make_network
from dltui_trainers.own_loss import OwnLoss, OwnMetrics
from dltui_trainers.registry import TaskInfo, fitting_augmentations
from dltui_trainers.taskfile.given import Given, Samples, class_count, read_given, refuse_kinds
from dltui_trainers.taskfile.imported import import_file
from dltui_trainers.taskfile.patience import GiveUp, telling
from dltui_trainers.taskfile.told import calling
from dltui_trainers.taskfile.trial import try_out
from dltui_trainers.tasks import Scaling, TaskData, first_of_each_class, initial_loss, with_label_noise

DRAW_SEED = 20_261_122
"""Which samples ``train_size`` takes is the same for every ``seed``, and of fewer each is among the more."""
BYTE = 255.0
IMAGES = 4
"""Dimensions of images: samples, channels, height, width."""
_OF_CLASSES = ("loss", "label_smoothing", "per_class", "label_noise", "test_crops")

_adapted: "dict[str, FileTask]" = {}
"""A file is run once in a process, however often its task is asked for."""


def adapted(task: TaskInfo, give_up: GiveUp | None = None) -> "FileTask":
    """Return the task of a file, which is run for it the first time. Raises :class:`TaskFileError`."""
    if task.name not in _adapted:
        _adapted[task.name] = FileTask(task, import_file(task.name, give_up))
    return _adapted[task.name]


class FileTask:
    """A task file as the loop has its tasks; see :class:`dltui_trainers.tasks.Task`."""

    def __init__(self, task: TaskInfo, source: object) -> None:
        self._task = task
        self._load = _function(source, "load", task)
        self._build = _function(source, "build_model", task)
        self._loss = _function(source, "loss", task)
        self._metrics = _function(source, "metrics", task)
        self._is_split, self._n_train = False, 0

    def load(self, hparams: Hparams) -> TaskData:
        """Return the data, cut and corrupted as ``hparams`` says where the file does not do it itself."""
        if self._load is None:
            raise TaskFileError(f"There is no load in {self._task.title}; it needs a function load(h).")
        # torch is seeded already: a branch must find the same data, whatever they are drawn with.
        random.seed(hparams.seed)
        np.random.seed(hparams.seed)
        with telling(self._task.file), calling(self._task.file):
            value = self._load(namespace(hparams))
        given = read_given(value, hparams.val_share)
        x, y = given.train
        refuse_kinds(x, y, self._loss is not None)
        classes = None if y.is_floating_point() or y.ndim > 1 else class_count((y, given.val[1]))
        self._is_split, self._n_train = given.split, len(x)
        self._refuse_idle(hparams, x, classes)
        if classes == 1 and self._loss is None:
            raise TaskFileError("load: y holds the class 0 alone, so there is nothing to tell apart.")
        return self._data(hparams, given, classes)

    def _data(self, hparams: Hparams, given: Given, classes: int | None) -> TaskData:
        train_x, train_y = self._cut(given.train, hparams, classes)
        val_x, val_y = given.val
        if classes is not None and not self._does("label_noise"):
            train_y = with_label_noise(train_y, classes, hparams.label_noise)
        if classes is None and train_y.ndim == 1:
            train_y, val_y = train_y.view(-1, 1), val_y.view(-1, 1)
        if self._build is None and not train_x.is_floating_point() and train_x.dtype is not torch.uint8:
            train_x, val_x = train_x.float(), val_x.float()
        loss = OwnLoss(_name(self._loss), self._loss) if self._loss else hparams.loss if classes else Loss.MSE
        return TaskData(
            train_x=train_x,
            train_y=train_y,
            val_x=val_x,
            val_y=val_y,
            loss=loss,
            classes=classes,
            expected_initial_loss=_expected(loss, classes, train_y),
            scaling=_bytes_to_floats(train_x) if train_x.dtype is torch.uint8 else None,
            metrics=OwnMetrics(self._metrics) if self._metrics else None,
        )

    def _cut(self, train: Samples, hparams: Hparams, classes: int | None) -> Samples:
        """Draw ``train_size`` samples, and keep the first ``per_class`` of each class of them."""
        x, y = train
        if hparams.train_size > len(x):
            raise InvalidHyperparameterError(
                f"train_size = {hparams.train_size} is more than the {len(x)} training samples of {self._task.title}."
            )
        if hparams.train_size and not self._does("train_size"):
            order = torch.randperm(len(x), generator=torch.Generator().manual_seed(DRAW_SEED))[: hparams.train_size]
            x, y = x[order], y[order]
        if hparams.per_class and classes is not None and not self._does("per_class"):
            x, y = first_of_each_class(x, y, hparams.per_class)
        return x, y

    def _refuse_idle(self, hparams: Hparams, x: Tensor, classes: int | None) -> None:
        """Refuse what was asked for and cannot be with these data."""
        for name, reason in self._idle(x, classes).items():
            value = getattr(hparams, name)
            usual = self._task.defaults.get(name, CATALOGUE[name].default)
            if value != usual and not name.startswith("augment"):
                raise InvalidHyperparameterError(
                    f"{name} = {as_text(value)} has no effect on {self._task.title}: {reason}."
                )
        fitting = self._fitting(x)
        missing = [each for each in hparams.augment if each not in fitting]
        if missing and not self._does("augment"):
            raise InvalidHyperparameterError(
                f"augment = {','.join(missing)} does not exist for {_kind_of(x)}; take {', '.join(fitting) or 'none'}."
            )

    def _idle(self, x: Tensor, classes: int | None) -> dict[str, str]:
        """What has no effect on such data though others let it have one, and why."""
        reasons = {} if classes is not None else dict.fromkeys(_OF_CLASSES, "y holds no classes")
        if x.ndim != IMAGES:
            reasons["test_crops"] = "only images, (samples, channels, height, width), have crops"
        if not self._is_split:
            reasons["val_share"] = "its load returns a validation set of its own"
        if not self._fitting(x):
            reasons |= dict.fromkeys(("augment", "augment_strength"), "nothing can be changed in its samples")
        return {name: why for name, why in reasons.items() if name in self._task.reads and not self._does(name)}

    def _fitting(self, x: Tensor) -> tuple[Augmentation, ...]:
        """The random changes that exist for these inputs; numbers of words have none."""
        is_measured = x.is_floating_point() or x.dtype is torch.uint8 or self._build is None
        return fitting_augmentations(x.ndim) if is_measured else ()

    def _does(self, name: str) -> bool:
        """Whether the file looks at that hyperparameter: then it does itself what is to be done."""
        return name in self._task.mentions

    def build_model(self, hparams: Hparams, data: TaskData) -> nn.Module:
        """Return the untrained network: the person's, or ours."""
        if self._build is None:
            if not isinstance(data.loss, Loss) and data.classes is None and data.train_y.ndim > 2:
                raise TaskFileError(
                    f"{self._task.title} has targets of {' x '.join(map(str, data.train_y.shape[1:]))}, which our"
                    " networks do not answer: it needs a build_model(h, data)."
                )
            return self._ours(hparams, data)
        with calling(self._task.file):
            model = self._build(namespace(hparams), data)
        return _checked(model)

    def _ours(self, hparams: Hparams, data: TaskData) -> nn.Module:
        if hparams.model != "mlp" and len(data.input_shape) not in (2, 3):
            raise InvalidHyperparameterError(
                f"model = {hparams.model} takes signals (channels, n) or images (channels, n, m), and a sample of"
                f" {self._task.title} is {' x '.join(map(str, data.input_shape))}; take model = mlp."
            )
        return make_network(hparams, data.input_shape, data.outputs)

    def settle(self, task: TaskInfo, hparams: Hparams, data: TaskData, model: nn.Module) -> tuple[TaskInfo, TaskData]:
        """Return what the data make of the task, and the data as they are measured. Raises :class:`TaskFileError`."""
        output = try_out(task.file, model, data)
        if data.metrics is None and not _is_scored(output, data):
            data = replace(data, metrics=OwnMetrics())
        heard = follow_dropout(model, hparams.dropout)
        fixed = () if self._build is None else (*(() if heard else ("dropout",)), "layer_dropout", "input_dropout")
        task = replace(self.as_loaded(task, data), fixed=tuple(name for name in fixed if name in task.reads))
        return task, data

    def as_loaded(self, task: TaskInfo, data: TaskData) -> TaskInfo:
        """Return what the data, which :meth:`load` returned, make of the task."""
        idle = self._idle(data.train_x, data.classes)
        return replace(
            task,
            kind="classification" if data.classes is not None else "regression",
            n_train=self._n_train,
            reads=tuple(name for name in task.reads if name not in idle),
            augmentations=self._fitting(data.train_x),
            input_shape=data.input_shape,
            classes=data.classes,
        )


def namespace(hparams: Hparams) -> SimpleNamespace:
    """Return the ``h`` of a task file: every hyperparameter as a plain value."""
    return SimpleNamespace(**{name: getattr(hparams, name) for name in CATALOGUE}, **dict(hparams.own))


def _function(source: object, name: str, task: TaskInfo) -> Callable[..., Any] | None:
    found = getattr(source, name, None)
    if found is None or isinstance(found, ModuleType):  # as from sklearn import metrics
        return None
    if callable(found):
        return cast(Callable[..., Any], found)
    raise TaskFileError(f"{name} of {task.title} is a {type(found).__name__}, and must be a function.")


def _name(function: Callable[..., Any]) -> str:
    inner = function.func if isinstance(function, partial) else function
    return str(getattr(inner, "__name__", type(inner).__name__))


def _expected(loss: Loss | OwnLoss, classes: int | None, y: Tensor) -> float | None:
    if isinstance(loss, OwnLoss):
        return None
    return float(y.square().mean()) if classes is None else initial_loss(loss, classes)


def _kind_of(x: Tensor) -> str:
    return f"samples of {' x '.join(map(str, x.shape[1:]))}"


def _bytes_to_floats(x: Tensor) -> Scaling:
    """From 0 to 1, for each channel of an image or for all alike."""
    shape = (x.shape[1], 1, 1) if x.ndim == IMAGES else ()
    return Scaling(mean=torch.zeros(shape), deviation=torch.full(shape, BYTE))


def _is_scored(output: Tensor, data: TaskData) -> bool:
    """Whether accuracy and its like, or R2, mean anything for these answers."""
    if data.classes is None:
        return isinstance(data.loss, Loss)
    return output.ndim == 2 and output.shape[1] >= max(data.classes, 2)


def _checked(model: object) -> nn.Module:
    if isinstance(model, nn.Module):
        return model
    if isinstance(model, type) and issubclass(model, nn.Module):
        raise TaskFileError(
            f"build_model returned the class {model.__name__} itself; return a network: {model.__name__}(...)."
        )
    if model is None:
        raise TaskFileError("build_model returned None (is its return missing?); it must return a torch.nn.Module.")
    raise TaskFileError(f"build_model returned a {type(model).__name__}; it must return a torch.nn.Module.")
