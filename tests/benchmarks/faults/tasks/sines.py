"""A sum of three sines on a line, with noise: networks learn the slow one first."""

import numpy as np
from torch import nn

from benchmarks.faults.tasks import FRESH, Floats, regression
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData

NOISE = 0.3
SEED = 104


def load(hparams: Hparams) -> TaskData:
    """Return points of the curve."""
    return regression(_draw, hparams, seed=SEED, n_train=FRESH["sines"].n_train, val_noise=NOISE)


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, 1)


def _draw(random: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    x = random.uniform(-1, 1, (n, 1))
    angle = np.pi * x[:, 0]
    return x, np.sin(angle) + 0.7 * np.sin(2 * angle + 1) + 0.5 * np.sin(4 * angle + 2)
