"""Writes event files as TensorBoard's writers do, byte by byte, and as they never would."""

import struct
from functools import cache
from pathlib import Path

FLOAT, DOUBLE, INT32, STRING, INT64, BFLOAT16, HALF = 1, 2, 3, 7, 9, 14, 19
"""Types of a tensor."""
FILE = "events.out.tfevents.{}.host.1.0"
VERSION = b"\x1a\x0dbrain.Event:2"


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def part(field: int, content: bytes | str) -> bytes:
    """A field that has a length."""
    data = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(data)) + data


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def checksum(data: bytes) -> bytes:
    """CRC-32C, masked."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _bit_by_bit((crc ^ byte) & 0xFF) ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


@cache
def _bit_by_bit(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + checksum(length) + data + checksum(data)


def event(step: int, *values: bytes, time: float = 100.0) -> bytes:
    """A record with an event."""
    return record(event_bytes(step, *values, time=time))


def event_bytes(step: int, *values: bytes, time: float = 100.0) -> bytes:
    """An event; step 0 is left out, as protobuf does."""
    summary = b"".join(part(1, value) for value in values)
    return b"\x09" + struct.pack("<d", time) + (number(2, step) if step else b"") + part(5, summary)


def simple(tag: str, value: float) -> bytes:
    return part(1, tag) + b"\x15" + struct.pack("<f", value)


def tensor(tag: str, content: bytes, plugin: str | None = "scalars") -> bytes:
    metadata = b"" if plugin is None else part(9, part(1, part(1, plugin)))
    return part(1, tag) + part(8, content) + metadata


def curve(tag: str, values: list[float], steps: range | None = None, since: float = 100.0) -> list[bytes]:
    steps = range(len(values)) if steps is None else steps
    return [
        event(step, simple(tag, value), time=since + 10 * at)
        for at, (step, value) in enumerate(zip(steps, values, strict=True))
    ]


def written(folder: Path, *records: bytes, made_at: int = 1700000000) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE.format(made_at)
    path.write_bytes(record(VERSION) + b"".join(records))
    return path
