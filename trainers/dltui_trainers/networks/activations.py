"""The non-linearities, and the factor by which weights start larger in front of each."""

from torch import nn

from dltui_trainers.choices import Activation


def make_activation(activation: Activation) -> nn.Module:
    """Return the layer of ``activation``."""
    match activation:
        case Activation.RELU:
            return nn.ReLU()
        case Activation.LEAKY_RELU:
            return nn.LeakyReLU()
        case Activation.GELU:
            return nn.GELU()
        case Activation.SIGMOID:
            return nn.Sigmoid()
        case Activation.TANH:
            return nn.Tanh()


def gain_of(activation: Activation) -> float:
    """Return the factor that keeps the variance of the signals through ``activation``."""
    match activation:
        case Activation.RELU | Activation.GELU:
            return nn.init.calculate_gain("relu")
        case Activation.LEAKY_RELU:
            return nn.init.calculate_gain("leaky_relu", 0.01)
        case Activation.TANH:
            return nn.init.calculate_gain("tanh")
        case Activation.SIGMOID:
            return 1.0
