"""Layers one behind the other, and the places between them where units can be dropped.

An ``nn.Dropout`` costs a Python call in each step also where it drops nothing. So it is put in when it is first asked
for, and not before; the parameters keep their names and their order.
"""

from collections import OrderedDict
from typing import Protocol, runtime_checkable

from torch import nn

from dltui_trainers.hparams import Hparams

Dropout = nn.Dropout | nn.Dropout1d | nn.Dropout2d | nn.Dropout3d | nn.AlphaDropout | nn.FeatureAlphaDropout
_FOLLOWS = "_dltui_follows"


@runtime_checkable
class DropsUnits(Protocol):
    """A hidden layer."""

    def drop(self, share: float) -> None:
        """Drop that share of its units in training, from now on."""
        ...


class Hidden(nn.Sequential):
    """A hidden layer: its weights and what stands behind them. The outputs of the part ``units`` are its units."""

    def __init__(self, parts: OrderedDict[str, nn.Module], units: str) -> None:
        super().__init__(parts)
        self.units = units

    def drop(self, share: float) -> None:
        """Drop that share of its units in training, from now on."""
        _drop(self, "dropout", share, behind=self.units)


class Network(nn.Sequential):
    """Inputs, hidden layers, output. The outputs of the part ``inputs`` are its inputs, where they are not numbers."""

    def __init__(self, parts: OrderedDict[str, nn.Module], inputs: str = "") -> None:
        super().__init__(parts)
        self.inputs = inputs

    def drop_inputs(self, share: float) -> None:
        """Drop that share of its inputs in training, from now on."""
        _drop(self, "input_dropout", share, behind=self.inputs)


def set_dropout(network: nn.Module, hparams: Hparams) -> None:
    """Let the network drop what ``hparams`` say from now on, also where it was built to drop nothing.

    What is not dropped is scaled up, and nothing is dropped in evaluation (Srivastava et al. 2014, JMLR 15, who drop
    half of the hidden units and a fifth of the inputs).
    """
    hidden = [each for each in network.children() if isinstance(each, DropsUnits)]
    shares = hparams.layer_dropout or (hparams.dropout,) * len(hidden)
    for layer, share in zip(hidden, shares, strict=bool(hidden)):
        layer.drop(share)
    if isinstance(network, Network):
        network.drop_inputs(hparams.input_dropout)
    for each in _following(network):
        each.p = hparams.dropout


def follow_dropout(network: nn.Module, share: float) -> bool:
    """Let each ``nn.Dropout`` of a person's own network that has that share have the hyperparameter's from now on.

    Returns whether a ``dropout`` that is set will be heard.
    """
    for each in network.modules():
        if isinstance(each, Dropout) and each.p == share:
            setattr(each, _FOLLOWS, True)
    return isinstance(network, Network) or bool(_following(network))


def _following(network: nn.Module) -> list[Dropout]:
    return [each for each in network.modules() if isinstance(each, Dropout) and hasattr(each, _FOLLOWS)]


def _drop(layers: nn.Sequential, name: str, share: float, *, behind: str) -> None:
    """Give ``layers`` a dropout of that name behind another of them; behind none: at the beginning."""
    present = layers.get_submodule(name) if hasattr(layers, name) else None
    if isinstance(present, nn.Dropout):
        present.p = share
    elif share:
        names = [each for each, _ in layers.named_children()]
        later = names[names.index(behind) + 1 if behind else 0 :]
        moved = [(each, layers.get_submodule(each)) for each in later]
        for each in later:
            delattr(layers, each)
        for each, layer in [(name, nn.Dropout(share)), *moved]:
            layers.add_module(each, layer)
