"""Images in folders, one folder for each class: what is in a picture?"""

from pathlib import Path

import numpy as np
from torch import nn

# Change: where your images are, as images/cat/1.jpg, images/dog/7.png. While it is not there, shapes are drawn.
FOLDER = Path(__file__).parent / "images"

# Change: defaults that are not ours, and hyperparameters of your own; a comment behind one is its help.
hparams = {
    "epochs": 25,
    "lr": 0.005,
    "filters": 16,  # of the first convolution
    "size": 16,  # pixels: all images are made size x size
}


def load(h):
    """Return the images, as bytes (samples, channels, height, width), and the number of each one's class."""
    # Change: one set is split for you (val_share). With a validation set of your own return
    # (train_x, train_y), (val_x, val_y), or two torch Datasets.
    return read(h.size) if FOLDER.is_dir() else draw(h.size)


def read(size):
    """Read the images of FOLDER; the folders in it are the classes, by their names in order."""
    from PIL import Image  # pip install pillow

    pixels, classes = [], []
    for number, folder in enumerate(sorted(each for each in FOLDER.iterdir() if each.is_dir())):
        for file in sorted(folder.glob("*.*")):
            image = Image.open(file).convert("RGB").resize((size, size))
            pixels.append(np.asarray(image).transpose(2, 0, 1))  # channels come first
            classes.append(number)
    return np.stack(pixels), np.array(classes)


def draw(size):
    """Draw disks, squares and crosses, a bit of each hidden in noise. Change: delete it, it only shows how it goes."""
    random = np.random.default_rng(0)
    classes = random.integers(3, size=900)
    middles = random.uniform(0.35, 0.65, (900, 2, 1, 1)) * size
    down, right = np.abs(np.indices((size, size))[:, None] - middles.transpose(1, 0, 2, 3))
    far = size / 4
    shapes = [down**2 + right**2 < far**2, np.maximum(down, right) < far, np.minimum(down, right) < far / 4]
    pixels = 130 * np.choose(classes[:, None, None], shapes) + random.integers(126, size=(900, size, size))
    return pixels[:, None].astype(np.uint8), classes


def build_model(h, data):
    """Return the network, for inputs of data.input_shape; it answers data.classes numbers, without a softmax."""
    # Change: your own network. Without this function you have ours: model=cnn, layers, width, norm, ...
    channels = data.input_shape[0]
    return nn.Sequential(
        nn.Conv2d(channels, h.filters, 3, padding=1),
        nn.GELU(),
        nn.MaxPool2d(2),
        nn.Conv2d(h.filters, 2 * h.filters, 3, padding=1),
        nn.GELU(),
        nn.AdaptiveAvgPool2d(2),  # whatever the size, 2 x 2 is left
        nn.Flatten(),
        nn.Dropout(h.dropout),
        nn.Linear(8 * h.filters, data.classes),
    )
