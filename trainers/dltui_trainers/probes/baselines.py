"""What an answer costs on the validation that looks at no input: the marks that a training must fall below."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dltui_trainers.choices import Loss
from dltui_trainers.own_loss import OwnLoss
from dltui_trainers.tasks import TaskData, initial_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """The loss of knowing nothing, of knowing only the targets, and the share of the largest class (0 for numbers)."""

    uniform_loss: float
    constant_loss: float
    chance: float


def baselines(data: TaskData) -> Baselines:
    """Return the marks of ``data``. Targets that are not finite are left out; without any the marks are NaN.

    Of a loss of one's own nobody knows what knowing nothing costs.
    """
    if data.classes is None:
        if isinstance(data.loss, OwnLoss):
            return Baselines(uniform_loss=math.nan, constant_loss=math.nan, chance=0.0)
        train, val = finite(data.train_y), finite(data.val_y)
        return Baselines(
            uniform_loss=_mean(val.square()), constant_loss=_mean((val - train.mean(0)).square()), chance=0.0
        )
    train, val = counts_of(data.train_y, data.classes), counts_of(data.val_y, data.classes)
    return Baselines(
        uniform_loss=math.nan if isinstance(data.loss, OwnLoss) else initial_loss(data.loss, data.classes),
        constant_loss=math.nan if isinstance(data.loss, OwnLoss) else _constant_loss(train, val, data.loss),
        chance=int(val.max()) / int(val.sum()),
    )


def counts_of(y: Tensor, classes: int) -> Tensor:
    """Return how often each class is a target, at whatever place of a sample."""
    return torch.bincount(y.flatten().long(), minlength=classes)


def finite(y: Tensor) -> Tensor:
    """Return the samples whose targets are finite, in double precision."""
    return y[y.isfinite().flatten(1).all(1)].double()


def _constant_loss(train: Tensor, val: Tensor, loss: Loss) -> float:
    """The loss on ``val`` of answering the shares of the classes in ``train``, the best that one answer can do there.

    A class that the validation alone has would cost infinitely much; then each class counts as seen once more.
    """
    unseen = bool(((train == 0) & (val > 0)).any())
    share = (train + unseen).double() / (train + unseen).sum()
    weight = val.double() / val.sum()
    if loss is Loss.MSE:  # between the shares and 1 for the class, 0 for the others
        return float((weight * (share.square().sum() - 2 * share + 1)).sum()) / len(share)
    present = val > 0
    return -float((weight[present] * share[present].log()).sum())


def _mean(values: Tensor) -> float:
    return float(values.mean()) if values.numel() else math.nan
