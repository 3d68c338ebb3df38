"""Numbers from numbers: what is y, given x?"""

import numpy as np
from torch import nn
from torch.nn import functional

# Change: defaults that are not ours, and hyperparameters of your own; a comment behind one is its help.
hparams = {
    "epochs": 40,
    "lr": 0.003,
    "width": 64,
    "depth": 2,  # hidden layers
}


def load(h):
    """Return (train_x, train_y), (val_x, val_y): arrays or tensors, a row for each sample."""
    # Change: return your own, for example from np.load("x.npy"). With whole numbers in y they are classes.
    draw = np.random.default_rng(0)
    x = draw.uniform(-1, 1, (1200, 5))
    y = np.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * draw.normal(size=1200)
    return (x[:1000], y[:1000]), (x[1000:], y[1000:])


def build_model(h, data):
    """Return the network, for inputs of data.input_shape; data.outputs is 1, or the number of classes."""
    # Change: your own network. Without this function you have ours: layers, width, activation, norm, ...
    layers, inputs = [nn.Flatten()], int(np.prod(data.input_shape))
    for _ in range(h.depth):
        layers += [nn.Linear(inputs, h.width), nn.ReLU(), nn.Dropout(h.dropout)]
        inputs = h.width
    return nn.Sequential(*layers, nn.Linear(inputs, data.outputs))


def loss(output, target):
    """Return the mean loss of a batch; output and target are (samples, 1)."""
    # Change: your own loss, or delete it: then it is mse, and cross entropy for classes.
    return functional.mse_loss(output, target)


def metrics(output, target):
    """Return what is measured on the validation set beside the loss."""
    # Change: your own, or delete it: then it is R2, and accuracy, precision and recall for classes.
    return {"mean_error": (output - target).abs().mean()}
