"""CIFAR-10 in its binary version: six files of records, each a class and 3 x 32 x 32 bytes of red, green and blue.

The format is described at https://www.cs.toronto.edu/~kriz/cifar.html. The version "for Python" is never read: it is
pickled, and reading a pickle runs what somebody put into it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dltui_trainers.errors import DataError
from dltui_trainers.sources.files import shown
from dltui_trainers.sources.images.idx import Bytes, refusing

SHAPE = (3, 32, 32)
CLASSES = 10
RECORD = 1 + 3 * 32 * 32
TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = "test_batch.bin"
PICKLED = "data_batch_1"
ARCHIVE = "cifar-10-binary.tar.gz"
PAGE = "https://www.cs.toronto.edu/~kriz/cifar.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class CifarFiles:
    """The files of the data set."""

    train: tuple[Path, ...]
    test: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them."""
        return *self.train, self.test


def files_in(folder: Path, names: Collection[str]) -> CifarFiles | None:
    """Return the files of CIFAR-10 in ``folder``, which holds ``names``; ``None`` if not all are there."""
    if not {*TRAIN, TEST} <= {*names}:
        return None
    return CifarFiles(train=tuple(folder / name for name in TRAIN), test=folder / TEST)


def read(path: Path) -> tuple[Bytes, Bytes]:
    """Return the images (n, 3, 32, 32) and labels (n,) of a file, checked. Raises :class:`DataError`."""
    with refusing(path):
        stored = np.fromfile(path, np.uint8)
    if not len(stored) or len(stored) % RECORD:
        raise DataError(
            f"{shown(path)} is truncated or not of CIFAR-10's binary version: it has {len(stored)} bytes, and its"
            f" records are of {RECORD}; fetch it again from {PAGE}."
        )
    records = stored.reshape(-1, RECORD)
    labels = records[:, 0]
    wrong = int(np.argmax(labels >= CLASSES))
    if labels[wrong] >= CLASSES:
        raise DataError(
            f"{shown(path)} has the class {labels[wrong]} in record {wrong + 1}, and those of CIFAR-10 are 0 to"
            f" {CLASSES - 1}; take the original file from {PAGE}."
        )
    return records[:, 1:].reshape(-1, *SHAPE), labels
