"""The images of the task ``images``: finds the data set, checks it before anything starts, and reads it.

What is looked at beforehand are headers, lengths and labels; the images themselves are read by the training alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.errors import DataError
from dltui_trainers.hparams import Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.sources.files import shown
from dltui_trainers.sources.images import cifar, idx
from dltui_trainers.sources.images.cifar import CifarFiles
from dltui_trainers.sources.images.idx import Bytes, IdxFiles
from dltui_trainers.sources.images.locate import locate
from dltui_trainers.sources.images.places import CIFAR_10, FASHION, ImageSet, in_usual_places, key

Part = tuple[Bytes, Bytes]
"""Images (n, channels, height, width) and their labels (n,), which count from 0."""
_WRITTEN = "mnist"
"""Part of the name of all the data sets of digits and letters: MNIST, KMNIST, EMNIST, QMNIST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesFound:
    """A data set that can be learned from.

    ``shape`` is (channels, height, width), and ``first_label`` what the files call the first class: EMNIST's letters
    begin at 1.
    """

    files: IdxFiles | CifarFiles
    shape: tuple[int, int, int]
    n_train: int
    n_val: int
    classes: int
    first_label: int = 0


def resolve(task: TaskInfo, hparams: Hparams) -> tuple[TaskInfo, dict[str, str]]:
    """Return the task with what is known of the data, and where they are. Raises :class:`DataError`."""
    found = locate(hparams.data)
    images = look(found)
    channels, height, width = images.shape
    colour = " in colour" if channels > 1 else ""
    summary = (
        f"{shown(found.name)}, {images.n_train} + {images.n_val} images of {width}x{height} pixels{colour},"
        f" {images.classes} classes"
    )
    handed = _is_handed(found.name)
    resolved = replace(task, summary=summary, n_train=images.n_train, classes=images.classes, handed=handed)
    return resolved, {"data": str(found.path)}


def found() -> list[tuple[str, Path]]:
    """Return the data sets in the usual places: name and folder, the one that is taken by default first."""
    return [(each.name, each.path) for each in in_usual_places()]


def look(found: ImageSet) -> ImagesFound:
    """Check a data set, but for its images; what was seen holds until a file changes. Raises :class:`DataError`."""
    stamps = []
    for path in found.files.paths:
        with idx.refusing(path):
            status = path.stat()
        stamps.append((status.st_size, status.st_mtime_ns))
    return _looked(found.files, tuple(stamps))


@lru_cache(maxsize=16)
def _looked(files: IdxFiles | CifarFiles, stamps: tuple[tuple[int, int], ...]) -> ImagesFound:
    return _look_at_idx(files) if isinstance(files, IdxFiles) else _look_at_cifar(files)


def read_train(images: ImagesFound) -> Iterator[Part]:
    """Yield the training set, file by file. Raises :class:`DataError`."""
    if isinstance(images.files, CifarFiles):
        yield from map(cifar.read, images.files.train)
    else:
        yield _read_idx(images, images.files.train_images, images.files.train_labels, images.n_train)


def read_val(images: ImagesFound) -> Part:
    """Return the validation set. Raises :class:`DataError`."""
    if isinstance(images.files, CifarFiles):
        return cifar.read(images.files.test)
    return _read_idx(images, images.files.test_images, images.files.test_labels, images.n_val)


def _read_idx(images: ImagesFound, image_file: Path, label_file: Path, n: int) -> Part:
    labels = idx.read_values(label_file, (n,)) - np.uint8(images.first_label)
    return idx.read_values(image_file, (n, *images.shape[1:])).reshape(n, *images.shape), labels


def _look_at_idx(files: IdxFiles) -> ImagesFound:
    n_train, size = _count_and_size(files.train_images, files.train_labels)
    n_val, val_size = _count_and_size(files.test_images, files.test_labels)
    if size != val_size:
        raise DataError(
            f"{shown(files.test_images)} has images of {_pixels(val_size)} pixels, and {files.train_images.name} of"
            f" {_pixels(size)}; take both from the same data set."
        )
    classes = _classes(files.train_labels, idx.read_values(files.train_labels, (n_train,)))
    strange = np.setdiff1d(idx.read_values(files.test_labels, (n_val,)), classes)
    if len(strange):
        raise DataError(
            f"{shown(files.test_labels)} has the class {strange[0]}, and {files.train_labels.name} only {classes[0]} to"
            f" {classes[-1]}; take both from the same data set."
        )
    return ImagesFound(
        files=files,
        shape=(1, *size),
        n_train=n_train,
        n_val=n_val,
        classes=len(classes),
        first_label=int(classes[0]),
    )


def _count_and_size(image_file: Path, label_file: Path) -> tuple[int, tuple[int, int]]:
    n, height, width = idx.read_sizes(image_file, idx.IMAGES)
    (labels,) = idx.read_sizes(label_file, idx.LABELS)
    if not n or not height or not width:
        raise DataError(
            f"{shown(image_file)} has {n} images of {_pixels((height, width))} pixels: there is nothing to see; take a"
            f" file with images."
        )
    if n != labels:
        raise DataError(
            f"{shown(image_file)} has {n} images, and {label_file.name} has {labels} labels; take both from the same"
            f" data set."
        )
    return n, (height, width)


def _classes(path: Path, labels: Bytes) -> NDArray[np.uint8]:
    """The classes that occur, which must be numbered from 0 or 1 on."""
    classes = np.unique(labels)
    if len(classes) == 1:
        raise DataError(f"{shown(path)} has the class {classes[0]} only: there is nothing to tell apart; take two.")
    if classes[0] > 1 or len(classes) != classes[-1] - classes[0] + 1:
        raise DataError(
            f"{shown(path)} has {len(classes)} classes, the lowest {classes[0]} and the highest {classes[-1]}; number"
            f" them from 0 on without a gap, or fetch the file again."
        )
    return classes


def _look_at_cifar(files: CifarFiles) -> ImagesFound:
    n_train = 0
    present: set[int] = set()
    for path in files.train:
        labels = cifar.read(path)[1]
        n_train += len(labels)
        present.update(np.unique(labels).tolist())
    if len(present) == 1:
        raise DataError(
            f"{shown(files.train[0].parent)} has images of the class {present.pop()} only: there is nothing to tell"
            f" apart; take the original files from {cifar.PAGE}."
        )
    n_val = len(cifar.read(files.test)[1])
    return ImagesFound(files=files, shape=cifar.SHAPE, n_train=n_train, n_val=n_val, classes=cifar.CLASSES)


def _is_handed(name: str) -> bool:
    return name not in (CIFAR_10, FASHION) and _WRITTEN in key(name)


def _pixels(size: tuple[int, int]) -> str:
    height, width = size
    return f"{width}x{height}"
