"""Lets the network and the loss of a task file work on two samples before the training begins.

Whatever does not fit is told then, with the shapes and the name of the part that broke, and not by the first traceback.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from dltui_trainers.errors import TaskFileError
from dltui_trainers.memory import is_out_of_memory
from dltui_trainers.own_loss import TAKEN, OwnLoss, OwnMetrics, log_name
from dltui_trainers.taskfile.told import calling, tell, what
from dltui_trainers.tasks import TaskData

SAMPLES = 2
_BROADCAST = "Using a target size"
"""What torch warns of."""
MOST_METRICS, LONGEST_METRIC = 50, 60


def try_out(file: str, model: nn.Module, data: TaskData) -> Tensor:
    """Return what the network answers to the first samples; nothing random that the training draws is drawn.

    Raises :class:`TaskFileError` where the network does not take them, or the loss not the answers.
    """
    x, y = data.train_x[:SAMPLES], data.train_y[:SAMPLES]
    devices = [x.device] if x.device.type == "cuda" else []
    was_training = model.training
    model.eval()
    try:
        with torch.random.fork_rng(devices), torch.enable_grad():
            output = _answer(file, model, data.inputs(x))
            _refuse_output(output, y, data)
            _try_loss(file, model, output, y, data.loss)
            if data.metrics is not None:
                _try_metrics(file, output.detach(), y, data.metrics)
    finally:
        model.train(was_training)
    return output.detach()


def _answer(file: str, model: nn.Module, x: Tensor) -> Tensor:
    entered: list[tuple[str, nn.Module, str]] = []
    try:
        with _following(model, entered):
            output = model(x)
    except (Exception, SystemExit) as error:
        if is_out_of_memory(error):
            raise
        name, module, shape = entered[-1] if entered else ("", model, _shape(x))
        part = f" in its module '{name}' ({type(module).__name__}), which got {shape}:" if name else ""
        found = tell(error, file)
        raise TaskFileError(
            f"The model does not take a batch of shape {_shape(x)}:{part} {found or what(error)}",
            found.traceback if found else "",
        ) from error
    if not isinstance(output, Tensor):
        raise TaskFileError(
            f"The model answers with a {type(output).__name__}, and must answer with one tensor: wrap it in a module"
            " whose forward returns that."
        )
    return output


@contextmanager
def _following(model: nn.Module, entered: list[tuple[str, nn.Module, str]]) -> Iterator[None]:
    """Keep in ``entered`` the modules that are at work, the innermost last."""

    def enter(name: str, module: nn.Module, inputs: tuple[object, ...]) -> None:
        entered.append((name, module, ", ".join(_shape(each) for each in inputs if isinstance(each, Tensor))))

    hooks = []
    for name, module in model.named_modules():
        hooks.append(module.register_forward_pre_hook(lambda module, inputs, name=name: enter(name, module, inputs)))
        hooks.append(module.register_forward_hook(lambda *_: [entered.pop(), None][1]))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _refuse_output(output: Tensor, y: Tensor, data: TaskData) -> None:
    if isinstance(data.loss, OwnLoss):
        return
    wanted = (len(y), data.classes) if data.classes else tuple(y.shape)
    fits = tuple(output.shape) == wanted
    if data.classes and output.ndim == 2:  # some answer for classes that the data do not have
        fits = output.shape[0] == len(y) and output.shape[1] >= data.classes
    if not fits:
        for_what = f"{data.classes} classes" if data.classes else "one number a sample"
        raise TaskFileError(
            f"The model answers {_shape(output)} to a batch of {len(y)} samples; for {for_what} it must be"
            f" {' x '.join(map(str, wanted))}."
        )
    if not output.is_floating_point():
        raise TaskFileError(f"The model answers with {output.dtype}, and must answer with floats.")


def _try_loss(file: str, model: nn.Module, output: Tensor, y: Tensor, loss: object) -> None:
    if isinstance(loss, OwnLoss):
        with calling(file), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            value: object = loss(output, y)
        if any(_BROADCAST in str(each.message) for each in warned):
            raise TaskFileError(
                f"loss: output is {_shape(output)} and target {_shape(y)}, so each would be compared with all: give"
                " both one shape (one number a sample is (samples, 1))."
            )
        if not isinstance(value, Tensor):
            raise TaskFileError(f"loss returned a {type(value).__name__}; it must return a tensor with one number.")
        if value.ndim:
            raise TaskFileError(
                f"loss returned a tensor of shape {_shape(value)}; the loss of a batch is one number: take its mean()."
            )
        output = value
    if not output.requires_grad and any(each.requires_grad for each in model.parameters()):
        part = "loss" if isinstance(loss, OwnLoss) else "model's answer"
        raise TaskFileError(
            f"The {part} does not depend on the weights by a gradient: was something detached, or computed under"
            " no_grad?"
        )


def _try_metrics(file: str, output: Tensor, y: Tensor, metrics: OwnMetrics) -> None:
    if metrics.function is None:
        return
    with calling(file), torch.no_grad():
        found: object = metrics.function(output, y)
    if not isinstance(found, dict):
        raise TaskFileError(f"metrics returned a {type(found).__name__}; it must return a dict such as {{'f1': 0.5}}.")
    if len(found) > MOST_METRICS:
        raise TaskFileError(f"metrics returned {len(found)} numbers; at most {MOST_METRICS} can be kept.")
    for name, value in found.items():
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_METRIC or not name.isprintable():
            raise TaskFileError(f"metrics: {name!r} cannot be the name of a metric.")
        if log_name(name) in TAKEN:
            raise TaskFileError(f"metrics: '{name}' is measured already; give yours another name.")
        if isinstance(value, Tensor) and value.numel() != 1:
            raise TaskFileError(f"metrics: '{name}' is a tensor of shape {_shape(value)}, and must be one number.")
        try:
            float(value)
        except (TypeError, ValueError):
            raise TaskFileError(f"metrics: '{name}' is a {type(value).__name__}, and must be a number.") from None


def _shape(x: Tensor) -> str:
    return " x ".join(map(str, x.shape)) or "one number"
