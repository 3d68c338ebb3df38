"""Two spirals that wind around each other: which one is a point on?"""

import torch
from torch import nn

hparams = {
    "epochs": 60,
    "lr": 0.01,
    "width": 32,
    "depth": 3,  # hidden layers
    "turns": 1.5,  # how often each spiral winds around the middle
}


def load(h):
    draw = torch.Generator().manual_seed(0)
    side = torch.arange(1200) % 2
    along = torch.rand(1200, generator=draw)
    angle = 6.28 * h.turns * along + 3.14 * side
    x = torch.stack([along * angle.cos(), along * angle.sin()], 1)
    x += 0.01 * torch.randn(x.shape, generator=draw)
    return (x[:1000], side[:1000]), (x[1000:], side[1000:])


def build_model(h, data):
    layers, inputs = [], data.input_shape[0]
    for _ in range(h.depth):
        layers += [nn.Linear(inputs, h.width), nn.ReLU(), nn.Dropout(h.dropout)]
        inputs = h.width
    return nn.Sequential(*layers, nn.Linear(inputs, data.outputs))
