"""The bytes of TensorBoard's event files: scalars in records with checksums, thousands of them at a time.

Records of one shape (the same curves, a step of as many bytes) differ only in their numbers, so they are columns of
bytes that numpy fills; the checksum goes over those columns, not over each record. Only the fields that a scalar needs
are written (event.proto, summary.proto of TensorFlow), in the encoding that every version of TensorBoard reads.
"""

import struct

import numpy as np
import numpy.typing as npt

from dltui.runs.update import Column

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]

_EVENT_TIME, _EVENT_STEP, _EVENT_VERSION, _EVENT_SUMMARY = b"\x09", b"\x10", b"\x1a", b"\x2a"
_EVENT_SESSION, _STARTED = b"\x3a", b"\x08\x01"
_SUMMARY_VALUE, _VALUE_TAG, _VALUE_SIMPLE = b"\x0a", b"\x0a", b"\x15"
_VERSION = b"brain.Event:2"
_LOW, _EIGHT = np.uint32(0xFF), np.uint32(8)
_ADDED = 0xA282EAD8
"""What TensorFlow adds to a checksum, so that one of data with checksums in it is a good one too."""


def version_record(time: float) -> bytes:
    """Return the record that a file begins with."""
    event = _EVENT_TIME + struct.pack("<d", time) + _EVENT_VERSION + bytes([len(_VERSION)]) + _VERSION
    return _framed(np.frombuffer(event, dtype=np.uint8)[None]).tobytes()


def purge_record(time: float, step: int) -> bytes:
    """Return the record that says that a training went on from ``step``: what was read from there on is left out."""
    event = _EVENT_TIME + struct.pack("<d", time) + _EVENT_STEP + _varint(max(step, 0))
    event += _EVENT_SESSION + _varint(len(_STARTED)) + _STARTED
    return _framed(np.frombuffer(event, dtype=np.uint8)[None]).tobytes()


def scalar_records(time: Column, step: Column, tags: list[str], values: list[Column]) -> list[bytes]:
    """Return a record for each row, in their order: its time, its step, and a value for each of the ``tags``."""
    records: list[bytes] = [b""] * len(time)
    steps = step.astype(np.int64).view(np.uint64)
    sizes = _varint_sizes(steps)
    for size in np.unique(sizes).tolist():
        rows = np.flatnonzero(sizes == size)
        framed = _framed(_events(time[rows], steps[rows], int(size), tags, [value[rows] for value in values]))
        whole, length = framed.tobytes(), framed.shape[1]
        for place, row in enumerate(rows.tolist()):
            records[row] = whole[place * length : (place + 1) * length]
    return records


def _events(time: Column, step: npt.NDArray[np.uint64], step_size: int, tags: list[str], values: list[Column]) -> Bytes:
    """The events without their frames, a row each."""
    count = len(time)
    summary: list[Bytes] = []
    for tag, value in zip(tags, values, strict=True):
        name = tag.encode()
        tagged = _VALUE_TAG + _varint(len(name)) + name + _VALUE_SIMPLE
        summary.append(_same(_SUMMARY_VALUE + _varint(len(tagged) + 4) + tagged, count))
        with np.errstate(over="ignore"):  # beyond what a float32 holds it is infinite
            summary.append(_bytes_of(value.astype("<f4"), 4))
    size = sum(part.shape[1] for part in summary)
    head = [_same(_EVENT_TIME, count), _bytes_of(time.astype("<f8"), 8), _same(_EVENT_STEP, count)]
    return np.hstack([*head, _varints(step, step_size), _same(_EVENT_SUMMARY + _varint(size), count), *summary])


def _framed(events: Bytes) -> Bytes:
    """The events with their length, its checksum, and their own."""
    count, length = events.shape
    head = np.frombuffer(struct.pack("<Q", length), dtype=np.uint8)[None]
    checked = _same(head.tobytes() + _checksums(head).tobytes(), count)
    return np.hstack([checked, events, _bytes_of(_checksums(events), 4)])


def _checksums(rows: Bytes) -> Words:
    """The masked CRC-32C of each row."""
    crc: Words = np.full(len(rows), 0xFFFFFFFF, dtype=np.uint32)
    for column in rows.T:
        crc = _TABLE[(crc ^ column) & _LOW] ^ (crc >> _EIGHT)
    crc = crc ^ np.uint32(0xFFFFFFFF)
    masked: Words = ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + np.uint32(_ADDED)
    return masked.astype("<u4")


def _same(content: bytes, count: int) -> Bytes:
    return np.broadcast_to(np.frombuffer(content, dtype=np.uint8), (count, len(content)))


def _bytes_of(column: "npt.NDArray[np.generic]", size: int) -> Bytes:
    return np.ascontiguousarray(column).view(np.uint8).reshape(len(column), size)


def _varint(value: int) -> bytes:
    """A small whole number, seven bits a byte, the lowest first."""
    content = bytearray()
    while value > 0x7F:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*content, value])


def _varint_sizes(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    limits = np.array([1 << 7 * size for size in range(1, 10)], dtype=np.uint64)
    return np.searchsorted(limits, values, side="right") + 1


def _varints(values: npt.NDArray[np.uint64], size: int) -> Bytes:
    """The numbers as varints of that size, which is the size of each of them."""
    shifts = np.arange(0, 7 * size, 7, dtype=np.uint64)
    parts: Bytes = ((values[:, None] >> shifts) & np.uint64(0x7F)).astype(np.uint8)
    parts[:, :-1] |= 0x80
    return parts


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_TABLE: Words = np.array([_crc_of_byte(byte) for byte in range(256)], dtype=np.uint32)
"""Castagnoli's polynomial."""
