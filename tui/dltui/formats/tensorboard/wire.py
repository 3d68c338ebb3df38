"""The frames of an event file (TFRecord): a length with its checksum, so many bytes, and their checksum."""

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from dltui.formats.tensorboard.crc import Bytes, masked_crc32c

Places = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

LONGEST_RECORD = 16 << 20
"""Longer records (graphs, videos) hold no scalars and are stepped over unread."""
HEAD_BYTES, TAIL_BYTES = 12, 4
SPARE_BYTES = 8
"""A block has so many bytes behind its end, so that numbers of eight bytes can be read from any place in it."""

_HEAD = struct.Struct("<QI")
_LENGTH = struct.Struct("<Q")
_FRAME_BYTES = HEAD_BYTES + TAIL_BYTES


def begins_with_record(head: bytes) -> bool:
    """Whether the first bytes of a file are the length of a record and its checksum; chance is one in 2**32."""
    return _length_at(head, 0) is not None


class Block:
    """A piece of a file in memory, from which many numbers can be read at once, wherever they stand."""

    def __init__(self, data: bytes | bytearray, size: int) -> None:
        """``data`` goes on for ``SPARE_BYTES`` after the ``size`` bytes that count."""
        self.data = data
        self.size = size

    @classmethod
    def of(cls, file: BinaryIO, at: int, size: int) -> "Block":
        """Read that piece of the file, or what there is of it."""
        data = bytearray(size + SPARE_BYTES)
        file.seek(at)
        with memoryview(data) as view:
            return cls(data, file.readinto(view[:size]))  # type: ignore[attr-defined]

    def numbers(self, places: Places, dtype: str) -> npt.NDArray[np.generic]:
        """Return the number that stands at each of these places."""
        kind = np.dtype(dtype)
        everywhere = np.ndarray(len(self.data) - kind.itemsize + 1, kind, self.data, strides=(1,))
        return everywhere[places]

    def rows(self, places: Places, width: int) -> Bytes:
        """Return the bytes that follow each of these places, one row each; the width is a multiple of 8."""
        everywhere = np.ndarray(len(self.data) - width + 1, f"V{width}", self.data, strides=(1,))
        return everywhere[places].view(np.uint8).reshape(len(places), width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The whole records of a block: where the bytes of each begin, and how many they are.

    ``used``: so many bytes of the block are done with. ``needed``: from there so many make the next record whole.
    ``torn``: what comes there is no record.
    """

    begins: Places
    lengths: Places
    used: int
    needed: int
    torn: bool = False


def frames_in(block: Block) -> Frames:
    """Find the records of a block that begins with one."""
    starts, used, needed, torn = _walk(block)
    starts_at = np.array(starts, dtype=np.int64)
    ends = np.append(starts_at[1:], used if starts else 0)
    lengths = ends - starts_at - _FRAME_BYTES
    sound = _sound_heads(block, starts_at, lengths)
    if not sound.all():
        first = int(np.argmin(sound))
        used, needed, torn = starts[first], HEAD_BYTES, True
        starts_at, lengths = starts_at[:first], lengths[:first]
    return Frames(begins=starts_at + HEAD_BYTES, lengths=lengths, used=used, needed=needed, torn=torn)


def _walk(block: Block) -> tuple[list[int], int, int, bool]:
    """Go from record to record by their lengths, which are not yet known to be sound but for the one at the end."""
    starts: list[int] = []
    at, last, data, unpack = 0, block.size - _FRAME_BYTES, block.data, _LENGTH.unpack_from
    while at <= last:
        following = at + unpack(data, at)[0] + _FRAME_BYTES
        if following > block.size:
            break
        starts.append(at)
        at = following
    if block.size - at < HEAD_BYTES:
        return starts, at, _FRAME_BYTES, False
    length = _length_at(data, at)
    return (starts, at, HEAD_BYTES, True) if length is None else (starts, at, length + _FRAME_BYTES, False)


def _sound_heads(block: Block, starts: Places, lengths: Places) -> npt.NDArray[np.bool_]:
    """Whether the checksum of each length is right."""
    told = block.numbers(starts + _LENGTH.size, "<u4")
    each, which = np.unique(lengths, return_inverse=True)
    right = np.array([_checksum_of_length(int(length)) for length in each], dtype=np.uint32)
    sound: npt.NDArray[np.bool_] = right[which] == told
    return sound


def _length_at(data: bytes | bytearray, at: int) -> int | None:
    """The length of the record that begins there, None if there is none or its checksum is another."""
    if len(data) - at < HEAD_BYTES:
        return None
    length, checksum = _HEAD.unpack_from(data, at)
    return length if _checksum_of_length(length) == checksum else None


@lru_cache(maxsize=4096)
def _checksum_of_length(length: int) -> int:
    return masked_crc32c(_LENGTH.pack(length))
