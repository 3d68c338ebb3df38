"""Small data sets of images as files, whole and broken."""

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.sources.images import cifar

Bytes = NDArray[np.uint8]
PARTS = ("train", "t10k")


def idx_bytes(values: Bytes) -> bytes:
    """Return ``values`` in the format of MNIST."""
    return struct.pack(f">{values.ndim + 1}I", 0x800 + values.ndim, *values.shape) + values.tobytes()


def some_images(count: int, *shape: int, seed: int = 0) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


def write_idx(
    folder: Path,
    *,
    n_train: int = 40,
    n_val: int = 20,
    classes: int = 4,
    first: int = 0,
    packed: bool = False,
    prefix: str = "",
    dash: str = "-",
) -> Path:
    """Write a data set of images of 6x8 pixels, whose classes take turns, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, count in zip(PARTS, (n_train, n_val), strict=True):
        labels = (np.arange(count) % classes + first).astype(np.uint8)
        for what, values in ((f"images{dash}idx3", some_images(count, 6, 8)), (f"labels{dash}idx1", labels)):
            content = idx_bytes(values)
            name = f"{prefix}{part}-{what}-ubyte"
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
            else:
                (folder / name).write_bytes(content)
    return folder


def write_cifar(folder: Path, *, count: int = 12) -> Path:
    """Write CIFAR-10's six binary files, each of ``count`` records, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate((*cifar.TRAIN, cifar.TEST)):
        records = some_images(count, cifar.RECORD, seed=number)
        records[:, 0] = np.arange(count) % cifar.CLASSES
        (folder / name).write_bytes(records.tobytes())
    return folder
