"""How a kept log lies on the disk: the bytes of the columns one after the other, then an index, then where it begins.

The end is written last, so a file that was cut off has none.
"""

import struct
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
import numpy.typing as npt

from dltui.cache.stamp import Stamp

VERSION = 2
"""Goes up when the layout, or what a column of that name means, changes."""
_END = struct.Struct("<QII8s")
END_BYTES = _END.size
_MAGIC = b"dltuikpt"
_NUMBERS = "biuf"

AnyColumn = npt.NDArray[Any]


class ColumnIndex(msgspec.Struct, kw_only=True, gc=False):
    """One column: where its bytes lie, and their sum."""

    name: str
    dtype: str
    length: int
    at: int
    checksum: int


class PartIndex(msgspec.Struct, kw_only=True):
    """Some rows of the log. ``offset``: the bytes of the log up to their end."""

    header: bytes
    offset: int
    columns: list[ColumnIndex]


class Index(msgspec.Struct, kw_only=True):
    """What the file holds, of which log, and as that log was. ``offset``: so much of it is in here."""

    path: str
    variant: str
    stamp: Stamp
    offset: int
    fingerprint: bytes
    parts: list[PartIndex]


def encode_end(index: Index, at: int) -> bytes:
    """Return what follows the columns, which end ``at``."""
    data = msgspec.msgpack.encode(index)
    return data + _END.pack(at, VERSION, crc32(data), _MAGIC)


def index_at(end: bytes) -> int:
    """Return where the index begins, from the last ``END_BYTES`` of a file. Raises ValueError if it is none of ours."""
    if len(end) != END_BYTES:
        raise ValueError("cut off")
    at, version, _, magic = _END.unpack(end)
    if (version, magic) != (VERSION, _MAGIC):
        raise ValueError("another format")
    return int(at)


def decode_end(data: bytes) -> Index:
    """Return the index from all that follows the columns. Raises ValueError if it is damaged."""
    _, _, checksum, _ = _END.unpack(data[-END_BYTES:])
    if crc32(data[:-END_BYTES]) != checksum:
        raise ValueError("damaged")
    try:
        return msgspec.msgpack.decode(data[:-END_BYTES], type=Index)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None


def number_type(name: str) -> np.dtype[Any]:
    """Return the type of a column. Raises ValueError for what is not plain numbers."""
    try:
        dtype = np.dtype(name)
    except TypeError as error:
        raise ValueError(str(error)) from None
    if dtype.kind not in _NUMBERS:
        raise ValueError(f"a column of {name}")
    return dtype


def checksum_of(column: AnyColumn) -> int:
    """Return a sum over the bytes of a contiguous column: it finds lost pages at the speed of memory."""
    data = column.reshape(-1).view(np.uint8)
    whole = len(data) // 8 * 8
    return (int(data[:whole].view(np.uint64).sum()) + int(data[whole:].sum()) + len(data)) % 2**63
