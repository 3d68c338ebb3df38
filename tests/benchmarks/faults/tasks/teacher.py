"""A student learns the outputs of a random network of ten inputs, with noise on them."""

import numpy as np
from torch import nn

from benchmarks.faults.tasks import FRESH, Floats, regression
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData

DIMENSIONS = 10
UNITS = 6
NOISE = 0.3
SEED = 103


def load(hparams: Hparams) -> TaskData:
    """Return inputs, and what the teacher says of them."""
    return regression(_draw, hparams, seed=SEED, n_train=FRESH["teacher"].n_train, val_noise=NOISE)


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, 1)


def _draw(random: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    hidden = 1.5 * random.standard_normal((DIMENSIONS, UNITS)) / np.sqrt(DIMENSIONS)
    x = random.standard_normal((n, DIMENSIONS))
    return x, np.tanh(x @ hidden) @ random.standard_normal(UNITS)
