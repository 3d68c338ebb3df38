"""Images of the user's own copy of MNIST, Fashion-MNIST, CIFAR-10, or of others in their formats.

The images stay bytes in memory, a quarter of what the floats would take, and are scaled batch by batch. The files of
training images are the training set, those of test images the validation set.
"""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.sources.images.idx import Bytes
from dltui_trainers.sources.images.locate import locate
from dltui_trainers.sources.images.resolver import ImagesFound, Part, look, read_train, read_val
from dltui_trainers.tasks import Scaling, TaskData, of_classes

ORDER_SEED = 19_980_501
"""The order of the training samples, the same for every ``seed``: the files of some data sets are sorted by class."""
_BYTES = 256
_BLOCK = 2**20


def load(hparams: Hparams) -> TaskData:
    """Return the images, scaled to mean 0 and deviation 1 in each channel as measured on the whole training set."""
    images = look(locate(hparams.data))
    order = torch.randperm(images.n_train, generator=torch.Generator().manual_seed(ORDER_SEED)).numpy()
    (train_x, train_y), scaling = _gather(read_train(images), order[: hparams.train_size or None], images)
    train, val = _tensors(train_x, train_y), _tensors(*read_val(images))
    return of_classes(hparams, images.classes, train=train, val=val, scaling=scaling)


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes.

    Its convolutions keep the channels of a pixel side by side: on a CPU a step takes two thirds of the time.
    """
    assert data.classes is not None
    network = make_network(hparams, data.input_shape, data.classes)
    for each in network.parameters():
        if each.ndim == 4:
            # Not contiguous(): a matrix of one channel is both, and would stay as it is.
            each.data = each.data.to(memory_format=torch.channels_last)
    return network


def _tensors(x: Bytes, y: NDArray[np.uint8]) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(np.ascontiguousarray(x)), torch.from_numpy(y).long()


def _gather(parts: Iterable[Part], order: NDArray[np.int64], images: ImagesFound) -> tuple[Part, Scaling]:
    """Return the samples ``order`` of the ``parts`` laid end to end, and the scaling of all of them.

    One part is in memory at a time: CIFAR-10 has five.
    """
    x, y = np.empty((len(order), *images.shape), np.uint8), np.empty(len(order), np.uint8)
    counts = np.zeros((images.shape[0], _BYTES), np.int64)
    start = 0
    for part_x, part_y in parts:
        places = np.flatnonzero((order >= start) & (order < start + len(part_x)))
        x[places], y[places] = part_x[order[places] - start], part_y[order[places] - start]
        counts += _histogram(part_x)
        start += len(part_x)
    return (x, y), _scaling(counts)


def _histogram(x: Bytes) -> NDArray[np.int64]:
    """How often each byte occurs in each channel: exact moments of any number of images, without a float of each."""
    step = max(1, _BLOCK // x[0, 0].size)
    counts = np.zeros((x.shape[1], _BYTES), np.int64)
    for first in range(0, len(x), step):
        for channel in range(x.shape[1]):
            counts[channel] += np.bincount(x[first : first + step, channel].ravel(), minlength=_BYTES)
    return counts


def _scaling(counts: NDArray[np.int64]) -> Scaling:
    share = counts / counts.sum(1, keepdims=True)
    mean = share @ np.arange(_BYTES)
    deviation = np.sqrt((share * (np.arange(_BYTES) - mean[:, None]) ** 2).sum(1))
    # A channel in which all is alike has no deviation, and nothing to scale.
    deviation[deviation == 0] = 1
    return Scaling(mean=_each_channel(mean), deviation=_each_channel(deviation))


def _each_channel(values: NDArray[np.float64]) -> torch.Tensor:
    return torch.from_numpy(values).float().view(-1, 1, 1)
