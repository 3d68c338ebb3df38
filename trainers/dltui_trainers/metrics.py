"""What a validation measures: loss, accuracy, precision and recall averaged over the classes, perplexity, R2."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dltui_trainers.choices import Loss
from dltui_trainers.own_loss import PREFIX, OwnLoss, OwnMetrics, of_record

CHUNK = 4096
"""Small samples in one forward pass of a validation: enough to be fast, few enough to fit where the training fits."""
CHUNK_VALUES = 2**18
"""Values of larger samples in one pass: their hidden layers are larger, too, and had better stay in the caches."""
VALUES_OF_A_CHARACTER = 64
"""A character is one number, and becomes as many as a layer is wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One validation; what does not apply to the loss is ``None``.

    ``perplexity`` is e to the power of the mean loss of a character: among how many, all alike, it would be as hard to
    choose. ``r2`` is the share of the targets' variance that is explained (1: all; 0: no better than their mean).
    ``own``: what a task file measures beside these, by its name in the log.
    """

    loss: float
    accuracy: float | None = None
    precision: float | None = None
    recall: float | None = None
    perplexity: float | None = None
    r2: float | None = None
    own: Mapping[str, float] = field(default_factory=dict)


def chunk_of(x: Tensor, y: Tensor) -> int:
    """Return how many of these samples go into one forward pass of a validation."""
    values = max(x[0].numel(), VALUES_OF_A_CHARACTER * y[0].numel() if y.ndim > 1 else 0)
    if not x.is_floating_point() and x.dtype is not torch.uint8:  # numbers of words
        values = max(values, VALUES_OF_A_CHARACTER * x[0].numel())
    return max(1, min(CHUNK, CHUNK_VALUES // values))


def data_loss(output: Tensor, target: Tensor, loss: Loss | OwnLoss, *, label_smoothing: float = 0.0) -> Tensor:
    """Return the mean loss of a batch: ``target`` holds classes, integers of any size, or numbers as ``output``."""
    if isinstance(loss, OwnLoss):
        return loss(output, target)
    if loss is Loss.MSE:
        return F.mse_loss(output, target if target.is_floating_point() else _one_hot(output, target))
    if target.ndim > 1:  # a class at each place
        output, target = output.flatten(0, -2), target.flatten()
    return F.cross_entropy(output, target.long(), label_smoothing=label_smoothing)


def _one_hot(output: Tensor, target: Tensor) -> Tensor:
    """1 for the class of each sample, 0 for the others (Hui and Belkin 2021, arXiv:2006.07322)."""
    return F.one_hot(target.long(), output.shape[-1]).to(output.dtype)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Look at ``model`` without changing it: no gradients, no dropout, batch norm by its running statistics.

    A part that somebody keeps from training, a batch norm with ``eval()``, is so afterwards, too.
    """
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True


Answer = Callable[[Tensor], Tensor]
"""Stored samples in, outputs of a network out."""


def evaluate(answer: Answer, x: Tensor, y: Tensor, loss: Loss | OwnLoss, chunk: int = CHUNK) -> Evaluation:
    """Return the loss and metrics on a whole set of samples; waits for the device once. See :func:`evaluating`.

    Precision and recall are of classes that a sample has: of a text's characters there may be thousands, and their mean
    would tell of the rarest.
    """
    total, counted = torch.zeros((), device=x.device), torch.zeros((), dtype=torch.int64, device=x.device)
    for xs, ys in _chunks(x, y, chunk):
        output = answer(xs)
        total += data_loss(output, ys, loss) * len(xs)
        if y.is_floating_point():
            continue
        predicted = output.argmax(-1)
        counted = counted + (
            confusion_matrix(predicted, ys, output.shape[-1]) if y.ndim == 1 else _right(predicted, ys)
        )
    mean = (total / len(x)).reshape(1)
    if y.is_floating_point():
        value, spread = torch.cat([mean, _spread(y)]).tolist()
        return Evaluation(loss=value, r2=1 - value / spread if spread else None)
    if y.ndim > 1:
        value, right = torch.cat([mean, counted.reshape(1).double()]).tolist()
        return Evaluation(loss=value, accuracy=right / y.numel(), perplexity=_exp(value))
    value, accuracy, precision, recall = torch.cat([mean, _scores(counted)]).tolist()
    return Evaluation(loss=value, accuracy=accuracy, precision=precision, recall=recall)


def evaluate_own(
    answer: Answer, x: Tensor, y: Tensor, loss: Loss | OwnLoss, metrics: OwnMetrics, chunk: int = CHUNK
) -> Evaluation:
    """Return the loss, and the mean over all samples of what ``metrics`` tell of some. See :func:`evaluating`."""
    total, sums = torch.zeros((), device=x.device), dict[str, float]()
    for xs, ys in _chunks(x, y, chunk):
        output = answer(xs)
        total += data_loss(output, ys, loss) * len(xs)
        for name, value in metrics(output, ys).items():
            sums[name] = sums.get(name, 0.0) + value * len(xs)
    known, others = of_record({name: value / len(x) for name, value in sums.items()})
    scores = {name.removeprefix(PREFIX): value for name, value in known.items()}
    return Evaluation(loss=float(total) / len(x), **scores, own=others)


def _spread(y: Tensor) -> Tensor:
    """The variance of the targets, 0 where all are the same one: computed, that may be a little more."""
    return torch.where(y.max() == y.min(), 0.0, y.double().var(correction=0)).reshape(1)


def _right(predicted: Tensor, target: Tensor) -> Tensor:
    return (predicted == target).sum()


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _chunks(x: Tensor, y: Tensor, chunk: int) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(torch.split(x, chunk), torch.split(y, chunk), strict=True)


def accuracy_of(answer: Answer, x: Tensor, y: Tensor, chunk: int = CHUNK) -> float:
    """Return the share of classes that are right."""
    right = [_right(answer(xs).argmax(-1), ys) for xs, ys in _chunks(x, y, chunk)]
    return float(sum(right)) / y.numel()


def confusion_matrix(predicted: Tensor, target: Tensor, classes: int) -> Tensor:
    """Return how often each class (row) was taken for each class (column), counted on the device."""
    cells = torch.zeros(classes * classes, dtype=torch.int64, device=target.device)
    cells.scatter_add_(0, target.long() * classes + predicted, torch.ones_like(predicted))
    return cells.reshape(classes, classes)


def scores(confusion: Tensor) -> tuple[float, float, float]:
    """Return accuracy, macro precision and macro recall of a confusion matrix.

    The averages are over the classes that have samples. A class that is never predicted has precision 0, so a network
    that answers one class only is not flattered.
    """
    accuracy, precision, recall = _scores(confusion).tolist()
    return accuracy, precision, recall


def _scores(confusion: Tensor) -> Tensor:
    right = confusion.diagonal().double()
    samples, predicted = confusion.sum(1), confusion.sum(0)
    present = (samples > 0).sum()
    accuracy = right.sum() / samples.sum()
    # Where there is nothing to divide by, the numerator is 0 too, and so is the score.
    precision = (right / predicted.clamp(min=1)).masked_fill(samples == 0, 0.0).sum() / present
    recall = (right / samples.clamp(min=1)).sum() / present
    return torch.stack([accuracy, precision, recall])
