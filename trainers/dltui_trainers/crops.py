"""Test-time crops: an image is judged by the mean of the answers to moved views of it."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dltui_trainers.choices import EvalCrops, Loss
from dltui_trainers.own_loss import OwnLoss

MOVED = 1 / 8
"""How far the views are moved, of each side: 4 of 32 pixels, as the training crops of He et al. 2016 are."""


def averaged_answer(model: nn.Module, images: Tensor, crops: EvalCrops, loss: Loss | OwnLoss) -> Tensor:
    """Return outputs (samples, classes) whose softmax is the mean of that of the views; for mse, their own mean.

    Krizhevsky et al. 2012: the four corners and the centre, and for ``ten`` their mirror images.
    """
    answers = torch.stack([model(view) for view in views(images, crops)])
    if loss is Loss.MSE:
        return answers.mean(0)
    return torch.logsumexp(F.log_softmax(answers, -1), 0) - math.log(len(answers))


def views(images: Tensor, crops: EvalCrops) -> Iterator[Tensor]:
    """Yield the views of ``images`` (samples, channels, height, width), the border repeated where nothing was."""
    height, width = images.shape[-2:]
    down, right = max(1, round(height * MOVED)), max(1, round(width * MOVED))
    padded = F.pad(images, (right, right, down, down), mode="replicate")
    places = ((0, 0), (0, 2 * right), (2 * down, 0), (2 * down, 2 * right), (down, right))
    found = [padded[..., top : top + height, left : left + width] for top, left in places]
    yield from found
    if crops is EvalCrops.TEN:
        yield from (each.flip(-1) for each in found)
