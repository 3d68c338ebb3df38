"""A table of twelve columns with classes of 80, 15 and 5 %: a curved and noisy score, cut in two places."""

import numpy as np
from torch import nn

from benchmarks.faults.tasks import FRESH, Floats, Integers, classification
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData

SHARES = (0.8, 0.15, 0.05)
COLUMNS = 12
SCORED = 5
NOISE = 0.35
SEED = 106


def load(hparams: Hparams) -> TaskData:
    """Return the rows of the table."""
    return classification(_draw, hparams, seed=SEED, n_train=FRESH["imbalance"].n_train, classes=len(SHARES))


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, len(SHARES))


def _draw(random: np.random.Generator, n: int) -> tuple[Floats, Integers]:
    rows = random.standard_normal((n, COLUMNS))
    score = np.tanh(rows[:, :SCORED] @ random.standard_normal(SCORED)) + 0.4 * rows[:, SCORED] * rows[:, SCORED + 1]
    score += NOISE * random.standard_normal(n)
    edges = np.quantile(score, np.cumsum(SHARES[:-1]))
    return rows, np.searchsorted(edges, score).astype(np.int64)
