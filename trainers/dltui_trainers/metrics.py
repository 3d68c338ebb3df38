"""What a validation measures: loss, accuracy, and precision and recall averaged over the classes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dltui_trainers.tasks import Loss

CHUNK = 4096
"""Samples in one forward pass of a validation: large enough to be fast, small enough to fit where the training fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One validation. The metrics are ``None`` for a regression."""

    loss: float
    accuracy: float | None = None
    precision: float | None = None
    recall: float | None = None


def data_loss(output: Tensor, target: Tensor, loss: Loss, *, label_smoothing: float = 0.0) -> Tensor:
    """Return the mean loss of a batch."""
    if loss == "mse":
        return F.mse_loss(output, target)
    return F.cross_entropy(output, target, label_smoothing=label_smoothing)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Look at ``model`` without changing it: no gradients, no dropout, batch norm by its running statistics."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


def evaluate(model: nn.Module, x: Tensor, y: Tensor, loss: Loss, chunk: int = CHUNK) -> Evaluation:
    """Return the loss and metrics of ``model`` on a whole set of samples; waits for the device once."""
    with evaluating(model):
        total = torch.zeros((), device=x.device)
        predictions = []
        for xs, ys in _chunks(x, y, chunk):
            output = model(xs)
            total += data_loss(output, ys, loss) * len(xs)
            predictions.append(output)
        mean = (total / len(x)).reshape(1)
        if loss == "mse":
            return Evaluation(loss=float(mean))
        classes = predictions[0].shape[1]
        predicted = torch.cat([each.argmax(1) for each in predictions])
        measures = torch.cat([mean, _scores(confusion_matrix(predicted, y, classes))])
    value, accuracy, precision, recall = measures.tolist()
    return Evaluation(loss=value, accuracy=accuracy, precision=precision, recall=recall)


def _chunks(x: Tensor, y: Tensor, chunk: int) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(torch.split(x, chunk), torch.split(y, chunk), strict=True)


def accuracy_of(model: nn.Module, x: Tensor, y: Tensor, chunk: int = CHUNK) -> float:
    """Return the share of samples whose class ``model`` gets right."""
    with evaluating(model):
        right = [(model(xs).argmax(1) == ys).sum() for xs, ys in _chunks(x, y, chunk)]
        return float(sum(right)) / len(x)


def confusion_matrix(predicted: Tensor, target: Tensor, classes: int) -> Tensor:
    """Return how often each class (row) was taken for each class (column), counted on the device."""
    cells = torch.zeros(classes * classes, dtype=torch.int64, device=target.device)
    cells.scatter_add_(0, target * classes + predicted, torch.ones_like(target))
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
