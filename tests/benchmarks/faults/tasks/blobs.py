"""Four overlapping Gaussians in 20 dimensions and few samples: the easiest way to overfit."""

import numpy as np
from torch import nn

from benchmarks.faults.tasks import FRESH, Floats, Integers, classification
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData

CLASSES = 4
DIMENSIONS = 20
DISTANCE = 2.0
"""Of a class from the centre, in deviations of a class: about one sample in seven lies nearer to another class."""
SEED = 102


def load(hparams: Hparams) -> TaskData:
    """Return samples of the Gaussians."""
    return classification(_draw, hparams, seed=SEED, n_train=FRESH["blobs"].n_train, classes=CLASSES)


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, CLASSES)


def _draw(random: np.random.Generator, n: int) -> tuple[Floats, Integers]:
    centres = random.standard_normal((CLASSES, DIMENSIONS))
    centres *= DISTANCE / np.linalg.norm(centres, axis=1, keepdims=True)
    label = random.integers(CLASSES, size=n)
    return centres[label] + random.standard_normal((n, DIMENSIONS)), label
