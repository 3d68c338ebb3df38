"""Two half moons that reach into each other: the smallest problem that no straight line solves, and that can be drawn.

The geometry is that of scikit-learn's ``make_moons``: half a circle around (0, 0), and half a one around (1, 0.5)
upside down. A linear model gets 85-89 % right, by the noise, and a hidden layer bends around them; with label noise a
wide network learns the wrong labels by heart.
"""

import math

import torch
from torch import Tensor, nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData, of_classes

CLASSES = 2
N_TRAIN, N_VAL = 1000, 1000
DATA_SEED = 0
"""The points are the same for every ``seed``, so that runs can be compared."""


def load(hparams: Hparams) -> TaskData:
    """Return the points with mean 0 and deviation 1 along each axis, as measured on the whole training set.

    Both classes have as many points in the one set as in the other. The noise is scaled, not redrawn, by ``noise``.
    """
    x, y = _points(N_TRAIN + N_VAL, hparams.noise)
    x = (x - x[:N_TRAIN].mean(0)) / x[:N_TRAIN].std(0)
    train, val = (x[:N_TRAIN], y[:N_TRAIN]), (x[N_TRAIN:], y[N_TRAIN:])
    return of_classes(hparams, CLASSES, train=train, val=val)


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, CLASSES)


def _points(n: int, noise: float) -> tuple[Tensor, Tensor]:
    """``n`` points, the moons taking turns; each moon's stand evenly on it, in random order."""
    generator = torch.Generator().manual_seed(DATA_SEED)
    angles = torch.linspace(0, math.pi, n // CLASSES)
    moons = []
    for centre, turn in ((torch.zeros(2), 1), (torch.tensor([1, 0.5]), -1)):
        angle = angles[torch.randperm(len(angles), generator=generator)]
        moons.append(centre + turn * torch.stack([angle.cos(), angle.sin()], 1))
    # Every moon gives a half of any even number of samples from the first one on.
    points = torch.stack(moons, 1).flatten(0, 1)
    y = torch.arange(CLASSES).repeat(len(angles))
    return points + noise * torch.randn(points.shape, generator=generator), y
