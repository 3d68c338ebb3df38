"""The parity of three of ten noisy bits: nothing shows in the loss until the network has found the three."""

import numpy as np
from torch import nn

from benchmarks.faults.tasks import FRESH, Floats, Integers, classification
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData

BITS = 10
COUNTED = 3
NOISE = 0.45
SEED = 107


def load(hparams: Hparams) -> TaskData:
    """Return rows of bits as -1 and 1 with noise, and whether the number of ones among the counted is odd."""
    return classification(_draw, hparams, seed=SEED, n_train=FRESH["parity"].n_train, classes=2)


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, 2)


def _draw(random: np.random.Generator, n: int) -> tuple[Floats, Integers]:
    bits = random.integers(2, size=(n, BITS))
    return 2.0 * bits - 1 + NOISE * random.standard_normal((n, BITS)), bits[:, :COUNTED].sum(axis=1) % 2
