"""Images of 8x8 pixels: a lying or standing bar, a cross, a diagonal, a blob or a frame, moved and hidden in noise."""

import numpy as np
from torch import nn

from benchmarks.faults.tasks import FRESH, Floats, Integers, classification
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData

SIZE = 5
SIDE = 8
NOISE = 0.6
SEED = 105
_LINE = np.arange(SIZE) == SIZE // 2
_ROW, _COLUMN = np.broadcast_to(_LINE[:, None], (SIZE, SIZE)), np.broadcast_to(_LINE, (SIZE, SIZE))
_SQUARE = np.pad(np.ones((SIZE - 2, SIZE - 2), dtype=bool), 1)
_FRAME = ~_SQUARE
FORMS = np.stack([_ROW, _COLUMN, _ROW | _COLUMN, np.eye(SIZE, dtype=bool), _SQUARE, _FRAME]).astype(float)


def load(hparams: Hparams) -> TaskData:
    """Return the images, one channel each."""
    return classification(_draw, hparams, seed=SEED, n_train=FRESH["shapes"].n_train, classes=len(FORMS))


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, len(FORMS))


def _draw(random: np.random.Generator, n: int) -> tuple[Floats, Integers]:
    label = random.integers(len(FORMS), size=n)
    images = NOISE * random.standard_normal((n, 1, SIDE, SIDE))
    for image, form, (top, left) in zip(
        images[:, 0], FORMS[label], random.integers(SIDE - SIZE + 1, size=(n, 2)), strict=True
    ):
        image[top : top + SIZE, left : left + SIZE] += form
    return images, label
