"""A table of ten measurements; a sensor that failed is written as -999 in one row of three hundred."""

import math

import torch
from torch import Tensor, nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData, shrink, with_label_noise

N_TRAIN, N_VAL = 2000, 1000
COLUMNS, CLASSES = 10, 4
FAILED_ONE_IN = 300
FAILED = -999.0
NOISE = 0.5
DATA_SEED = 5


def load(hparams: Hparams) -> TaskData:
    """Return the rows."""
    x, y = _rows(N_TRAIN + N_VAL, torch.Generator().manual_seed(DATA_SEED))
    x[FAILED_ONE_IN // 2 :: FAILED_ONE_IN, 0] = FAILED
    train_x, train_y = shrink(x[:N_TRAIN], y[:N_TRAIN], hparams)
    return TaskData(
        train_x=train_x,
        train_y=with_label_noise(train_y, CLASSES, hparams.label_noise),
        val_x=x[N_TRAIN:],
        val_y=y[N_TRAIN:],
        loss="cross_entropy",
        classes=CLASSES,
        expected_initial_loss=math.log(CLASSES),
    )


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, CLASSES)


def _rows(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Rows around one centre for each class."""
    y = torch.randint(CLASSES, (n,), generator=generator)
    centres = torch.randn(CLASSES, COLUMNS, generator=generator)
    return centres[y] + NOISE * torch.randn(n, COLUMNS, generator=generator), y
