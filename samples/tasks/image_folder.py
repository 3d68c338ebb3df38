"""A folder of images, with a folder in it for each class: what is in a picture?

Without ``--set folder=PATH`` it draws some into a folder of its own first, and reads them as it would read yours.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

hparams = {
    "model": "cnn",
    "epochs": 20,
    "lr": 0.003,
    "norm": "batch",
    "folder": "",  # PATH/cat/1.png, PATH/dog/7.pgm, ...
    "size": 16,  # pixels: images of other formats than PGM are made size x size
}


def load(h):
    with TemporaryDirectory() as made:
        folder = Path(h.folder).expanduser() if h.folder else draw(Path(made), h.size)
        names = sorted(each.name for each in folder.iterdir() if each.is_dir())
        files = [(file, names.index(name)) for name in names for file in sorted((folder / name).glob("*.*"))]
        pixels = np.stack([read(file, h.size) for file, _ in files])
    print(f"{len(files)} images of {', '.join(names)}")
    return pixels, np.array([number for _, number in files])  # one set: val_share of it becomes the validation set


def read(file, size):
    """One image as bytes, (channels, height, width); they are divided by 255 for us."""
    if file.suffix == ".pgm":  # a line or two of text, then a byte for each pixel
        content = file.read_bytes()
        header = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", content)
        return np.frombuffer(content[header.end() :], np.uint8).reshape(1, int(header[2]), int(header[1]))
    from PIL import Image  # pip install pillow: PNG, JPEG and others

    return np.asarray(Image.open(file).convert("RGB").resize((size, size))).transpose(2, 0, 1)


def draw(folder, size):
    """Make a thousand small images in ``folder``: disks, rings and crosses anywhere, in noise."""
    random = np.random.default_rng(0)
    for number in range(1000):
        down, right = np.abs(np.indices((size, size)) - random.uniform(0.35, 0.65, (2, 1, 1)) * size)
        far, radius = np.hypot(down, right), random.uniform(0.2, 0.3) * size
        name = ("cross", "disk", "ring")[number % 3]
        shape = {"cross": np.minimum(down, right) < 1, "disk": far < radius, "ring": abs(far - radius) < 1}[name]
        pixels = (90 * shape + random.integers(166, size=(size, size))).astype(np.uint8)
        (folder / name).mkdir(exist_ok=True)
        (folder / name / f"{number}.pgm").write_bytes(b"P5 %d %d 255\n" % (size, size) + pixels.tobytes())
    return folder
