"""MNIST-1D: ten shapes of digits as signals of 40 values, moved, stretched, sheared and hidden in noise.

After S. Greydanus and D. Kobak, Scaling down deep learning with MNIST-1D, 2020, arXiv:2011.14439: small enough for a
minute on a CPU, and hard enough to tell networks apart (linear 32 %, MLP 68 %, CNN 94 % in the paper). The shapes and
constants are the paper's (github.com/greydanus/mnist1d, Apache-2.0); this generator draws all samples at once.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData, of_classes

Floats = NDArray[np.float64]

CLASSES = 10
N_TRAIN, N_VAL = 4000, 1000
LENGTH = 40
DATA_SEED = 42

SHAPES = (
    (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5),
    (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
    (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5),
    (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
    (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5),
    (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
    (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5),
    (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
)
PADDING = (36, 60)
CANVAS = len(SHAPES[0]) + PADDING[1]
STRETCH = 0.4
SHIFT = 48
SHEAR = 0.75
SMOOTH_NOISE = 0.25
SMOOTH_SIGMA = 2.0
WHITE_NOISE = 0.02


def load(hparams: Hparams) -> TaskData:
    """Return the signals with mean 0 and deviation 1, as measured on the whole training set."""
    signals, classes = _generate(np.random.default_rng(DATA_SEED), N_TRAIN + N_VAL)
    signals = (signals - signals[:N_TRAIN].mean()) / signals[:N_TRAIN].std()
    x, y = torch.from_numpy(signals).float().unsqueeze(1), torch.from_numpy(classes)
    train, val = (x[:N_TRAIN], y[:N_TRAIN]), (x[N_TRAIN:], y[N_TRAIN:])
    return of_classes(hparams, CLASSES, train=train, val=val)


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, CLASSES)


def _generate(random: np.random.Generator, n: int) -> tuple[Floats, NDArray[np.int64]]:
    classes = random.permutation(np.arange(n) % CLASSES)
    signals = _placed(_shapes()[classes], random)
    # Where the shape is not, there is smooth noise of about its size: only the form tells them apart.
    noise = SMOOTH_NOISE * random.standard_normal(signals.shape) @ _smoothing(CANVAS).T
    signals = np.where(signals == 0, noise, signals) + WHITE_NOISE * random.standard_normal(signals.shape)
    slope = SHEAR * (random.random((n, 1)) - 0.5)
    signals = signals - slope * np.linspace(-0.5, 0.5, CANVAS)
    return _resampled(signals, np.tile(np.linspace(0, CANVAS - 1, LENGTH), (n, 1))), classes


def _shapes() -> Floats:
    """The ten shapes, deviation 1/6, each starting from 0."""
    shapes = np.asarray(SHAPES, dtype=np.float64)
    shapes = shapes / shapes.std(axis=1, keepdims=True) / 6
    started: Floats = shapes - shapes[:, :1]
    return started


def _placed(shapes: Floats, random: np.random.Generator) -> Floats:
    """Each shape on a canvas of zeros: padded (so stretched), made higher or lower, and moved to the right."""
    n, length = shapes.shape
    # A shape's own zeros must differ from the empty canvas, which is filled with noise afterwards.
    padded = np.pad(shapes + 1e-8, ((0, 0), (0, PADDING[1])))
    ends = length + random.integers(PADDING[0], PADDING[1] + 1, size=(n, 1)) - 1
    canvas = _resampled(padded, ends * np.linspace(0, 1, CANVAS))
    canvas *= 1 + STRETCH * (random.random((n, 1)) - 0.5)
    shifts = random.integers(SHIFT, size=(n, 1))
    moved: Floats = np.take_along_axis(canvas, (np.arange(CANVAS) - shifts) % CANVAS, axis=1)
    return moved


def _resampled(rows: Floats, positions: Floats) -> Floats:
    """Each row at its fractional positions, by straight lines between its values."""
    left = np.minimum(positions.astype(np.int64), rows.shape[1] - 2)
    share = positions - left
    low = np.take_along_axis(rows, left, axis=1)
    high = np.take_along_axis(rows, left + 1, axis=1)
    between: Floats = low + share * (high - low)
    return between


def _smoothing(length: int) -> Floats:
    """A Gaussian filter as a matrix; past its ends the signal is mirrored."""
    reach = round(4 * SMOOTH_SIGMA)
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / SMOOTH_SIGMA) ** 2)
    places = np.arange(length)[:, None] + offsets
    mirrored = np.where(places < 0, -1 - places, np.where(places >= length, 2 * length - 1 - places, places))
    matrix = np.zeros((length, length))
    np.add.at(matrix, (np.arange(length)[:, None], mirrored), weights / weights.sum())
    return matrix
