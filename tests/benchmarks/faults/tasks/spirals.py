"""Three noisy spiral arms in the plane: a linear model cannot tell them apart, and near the centre nobody can."""

import numpy as np
from torch import nn

from benchmarks.faults.tasks import FRESH, Floats, Integers, classification
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData

ARMS = 3
TURNS = 0.9
NOISE = 0.11
SEED = 101


def load(hparams: Hparams) -> TaskData:
    """Return points on the arms."""
    return classification(_draw, hparams, seed=SEED, n_train=FRESH["spirals"].n_train, classes=ARMS)


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, ARMS)


def _draw(random: np.random.Generator, n: int) -> tuple[Floats, Integers]:
    arm = random.integers(ARMS, size=n)
    radius = np.sqrt(random.uniform(0.05, 1, n))
    angle = 2 * np.pi * (arm / ARMS + TURNS * radius)
    points = radius * np.stack([np.cos(angle), np.sin(angle)])
    return points.T + NOISE * random.standard_normal((n, 2)), arm
