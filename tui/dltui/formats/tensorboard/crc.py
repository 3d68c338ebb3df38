"""The checksums of event files: CRC-32C (Castagnoli's polynomial), masked, of one record or of many at once.

A CRC is linear: what each byte does to it depends on the byte and on how many follow, not on its neighbours. So numpy
looks up one byte of all records at a time, and a long record is cut into pieces whose checksums are put together.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Checksums = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_ONES = 0xFFFFFFFF
_PIECE = 8
"""Bytes of a record that are looked up one by one; more are put together by doubling."""


def masked_crc32c(data: bytes) -> int:
    """Return the checksum of ``data`` as these files store it."""
    crc, table = _ONES, _OF_BYTE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= _ONES
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _ONES


def masked(crcs: Checksums) -> Checksums:
    """Return the checksums as these files store them."""
    stored: Checksums = np.add(crcs >> 15 | crcs << 17, np.uint32(_MASK_DELTA))
    return stored


def unmasked(checksum: int) -> int:
    """Return the checksum that is stored so."""
    rotated = (checksum - _MASK_DELTA) & _ONES
    return (rotated >> 17 | rotated << 15) & _ONES


@lru_cache(maxsize=4096)
def effect(following: int) -> Checksums:
    """Return what each of the 256 bytes does to a checksum when so many bytes follow it."""
    base = table = np.array(_OF_BYTE, dtype=np.uint32)
    for _ in range(following % _PIECE):
        table = table >> np.uint32(8) ^ base[table & 0xFF]
    zeros = _PIECE
    while zeros <= following:
        table = _after(zeros, table) if following & zeros else table
        zeros *= 2
    return table


def masked_crc32c_of(records: Sequence[bytes]) -> Checksums:
    """Return the checksum of each record; those of about one length are computed together."""
    found = np.zeros(len(records), dtype=np.uint32)
    by_width: dict[int, list[int]] = {}
    for at, record in enumerate(records):
        if len(record) < _PIECE:
            found[at] = masked_crc32c(record)
        else:
            by_width.setdefault(1 << (len(record) - 1).bit_length(), []).append(at)
    for width, places in by_width.items():
        found[places] = masked(_linear(_padded([records[at] for at in places], width)) ^ np.uint32(_ONES))
    return found


def _padded(records: list[bytes], width: int) -> Bytes:
    """The records with zeros before them, which change nothing once the CRC's first state is in their first bytes."""
    rows = np.zeros((len(records), width), dtype=np.uint8)
    for row, record in zip(rows, records, strict=True):
        row[width - len(record) :] = np.frombuffer(record, dtype=np.uint8)
        row[width - len(record) : width - len(record) + 4] ^= 0xFF
    return rows


def _linear(rows: Bytes) -> Checksums:
    """The checksum of each row, begun with 0 and not inverted. The width is a power of two."""
    pieces = rows.reshape(len(rows), -1, _PIECE)
    crcs = np.zeros(pieces.shape[:2], dtype=np.uint32)
    for place in range(_PIECE):
        crcs ^= effect(_PIECE - 1 - place)[pieces[:, :, place]]
    length = _PIECE
    while crcs.shape[1] > 1:
        crcs = _after(length, crcs[:, ::2]) ^ crcs[:, 1::2]
        length *= 2
    first: Checksums = crcs[:, 0]
    return first


def _after(zeros: int, crcs: Checksums) -> Checksums:
    """The checksums after so many more zeros, a power of two."""
    tables = _effects_before(zeros)
    passed: Checksums = tables[0][crcs & 0xFF]
    for place in range(1, 4):
        passed = passed ^ tables[place][crcs >> 8 * place & 0xFF]
    return passed


@lru_cache(maxsize=64)
def _effects_before(zeros: int) -> tuple[Checksums, ...]:
    """What each of a checksum's four bytes becomes after so many zeros."""
    if zeros == _PIECE:
        return tuple(effect(zeros - 1 - place) for place in range(4))
    return tuple(_after(zeros // 2, table) for table in _effects_before(zeros // 2))


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_OF_BYTE = tuple(_crc_of_byte(byte) for byte in range(256))
