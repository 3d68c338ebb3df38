"""A small convolutional network."""

import math
from collections import OrderedDict

from torch import nn

from dltui_trainers.choices import Norm, Pooling
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks.activations import gain_of, make_activation
from dltui_trainers.networks.hidden import Hidden, Network
from dltui_trainers.networks.initial import initialise

SMALLEST_MAP = 4
"""A map narrower than this is not pooled any more: what is left would be one or no value."""


def make_cnn(hparams: Hparams, input_shape: tuple[int, ...], outputs: int) -> Network:
    """Return ``layers`` blocks of convolution and pooling over signals (channels, n) or images (channels, n, m)."""
    inputs, *size = input_shape
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    channels = hparams.channels
    for number in range(1, hparams.layers + 1):
        pool = min(size) >= SMALLEST_MAP
        parts[f"block{number}"] = _block(hparams, inputs, channels, dimensions=len(size), pool=pool)
        inputs = channels
        if pool:
            channels, size = channels * 2, [each // 2 for each in size]
    parts["flatten"] = nn.Flatten()
    parts["output"] = nn.Linear(inputs * math.prod(size), outputs)
    network = Network(parts)
    initialise(network, hparams.init, gain_of(hparams.activation))
    return network


def _block(hparams: Hparams, inputs: int, channels: int, *, dimensions: int, pool: bool) -> Hidden:
    convolution: type[nn.Conv1d | nn.Conv2d] = nn.Conv1d if dimensions == 1 else nn.Conv2d
    kernel = hparams.kernel_size
    # Batch norm subtracts the mean, and a bias with it: the bias would be a parameter without effect.
    bias = hparams.norm is not Norm.BATCH
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    parts["conv"] = convolution(inputs, channels, kernel, padding=kernel // 2, bias=bias)
    if hparams.norm is Norm.BATCH:
        parts["norm"] = nn.BatchNorm1d(channels) if dimensions == 1 else nn.BatchNorm2d(channels)
    elif hparams.norm is Norm.LAYER:
        # One group over channels and places: layer norm for a map of any size.
        parts["norm"] = nn.GroupNorm(1, channels)
    parts["activation"] = make_activation(hparams.activation)
    if pool:
        parts["pool"] = _pooling(hparams.pooling, dimensions)
    return Hidden(parts, units="activation")


def _pooling(pooling: Pooling, dimensions: int) -> nn.Module:
    if pooling is Pooling.MAX:
        return nn.MaxPool1d(2) if dimensions == 1 else nn.MaxPool2d(2)
    return nn.AvgPool1d(2) if dimensions == 1 else nn.AvgPool2d(2)
