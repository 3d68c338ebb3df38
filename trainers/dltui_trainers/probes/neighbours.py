"""How far one comes by looking up the most similar training samples: what a network should do better than."""

import torch
from torch import Tensor

from dltui_trainers.probes.sampled import places
from dltui_trainers.tasks import TaskData

MOST_TRAIN, MOST_VAL = 3000, 600
NEIGHBOURS = 5
"""Of a regression, whose targets are noisy; a class is that of the nearest one."""


def neighbour_score(data: TaskData) -> float | None:
    """Return the accuracy of the nearest neighbour's class, or R2 of the mean of the five nearest, on the validation.

    Each feature counts alike. Some samples stand for many. ``None`` for a text, and where all targets are alike.
    """
    if data.is_sequence:
        return None
    train, val = places(len(data.train_x), MOST_TRAIN), places(len(data.val_x), MOST_VAL)
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
