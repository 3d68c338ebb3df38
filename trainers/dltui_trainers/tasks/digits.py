"""Handwritten digits: 1 797 real images of 8x8 pixels in 10 classes.

Source: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998,
https://doi.org/10.24432/C50P49, licence CC BY 4.0; the part that scikit-learn distributes. ``digits.npz`` holds the
images (values 0 to 16) and labels in a fixed random order, the classes spread evenly over its last 360 samples,
which are the validation set.
"""

from importlib.resources import files

import numpy as np
import torch
from torch import Tensor, nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import TaskData, of_classes

CLASSES = 10
N_TRAIN = 1437


def load(hparams: Hparams) -> TaskData:
    """Return the digits with pixel mean 0 and deviation 1, as measured on the whole training set."""
    images, labels = _read()
    mean, deviation = images[:N_TRAIN].mean(), images[:N_TRAIN].std()
    images = (images - mean) / deviation
    train, val = (images[:N_TRAIN], labels[:N_TRAIN]), (images[N_TRAIN:], labels[N_TRAIN:])
    return of_classes(hparams, CLASSES, train=train, val=val)


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, CLASSES)


def _read() -> tuple[Tensor, Tensor]:
    with files(__package__).joinpath("digits.npz").open("rb") as file:
        stored = np.load(file)
        images, labels = stored["images"], stored["labels"]
    return torch.from_numpy(images).float().unsqueeze(1), torch.from_numpy(labels).long()
