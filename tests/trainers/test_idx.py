"""IDX files: read as they are, and what is broken is told."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from dltui_trainers.errors import DataError
from dltui_trainers.sources.images.idx import IMAGES, LABELS, first_values, read_sizes, read_values, sets_in
from trainers.image_files import idx_bytes, some_images

IMAGE_BYTES = idx_bytes(some_images(5, 3, 4))


def written(folder: Path, content: bytes, name: str = "train-images-idx3-ubyte") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["a-ubyte", "a-ubyte.gz", "a.GZ"])
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    packed = name.lower().endswith("gz")
    path = written(tmp_path, gzip.compress(IMAGE_BYTES) if packed else IMAGE_BYTES, name)
    assert read_sizes(path, IMAGES) == (5, 3, 4)
    assert np.array_equal(read_values(path, (5, 3, 4)), some_images(5, 3, 4))


def test_a_packed_file_of_several_parts_is_read(tmp_path: Path) -> None:
    parts = gzip.compress(IMAGE_BYTES[:30]) + gzip.compress(IMAGE_BYTES[30:])
    path = written(tmp_path, parts, "a.gz")
    assert read_sizes(path, IMAGES) == (5, 3, 4)
    assert np.array_equal(read_values(path, (5, 3, 4)), some_images(5, 3, 4))


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "a", "is truncated: it has 0 bytes, and the header alone has 16"),
        (IMAGE_BYTES[:9], "a", "is truncated: it has 9 bytes"),
        (
            IMAGE_BYTES[:-1],
            "a",
            "is truncated: it has 75 bytes, and its header tells of 5 x 3 x 4 values, which make 76",
        ),
        (IMAGE_BYTES + b"x", "a", "is too long: it has at least 77"),
        (idx_bytes(some_images(5)), "a", "begins with 0x00000801, and an IDX file of images with 0x00000803"),
        (b"\x89PNG" + bytes(20), "a", "begins with 0x89504e47"),
        (gzip.compress(IMAGE_BYTES), "a", "name it .gz, because it is packed"),
        (IMAGE_BYTES, "a.gz", "is not a gzip file"),
        (b"", "a.gz", "is truncated: it has 0 bytes"),
        (gzip.compress(IMAGE_BYTES)[:10], "a.gz", "is truncated or damaged"),
        (gzip.compress(IMAGE_BYTES)[:-9], "a.gz", "is truncated or damaged"),
        (gzip.compress(IMAGE_BYTES[:-1]), "a.gz", "is truncated: it has 75"),
        (gzip.compress(IMAGE_BYTES + bytes(10)), "a.gz", "is too long"),
        # A header may promise anything: nothing is reserved for it.
        (IMAGE_BYTES[:4] + b"\xff" * 12, "a", "4294967295 x 4294967295 x 4294967295"),
        (gzip.compress(IMAGE_BYTES[:4] + b"\xff" * 12), "a.gz", "is truncated: it has 16"),
    ],
)
def test_what_is_broken_is_told(tmp_path: Path, content: bytes, name: str, told: str) -> None:
    path = written(tmp_path, content, name)
    with pytest.raises(DataError) as error:
        read_sizes(path, IMAGES)
    assert told in str(error.value) and str(path) in str(error.value)


def test_damage_in_the_middle_of_a_packed_file_is_seen_when_it_is_read(tmp_path: Path) -> None:
    values = some_images(5, 30, 40)
    content = bytearray(gzip.compress(idx_bytes(values), 0))
    content[3000] ^= 1
    path = written(tmp_path, bytes(content), "a.gz")
    assert read_sizes(path, IMAGES) == values.shape
    with pytest.raises(DataError, match="damaged"):
        read_values(path, values.shape)


def test_a_file_that_changes_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, IMAGE_BYTES)
    with pytest.raises(DataError, match="was changed"):
        read_values(path, (6, 3, 4))
    path.write_bytes(IMAGE_BYTES[:-2])
    with pytest.raises(DataError, match="has not the 5 x 3 x 4 bytes"):
        read_values(path, (5, 3, 4))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, IMAGE_BYTES)
    path.chmod(0)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        read_sizes(path, IMAGES)


def test_what_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_sizes(tmp_path / "a", LABELS)
    assert first_values(tmp_path / "a", 3) == b""


def test_names_are_told_apart(tmp_path: Path) -> None:
    names = [
        "train-images-idx3-ubyte",
        "train-images-idx3-ubyte.gz",
        "train-labels.idx1-ubyte.gz",
        "test-images-idx3-ubyte",
        "T10K-labels-idx1-ubyte",
        "emnist-letters-train-images-idx3-ubyte.gz",
        "train-images-idx3-ubyte.part",
        "readme.txt",
    ]
    found = sets_in(tmp_path, names)
    assert set(found) == {"", "emnist-letters"} and list(found["emnist-letters"]) == ["train_images"]
    assert {field: path.name for field, path in found[""].items()} == {
        "train_images": names[0],  # the plain one
        "train_labels": names[2],
        "test_images": names[3],
        "test_labels": names[4],
    }
