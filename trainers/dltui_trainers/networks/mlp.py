"""A multilayer perceptron: every unit of a layer sees all of the one before."""

import math
from collections import OrderedDict

from torch import nn

from dltui_trainers.choices import Norm
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks.activations import gain_of, make_activation
from dltui_trainers.networks.hidden import Hidden, Network
from dltui_trainers.networks.initial import initialise


def make_mlp(hparams: Hparams, input_shape: tuple[int, ...], outputs: int) -> Network:
    """Return ``layers`` hidden layers of ``width`` units; without any it is the linear model."""
    parts: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    width = math.prod(input_shape)
    for number in range(1, hparams.layers + 1):
        parts[f"hidden{number}"] = _hidden(hparams, width)
        width = hparams.width
    parts["output"] = nn.Linear(width, outputs)
    network = Network(parts)
    initialise(network, hparams.init, gain_of(hparams.activation))
    return network


def _hidden(hparams: Hparams, inputs: int) -> Hidden:
    # Batch norm subtracts the mean, and a bias with it: the bias would be a parameter without effect.
    linear = nn.Linear(inputs, hparams.width, bias=hparams.norm is not Norm.BATCH)
    parts: OrderedDict[str, nn.Module] = OrderedDict(linear=linear)
    if hparams.norm is Norm.BATCH:
        parts["norm"] = nn.BatchNorm1d(hparams.width)
    elif hparams.norm is Norm.LAYER:
        parts["norm"] = nn.LayerNorm(hparams.width)
    parts["activation"] = make_activation(hparams.activation)
    return Hidden(parts, units="activation")
