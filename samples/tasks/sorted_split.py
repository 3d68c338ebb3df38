"""The digits as a worn scanner sees them, in a file that somebody had sorted: the cleanest pictures are at its end.

Whoever takes the last fifth for validation measures on pictures that are easier than those learned from.
"""

import torch
from torch import Tensor, nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData, digits, shrink, with_label_noise

MOST_NOISE = 2.0
"""Standard deviation of the noise in the worst picture, that of the pixels being 1; the best one has none."""
DATA_SEED = 11


def load(hparams: Hparams) -> TaskData:
    """Return the digits with noise, split where the file is sorted."""
    clean = digits.load(Hparams())
    x, y = _sorted(torch.cat((clean.train_x, clean.val_x)), torch.cat((clean.train_y, clean.val_y)))
    order = torch.randperm(digits.N_TRAIN, generator=torch.Generator().manual_seed(DATA_SEED))
    train_x, train_y = shrink(x[: digits.N_TRAIN][order], y[: digits.N_TRAIN][order], hparams)
    return TaskData(
        train_x=train_x,
        train_y=with_label_noise(train_y, digits.CLASSES, hparams.label_noise),
        val_x=x[digits.N_TRAIN :],
        val_y=y[digits.N_TRAIN :],
        loss=clean.loss,
        classes=clean.classes,
        expected_initial_loss=clean.expected_initial_loss,
    )


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, digits.CLASSES)


def _sorted(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The images with noise of all strengths, the noisiest first."""
    generator = torch.Generator().manual_seed(DATA_SEED)
    noise = torch.randn(images.shape, generator=generator)
    order = torch.randperm(len(images), generator=generator)
    strength = torch.linspace(MOST_NOISE, 0, len(images)).view(-1, 1, 1, 1)
    return images[order] + strength * noise[order], labels[order]
