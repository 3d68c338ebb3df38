"""How the weights start."""

import math

from torch import Tensor, nn

from dltui_trainers.choices import Init


def initialise(network: nn.Module, init: Init, gain: float) -> None:
    """Set every weight matrix of linear, convolutional, recurrent and attention layers; ``default`` leaves torch's.

    All but ``default`` start the biases at 0. The three gates of a GRU, and queries, keys and values, are matrices of
    their own that torch keeps in one tensor. They have no activation behind them that a ``gain`` would make up for.
    """
    if init is Init.DEFAULT:
        return
    for module in network.modules():
        if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
            _initialise_weight(module.weight, init, gain)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, (nn.GRU, nn.MultiheadAttention)):
            _initialise_thirds(module, init)


def _initialise_thirds(module: nn.GRU | nn.MultiheadAttention, init: Init) -> None:
    for each in module.parameters(recurse=False):
        if each.ndim == 1:
            nn.init.zeros_(each)
            continue
        for matrix in each.detach().chunk(3):
            _initialise_weight(matrix, init, 1.0)


def _initialise_weight(weight: Tensor, init: Init, gain: float) -> None:
    match init:
        case Init.HE:
            # N(0, gain^2 / fan_in); for relu that is He et al. 2015 (arXiv:1502.01852).
            nn.init.normal_(weight, std=gain / math.sqrt(weight[0].numel()))
        case Init.XAVIER:
            nn.init.xavier_uniform_(weight, gain=gain)
        case Init.ORTHOGONAL:
            nn.init.orthogonal_(weight, gain=gain)
        case Init.ZERO:
            nn.init.zeros_(weight)
        case Init.DEFAULT:
            pass
