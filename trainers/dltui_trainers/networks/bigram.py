"""A language model without hidden layers: the next character is told from the last one alone."""

from collections import OrderedDict

from torch import nn

from dltui_trainers.hparams import Hparams
from dltui_trainers.networks.hidden import Network
from dltui_trainers.networks.initial import initialise
from dltui_trainers.networks.text import start_output


def make_bigram(hparams: Hparams, characters: int) -> Network:
    """Return the table of what follows what, as the product of two matrices of ``width``."""
    parts: OrderedDict[str, nn.Module] = OrderedDict(embedding=nn.Embedding(characters, hparams.width))
    parts["output"] = nn.Linear(hparams.width, characters)
    network = Network(parts, inputs="embedding")
    start_output(network, hparams.init)
    initialise(network, hparams.init, gain=1.0)
    return network
