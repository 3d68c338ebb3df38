"""The networks: a multilayer perceptron, a small convolutional network, and a polynomial."""

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn

from dltui_trainers.hparams import Activation, Hparams, Init, Model, Norm, Pooling

SMALLEST_MAP = 4
"""A map narrower than this is not pooled any more: what is left would be one or no value."""


def make_network(hparams: Hparams, input_shape: tuple[int, ...], outputs: int) -> nn.Module:
    """Return the network of ``hparams`` for samples of ``input_shape``, initialised from torch's random state."""
    build = _cnn if hparams.model is Model.CNN else _mlp
    network = build(hparams, input_shape, outputs)
    initialise(network, hparams.init, hparams.activation)
    return network


def _mlp(hparams: Hparams, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    parts: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    width = math.prod(input_shape)
    for number in range(1, hparams.layers + 1):
        parts[f"hidden{number}"] = _hidden(hparams, width)
        width = hparams.width
    parts["output"] = nn.Linear(width, outputs)
    return nn.Sequential(parts)


def _hidden(hparams: Hparams, inputs: int) -> nn.Sequential:
    # Batch norm subtracts the mean, and a bias with it: the bias would be a parameter without effect.
    linear = nn.Linear(inputs, hparams.width, bias=hparams.norm is not Norm.BATCH)
    parts: OrderedDict[str, nn.Module] = OrderedDict(linear=linear)
    if hparams.norm is Norm.BATCH:
        parts["norm"] = nn.BatchNorm1d(hparams.width)
    elif hparams.norm is Norm.LAYER:
        parts["norm"] = nn.LayerNorm(hparams.width)
    return _finished(parts, hparams)


def _cnn(hparams: Hparams, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """``layers`` blocks of convolution and pooling over signals (channels, n) or images (channels, n, m)."""
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
    return nn.Sequential(parts)


def _block(hparams: Hparams, inputs: int, channels: int, *, dimensions: int, pool: bool) -> nn.Sequential:
    convolution: type[nn.Conv1d | nn.Conv2d] = nn.Conv1d if dimensions == 1 else nn.Conv2d
    kernel = hparams.kernel_size
    bias = hparams.norm is not Norm.BATCH
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    parts["conv"] = convolution(inputs, channels, kernel, padding=kernel // 2, bias=bias)
    if hparams.norm is Norm.BATCH:
        parts["norm"] = nn.BatchNorm1d(channels) if dimensions == 1 else nn.BatchNorm2d(channels)
    elif hparams.norm is Norm.LAYER:
        # One group over channels and places: layer norm for a map of any size.
        parts["norm"] = nn.GroupNorm(1, channels)
    block = _finished(parts, hparams)
    if pool:
        block.add_module("pool", _pooling(hparams.pooling, dimensions))
    return block


def _finished(parts: OrderedDict[str, nn.Module], hparams: Hparams) -> nn.Sequential:
    parts["activation"] = _activation(hparams.activation)
    if hparams.dropout:
        parts["dropout"] = nn.Dropout(hparams.dropout)
    return nn.Sequential(parts)


def set_dropout(network: nn.Module, share: float) -> None:
    """Let the network drop that share of its hidden units from now on, also where it was built to drop none."""
    for name, part in list(network.named_children()):
        if not isinstance(part, nn.Sequential) or not hasattr(part, "activation"):
            continue
        dropout = getattr(part, "dropout", None)
        if isinstance(dropout, nn.Dropout):
            dropout.p = share
        elif share:
            network.add_module(name, _with_dropout(part, share))


def _with_dropout(part: nn.Sequential, share: float) -> nn.Sequential:
    """The same layers, with dropout behind the activation."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for name, layer in part.named_children():
        layers[name] = layer
        if name == "activation":
            layers["dropout"] = nn.Dropout(share)
    return nn.Sequential(layers)


def _activation(activation: Activation) -> nn.Module:
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


def _pooling(pooling: Pooling, dimensions: int) -> nn.Module:
    if pooling is Pooling.MAX:
        return nn.MaxPool1d(2) if dimensions == 1 else nn.MaxPool2d(2)
    return nn.AvgPool1d(2) if dimensions == 1 else nn.AvgPool2d(2)


def initialise(network: nn.Module, init: Init, activation: Activation) -> None:
    """Set the weights of every linear and convolutional layer; all but ``default`` start the biases at 0."""
    if init is Init.DEFAULT:
        return
    for module in network.modules():
        if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
            _initialise_weight(module.weight, init, activation)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _initialise_weight(weight: Tensor, init: Init, activation: Activation) -> None:
    gain = _gain(activation)
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


def _gain(activation: Activation) -> float:
    """The factor that keeps the variance of the signals through ``activation``."""
    match activation:
        case Activation.RELU | Activation.GELU:
            return nn.init.calculate_gain("relu")
        case Activation.LEAKY_RELU:
            return nn.init.calculate_gain("leaky_relu", 0.01)
        case Activation.TANH:
            return nn.init.calculate_gain("tanh")
        case Activation.SIGMOID:
            return 1.0


class Polynomial(nn.Module):
    """A polynomial on [-1, 1], its weights on Chebyshev polynomials: on powers of x descent would creep.

    It starts as the zero polynomial: the problem is convex, so no symmetry needs to be broken.
    """

    def __init__(self, degree: int) -> None:
        super().__init__()
        self.degrees: Tensor
        self.register_buffer("degrees", torch.arange(degree + 1, dtype=torch.float32), persistent=False)
        self.weight = nn.Parameter(torch.zeros(degree + 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the value at each ``x`` of shape (n, 1)."""
        return torch.cos(torch.acos(x) * self.degrees) @ self.weight
