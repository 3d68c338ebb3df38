"""A table of the user: a CSV file, of which one column is to be told from the others.

How it is read, divided and scaled: :mod:`dltui_trainers.sources.tables.prepared`. Classes are learned like those of
other tasks. Numbers are learned with mean 0 and deviation 1 over the training rows, so the loss of a regression is the
mean squared error in units of their variance: 1 for one that knows nothing, 0.25 where half of the deviation is left.
"""

import torch
from torch import nn

from dltui_trainers.choices import Loss
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.sources.tables.resolver import read_prepared
from dltui_trainers.tasks import TaskData, of_classes, shrink


def load(hparams: Hparams) -> TaskData:
    """Return the rows of the table. Raises :class:`dltui_trainers.errors.DataError`."""
    table = read_prepared(hparams)
    x, y = torch.from_numpy(table.x), torch.from_numpy(table.y)
    train, val = (x[: table.n_train], y[: table.n_train]), (x[table.n_train :], y[table.n_train :])
    if table.classes is not None:
        return of_classes(hparams, len(table.classes), train=train, val=val)
    train_x, train_y = shrink(*train, hparams)
    return TaskData(
        train_x=train_x,
        train_y=train_y,
        val_x=val[0],
        val_y=val[1],
        loss=Loss.MSE,
        classes=None,
        expected_initial_loss=float(train_y.square().mean()),
    )


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    return make_network(hparams, data.input_shape, data.classes or 1)
