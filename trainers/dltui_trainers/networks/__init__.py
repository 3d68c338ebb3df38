"""The networks: of images, signals and features one answer a sample, of a text one at each character.

Each is made of hidden layers between inputs and an output, and units can be dropped behind each of them.
"""

from torch import nn

from dltui_trainers.choices import Model
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks.bigram import make_bigram
from dltui_trainers.networks.cnn import make_cnn
from dltui_trainers.networks.gru import make_gru, make_gru_of_text
from dltui_trainers.networks.hidden import follow_dropout, set_dropout
from dltui_trainers.networks.mlp import make_mlp
from dltui_trainers.networks.polynomial import Polynomial
from dltui_trainers.networks.transformer import make_transformer

__all__ = ["Polynomial", "follow_dropout", "make_language_model", "make_network", "set_dropout"]


def make_network(hparams: Hparams, input_shape: tuple[int, ...], outputs: int) -> nn.Module:
    """Return the network of ``hparams`` for samples of ``input_shape``, initialised from torch's random state.

    Samples are signals (channels, n) or images (channels, n, m); for an MLP they may have any shape.
    """
    build = {Model.MLP: make_mlp, Model.CNN: make_cnn, Model.GRU: make_gru}[hparams.model]
    network = build(hparams, input_shape, outputs)
    set_dropout(network, hparams)
    return network


def make_language_model(hparams: Hparams, characters: int) -> nn.Module:
    """Return the network that tells at each place of a text which of ``characters`` comes next.

    Texts are (n, places) numbers of characters, at most ``context`` places; outputs are (n, places, characters). What
    is said at a place comes from it and those before it.
    """
    build = {Model.GRU: make_gru_of_text, Model.TRANSFORMER: make_transformer}[hparams.model]
    network = (build if hparams.layers else make_bigram)(hparams, characters)
    set_dropout(network, hparams)
    return network
