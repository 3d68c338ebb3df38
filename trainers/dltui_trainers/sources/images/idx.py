"""IDX files, the format of MNIST and its kin: four files of unsigned bytes, plain or packed with gzip.

The format is described at http://yann.lecun.com/exdb/mnist: a number that tells what it is, the sizes as big-endian
numbers of four bytes, and the values. No torch here; nothing is read whole that does not have to be.
"""

import gzip
import io
import math
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.errors import DataError
from dltui_trainers.sources.files import shown, unreadable

Bytes = NDArray[np.uint8]

IMAGES, LABELS = 3, 1
"""How many sizes a file of images has (count, height, width), and one of labels (count)."""
_UNSIGNED_BYTE = 8
_GZIP = b"\x1f\x8b"
_BLOCK = 2**20
_NAME = re.compile(
    r"(?:(?P<set>.+)[-_.])?(?P<part>train|t10k|test)[-_.](?P<what>images|labels)[-_.]idx[13][-_.]ubyte(?P<gz>\.gz)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdxFiles:
    """The four files of a data set."""

    train_images: Path
    train_labels: Path
    test_images: Path
    test_labels: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them."""
        return self.train_images, self.train_labels, self.test_images, self.test_labels


FIELDS = ("train_images", "train_labels", "test_images", "test_labels")


def sets_in(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Path]]:
    """Return the IDX files among ``names``, by what stands before ``train`` and then by the fields of `IdxFiles`.

    EMNIST's six sets lie in one folder. A plain file goes before a packed one of the same name.
    """
    found: dict[str, dict[str, Path]] = {}
    for name in sorted(names, reverse=True):
        if match := _NAME.fullmatch(name):
            part = "train" if match["part"].lower() == "train" else "test"
            found.setdefault(match["set"] or "", {})[f"{part}_{match['what'].lower()}"] = folder / name
    return found


def read_sizes(path: Path, sizes: int) -> tuple[int, ...]:
    """Return the sizes that the header of ``path`` tells, checked against the length of the file.

    Of a packed file a few bytes are unpacked, and its length is taken from its end; if that is not what the header
    says, all of it is unpacked to be sure. Raises :class:`DataError`.
    """
    with refusing(path), _opened(path) as file:
        found = _header(path, file, sizes)
        expected = _header_bytes(sizes) + math.prod(found)
        length = _length(path, file, expected)
    if length != expected:
        trouble = f"is truncated: it has {length}" if length < expected else f"is too long: it has at least {length}"
        raise DataError(
            f"{shown(path)} {trouble} bytes, and its header tells of {_times(found)} values, which make"
            f" {expected} with it; fetch it again."
        )
    return found


def read_values(path: Path, sizes: tuple[int, ...]) -> Bytes:
    """Return the values of ``path``, whose header tells ``sizes``. Raises :class:`DataError`."""
    with refusing(path), _opened(path) as file:
        if _header(path, file, len(sizes)) != sizes:
            raise DataError(f"{shown(path)} was changed while it was being read; try again when it is complete.")
        values = np.empty(math.prod(sizes), np.uint8)
        done, view = 0, values.data
        while count := file.readinto(view[done:]):
            done += count
        # Only at its end a packed file tells whether what was unpacked is right.
        rest = file.read(1)
    if done < len(values) or rest:
        raise DataError(f"{shown(path)} has not the {_times(sizes)} bytes that its header tells of; fetch it again.")
    return values.reshape(sizes)


def first_values(path: Path, count: int) -> bytes:
    """Return the first values of a file of labels, none if it cannot be read."""
    try:
        with refusing(path), _opened(path) as file:
            _header(path, file, LABELS)
            return file.read(count)
    except DataError:
        return b""


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Say in a sentence why ``path`` could not be read. Raises :class:`DataError`."""
    try:
        yield
    except gzip.BadGzipFile as error:
        raise DataError(
            f"{shown(path)} is not a gzip file, or a damaged one ({error}): fetch it again, or drop '.gz' from its name"
            f" if it is unpacked."
        ) from error
    except (EOFError, zlib.error) as error:
        raise DataError(
            f"{shown(path)} is truncated or damaged: it cannot be unpacked to its end; fetch it again."
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _opened(path: Path) -> io.BufferedIOBase:
    if _is_packed(path):
        return gzip.open(path, "rb")
    return cast(io.BufferedIOBase, path.open("rb"))


def _header(path: Path, file: io.BufferedIOBase, sizes: int) -> tuple[int, ...]:
    head = file.read(_header_bytes(sizes))
    magic, expected = head[:4], bytes([0, 0, _UNSIGNED_BYTE, sizes])
    if len(magic) == len(expected) and magic != expected:
        what = "images" if sizes == IMAGES else "labels"
        hint = "name it .gz, because it is packed" if magic[:2] == _GZIP else "take the original file"
        raise DataError(
            f"{shown(path)} begins with 0x{magic.hex()}, and an IDX file of {what} with 0x{expected.hex()}; {hint}."
        )
    if len(head) < _header_bytes(sizes):
        raise DataError(
            f"{shown(path)} is truncated: it has {len(head)} bytes, and the header alone has {_header_bytes(sizes)};"
            f" fetch it again."
        )
    return struct.unpack(f">{sizes}I", head[4:])


def _header_bytes(sizes: int) -> int:
    return 4 + 4 * sizes


def _length(path: Path, file: io.BufferedIOBase, expected: int) -> int:
    """The length of the file when unpacked. A packed one has the last 32 bits of its length at its end.

    If those say something else (it is truncated, or of several parts), what is left of ``file`` is unpacked and
    counted, until it is longer than ``expected``.
    """
    with path.open("rb") as stored:
        end = stored.seek(0, io.SEEK_END)
        if not _is_packed(path):
            return end
        stored.seek(max(end - 4, 0))
        if int.from_bytes(stored.read(4), "little") == expected % 2**32:
            return expected
    length = file.tell()
    while length <= expected and (block := file.read(_BLOCK)):
        length += len(block)
    return length


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _times(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes))
