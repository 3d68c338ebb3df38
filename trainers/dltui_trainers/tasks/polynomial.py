"""A polynomial through 12 noisy points of a parabola: the textbook picture of under- and overfitting in one dimension.

Degree 1 cannot bend, degree 2 fits, degree 9 follows the noise (Bishop, Pattern Recognition and Machine Learning,
2006, section 1.1). The validation set is 200 fresh points of the same distribution.
"""

import torch
from torch import Tensor, nn

from dltui_trainers.choices import Loss
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import Polynomial
from dltui_trainers.tasks import TaskData

N_TRAIN = 12
N_VAL = 200
DATA_SEED = 268
"""The points are the same for every ``seed``, so that runs can be compared. These show all three fits clearly."""


def load(hparams: Hparams) -> TaskData:
    """Return the points; their noise is scaled, not redrawn, by ``noise``."""
    generator = torch.Generator().manual_seed(DATA_SEED)
    train_x, train_y = _points(N_TRAIN, hparams.noise, generator)
    val_x, val_y = _points(N_VAL, hparams.noise, generator)
    return TaskData(
        train_x=train_x,
        train_y=train_y,
        val_x=val_x,
        val_y=val_y,
        loss=Loss.MSE,
        classes=None,
        expected_initial_loss=float(train_y.var(correction=0)),
    )


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return a polynomial of ``degree``."""
    return Polynomial(hparams.degree)


def _points(n: int, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """``n`` points of a parabola with mean 0 on [-1, 1], so that the zero polynomial is the one that knows nothing."""
    x = torch.rand(n, 1, generator=generator) * 2 - 1
    return x, 4 * x**2 + x - 4 / 3 + noise * torch.randn(n, 1, generator=generator)
