"""How far one comes by looking up the most similar training samples: what a network should do better than."""

import torch
from torch import Tensor

from dltui_trainers.probes.sampled import fitting, places
from dltui_trainers.tasks import TaskData

MOST_TRAIN, MOST_VAL = 3000, 600
MOST_VALUES = 64 * 2**20
"""Of the inputs that are compared, and of the targets that are gathered for them: both may be whole images."""
NEIGHBOURS = 5
"""Of a regression, whose targets are noisy; a class is that of the nearest one."""


def neighbour_score(data: TaskData) -> float | None:
    """Return the accuracy of the nearest neighbour's class, or R2 of the mean of the five nearest, on the validation.

    Each feature counts alike. Some samples stand for many. ``None`` for a text and other inputs that are no
    measurements, for targets that are neither classes nor few numbers, and where all targets are alike.
    """
    if data.is_sequence or not data.inputs(data.train_x[:1]).is_floating_point():
        return None
    of_numbers = data.train_y.is_floating_point() and NEIGHBOURS * MOST_VAL * data.outputs <= MOST_VALUES
    if data.classes is None and not of_numbers:
        return None
    most = fitting(data.train_x, MOST_VALUES)
    train, val = places(len(data.train_x), min(MOST_TRAIN, most)), places(len(data.val_x), min(MOST_VAL, most))
    train_x, val_x = _standardised(_features(data, data.train_x[train]), _features(data, data.val_x[val]))
    train_y, val_y = data.train_y[train], data.val_y[val]
    distance = torch.cdist(val_x, train_x)
    if data.classes is not None:
        return float((train_y[distance.argmin(1)] == val_y).double().mean())
    nearest = distance.topk(min(NEIGHBOURS, len(train)), largest=False).indices
    missed = (train_y[nearest].double().mean(1) - val_y).square().sum()
    spread = (val_y.double() - val_y.double().mean(0)).square().sum()
    return float(1 - missed / spread) if spread > 0 else None


def _features(data: TaskData, x: Tensor) -> Tensor:
    return data.inputs(x).flatten(1).float().nan_to_num(0.0, 0.0, 0.0)


def _standardised(train: Tensor, val: Tensor) -> tuple[Tensor, Tensor]:
    mean, deviation = train.mean(0), train.std(0, correction=0)
    varying = deviation > 0
    mean, deviation = mean[varying], deviation[varying]
    return (train[:, varying] - mean) / deviation, (val[:, varying] - mean) / deviation
