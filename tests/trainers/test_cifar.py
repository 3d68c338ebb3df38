"""CIFAR-10's binary files."""

from pathlib import Path

import numpy as np
import pytest

from dltui_trainers.errors import DataError
from dltui_trainers.sources.images import cifar
from trainers.image_files import some_images, write_cifar


def test_a_record_is_a_class_and_three_planes(tmp_path: Path) -> None:
    write_cifar(tmp_path)
    images, labels = cifar.read(tmp_path / cifar.TRAIN[1])
    stored = some_images(12, cifar.RECORD, seed=1)
    assert labels.tolist() == [*range(10), 0, 1]
    assert images.shape == (12, 3, 32, 32)
    assert np.array_equal(images[3, 1].ravel(), stored[3, 1 + 1024 : 1 + 2048])  # the green of the fourth


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it has 0 bytes, and its records are of 3073"),
        (bytes(3073 * 2 - 1), "truncated"),
        (bytes(3073) + b"\x0a" + bytes(3072), "has the class 10 in record 2, and those of CIFAR-10 are 0 to 9"),
    ],
)
def test_what_is_broken_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / cifar.TEST
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        cifar.read(path)
    assert told in str(error.value) and str(path) in str(error.value)


def test_all_six_files_are_needed(tmp_path: Path) -> None:
    names = [*cifar.TRAIN, cifar.TEST]
    assert cifar.files_in(tmp_path, [*names, "readme.html"]) is not None
    assert all(cifar.files_in(tmp_path, [each for each in names if each != name]) is None for name in names)
