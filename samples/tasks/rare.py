"""Machines and their faults: of 100 rows 90 are sound, 9 worn and 1 broken, and ten sensors tell little about which."""

import math

import torch
from torch import Tensor, nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData, shrink, with_label_noise

SHARES = (0.9, 0.09, 0.01)
N_TRAIN, N_VAL = 2000, 1000
SENSORS = 10
TELLING = 0.5
"""How much the wear moves the sensors, in standard deviations of their noise."""
DATA_SEED = 7


def load(hparams: Hparams) -> TaskData:
    """Return the rows."""
    x, y = _rows(N_TRAIN + N_VAL, torch.Generator().manual_seed(DATA_SEED))
    train_x, train_y = shrink(x[:N_TRAIN], y[:N_TRAIN], hparams)
    return TaskData(
        train_x=train_x,
        train_y=with_label_noise(train_y, len(SHARES), hparams.label_noise),
        val_x=x[N_TRAIN:],
        val_y=y[N_TRAIN:],
        loss="cross_entropy",
        classes=len(SHARES),
        expected_initial_loss=math.log(len(SHARES)),
    )


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, len(SHARES))


def _rows(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    wear = torch.multinomial(torch.tensor(SHARES), n, replacement=True, generator=generator)
    direction = torch.randn(SENSORS, generator=generator)
    direction /= direction.norm()
    return TELLING * wear[:, None] * direction + torch.randn(n, SENSORS, generator=generator), wear
