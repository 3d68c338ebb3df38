"""Gated recurrent units (Cho et al. 2014, arXiv:1406.1078): a state that is carried from place to place.

A signal is read value by value and an image row by row, forwards and backwards, and the answer is made of the states
at all places, as in S. Greydanus and D. Kobak, MNIST-1D, arXiv:2011.14439. A text is read forwards only.
"""

import math
from collections import OrderedDict

from torch import Tensor, nn

from dltui_trainers.choices import Norm
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks.hidden import Hidden, Network
from dltui_trainers.networks.initial import initialise
from dltui_trainers.networks.mlp import make_mlp
from dltui_trainers.networks.text import start_output

GAIN = 1.0
"""Its own sigmoids and tanh are not the activation that can be chosen."""


class Places(nn.Module):
    """Lays signals (n, channels, places) and images (n, channels, rows, columns) out as sequences (n, places, ...)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the numbers at each place of ``x``."""
        return x.movedim(1, 2).flatten(2)


class States(nn.Module):
    """Of what a GRU returns, the states at all places."""

    def forward(self, returned: tuple[Tensor, Tensor]) -> Tensor:
        """Return them without the last one, which is among them."""
        return returned[0]


def make_gru(hparams: Hparams, input_shape: tuple[int, ...], outputs: int) -> Network:
    """Return ``layers`` of ``width`` units in both directions; without any it is the linear model."""
    if not hparams.layers:
        return make_mlp(hparams, input_shape, outputs)
    channels, places, *columns = input_shape
    width = channels * math.prod(columns)
    parts: OrderedDict[str, nn.Module] = OrderedDict(places=Places())
    for number in range(1, hparams.layers + 1):
        parts[f"hidden{number}"] = _hidden(hparams, width, both_directions=True)
        width = 2 * hparams.width
    parts["flatten"] = nn.Flatten()
    parts["output"] = nn.Linear(places * width, outputs)
    network = Network(parts)
    initialise(network, hparams.init, GAIN)
    return network


def make_gru_of_text(hparams: Hparams, characters: int) -> Network:
    """Return ``layers`` of ``width`` units, which read embedded characters from left to right."""
    parts: OrderedDict[str, nn.Module] = OrderedDict(embedding=nn.Embedding(characters, hparams.width))
    for number in range(1, hparams.layers + 1):
        parts[f"hidden{number}"] = _hidden(hparams, hparams.width, both_directions=False)
    parts["output"] = nn.Linear(hparams.width, characters)
    network = Network(parts, inputs="embedding")
    start_output(network, hparams.init)
    initialise(network, hparams.init, GAIN)
    return network


def _hidden(hparams: Hparams, inputs: int, *, both_directions: bool) -> Hidden:
    gru = nn.GRU(inputs, hparams.width, batch_first=True, bidirectional=both_directions)
    parts: OrderedDict[str, nn.Module] = OrderedDict(gru=gru, states=States())
    if hparams.norm is Norm.LAYER:
        parts["norm"] = nn.LayerNorm(2 * hparams.width if both_directions else hparams.width)
        return Hidden(parts, units="norm")
    return Hidden(parts, units="states")
