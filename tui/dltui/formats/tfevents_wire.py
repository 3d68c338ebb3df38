"""The bytes of TensorBoard's event files: records with checksums, and in each an ``Event`` in protobuf's encoding.

Only the fields that a scalar needs are decoded (event.proto, summary.proto, tensor.proto of TensorFlow); images,
histograms and graphs are stepped over. Nothing here needs TensorFlow, TensorBoard or protobuf.
"""

import os
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO, NamedTuple

LONGEST_RECORD = 64 << 20
"""Longer records (graphs, videos) hold no scalars and are not even read."""
LONGEST_CHECKED = 1 << 10
"""The checksum of a longer record is not computed: nearly every scalar is in one of 50 bytes, the many long ones are
histograms and images, and Python takes 70 ns a byte."""
SCALARS = "scalars"
"""The plugin of TensorBoard that a tensor is for if it is one number of a curve."""

_HEAD = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_DOUBLE, _FLOAT, _HALF = struct.Struct("<d"), struct.Struct("<f"), struct.Struct("<e")

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_EVENT_TIME, _EVENT_STEP, _EVENT_SUMMARY = 1 << 3 | _EIGHT_BYTES, 2 << 3 | _VARINT, 5 << 3 | _LENGTH
_SUMMARY_VALUE = 1 << 3 | _LENGTH
_VALUE_TAG, _VALUE_SIMPLE = 1 << 3 | _LENGTH, 2 << 3 | _FOUR_BYTES
_VALUE_TENSOR, _VALUE_METADATA = 8 << 3 | _LENGTH, 9 << 3 | _LENGTH
_METADATA_PLUGIN, _PLUGIN_NAME = 1 << 3 | _LENGTH, 1 << 3 | _LENGTH
_TENSOR_DTYPE = 1 << 3 | _VARINT
_TENSOR_BYTES = frozenset(
    {4 << 3 | _LENGTH, 5 << 3 | _LENGTH, 5 << 3 | _FOUR_BYTES, 6 << 3 | _LENGTH, 6 << 3 | _EIGHT_BYTES}
)
"""``tensor_content``, and ``float_val`` and ``double_val``, packed or not: all of them little-endian numbers."""
_TENSOR_HALVES, _TENSOR_HALF = 13 << 3 | _LENGTH, 13 << 3 | _VARINT
_DT_FLOAT, _DT_DOUBLE, _DT_BFLOAT16, _DT_HALF = 1, 2, 14, 19
_DTYPES = {_DT_FLOAT: _FLOAT, _DT_DOUBLE: _DOUBLE, _DT_HALF: _HALF}


class Torn(Exception):
    """From here on the file is no sequence of records: it was cut off, or is damaged."""


class Damaged(Exception):
    """A record is not what was written; the next one may be."""


class Event(NamedTuple):
    """The scalars that were written at one moment, by their tags. ``time`` is in Unix seconds."""

    time: float
    step: int
    values: list[tuple[str, float]]


def begins_with_record(head: bytes) -> bool:
    """Whether the first bytes of a file are the length of a record and its checksum; chance is one in 2**32."""
    return len(head) >= _HEAD.size and _length(head[: _HEAD.size]) is not None


def records(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Return each record of a file with the checksum that it should have. Raises Torn where they end too early."""
    left = os.fstat(file.fileno()).st_size
    while head := file.read(_HEAD.size):
        length = _length(head) if len(head) == _HEAD.size else None
        left -= _HEAD.size
        if length is None or length + _CHECKSUM.size > left:
            raise Torn
        left -= length + _CHECKSUM.size
        if length > LONGEST_RECORD:
            file.seek(length + _CHECKSUM.size, os.SEEK_CUR)
            continue
        record = file.read(length + _CHECKSUM.size)
        if len(record) < length + _CHECKSUM.size:
            raise Torn
        yield record[:length], _CHECKSUM.unpack_from(record, length)[0]


def event_in(record: bytes, checksum: int, plugins: dict[str, str]) -> Event:
    """Return the scalars of a record. ``plugins``: which one each tag is for, kept from record to record.

    A writer may say it with the first value of a tag only. Raises Damaged.
    """
    if len(record) <= LONGEST_CHECKED and masked_crc32c(record) != checksum:
        raise Damaged
    time, step, summary = 0.0, 0, b""
    for key, number, content in _fields(record):
        if key == _EVENT_TIME:
            time = _DOUBLE.unpack(content)[0]
        elif key == _EVENT_STEP:
            step = number - (1 << 64) if number >> 63 else number
        elif key == _EVENT_SUMMARY:
            summary += content
    values = [_named_value(content, plugins) for key, _, content in _fields(summary) if key == _SUMMARY_VALUE]
    return Event(time, step, [value for value in values if value is not None])


def masked_crc32c(data: bytes) -> int:
    """Return the checksum (Castagnoli's polynomial) of ``data`` as these files store it."""
    crc = 0xFFFFFFFF
    table = _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_TABLE = tuple(_crc_of_byte(byte) for byte in range(256))


@lru_cache(maxsize=4096)
def _length(head: bytes) -> int | None:
    """The length of the record that begins so, None if the checksum is another. Few lengths come again and again."""
    length: int
    length, checksum = _HEAD.unpack(head)
    return length if masked_crc32c(head[:8]) == checksum else None


def _named_value(data: bytes, plugins: dict[str, str]) -> tuple[str, float] | None:
    """The tag and the number of a value, None if it is none or has no tag."""
    tag, number, tensor = "", None, None
    for key, _, content in _fields(data):
        if key == _VALUE_TAG:
            tag = content.decode("utf-8", errors="replace")
        elif key == _VALUE_SIMPLE:
            number = _FLOAT.unpack(content)[0]
        elif key == _VALUE_TENSOR:
            tensor = content
        elif key == _VALUE_METADATA and tag not in plugins:  # a tag stands before its metadata in every writer
            plugins[tag] = _plugin(content)
    if number is None and tensor is not None and plugins.get(tag, "") in ("", SCALARS):
        number = _one_number(tensor)
    return None if number is None or not tag else (tag, number)


def _plugin(metadata: bytes) -> str:
    names = [
        name
        for key, _, plugin in _fields(metadata)
        if key == _METADATA_PLUGIN
        for inner, _, name in _fields(plugin)
        if inner == _PLUGIN_NAME
    ]
    return names[-1].decode("utf-8", errors="replace") if names else ""


def _one_number(tensor: bytes) -> float | None:
    """The number that a tensor is, None if it is several or of a type that no loss has."""
    dtype, numbers = 0, b""
    for key, number, content in _fields(tensor):
        if key == _TENSOR_DTYPE:
            dtype = number
        elif key in _TENSOR_BYTES:
            numbers += content
        elif key == _TENSOR_HALF or (key == _TENSOR_HALVES and content):  # 16 bits as a whole number
            bits = number if key == _TENSOR_HALF else _varint(content, 0)[0]
            numbers += (bits & 0xFFFF).to_bytes(2, "little")
    if dtype == _DT_BFLOAT16:  # the upper half of a float
        dtype, numbers = _DT_FLOAT, b"\0\0" + numbers
    form = _DTYPES.get(dtype)
    if form is None or len(numbers) != form.size:
        return None
    value: float = form.unpack(numbers)[0]
    return value


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Each field of a message: its key (number and wire type), and its whole number or else its bytes."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        wire = key & 7
        if wire == _VARINT:
            number, at = _varint(message, at)
            yield key, number, b""
            continue
        if wire == _LENGTH:
            size, at = _varint(message, at)
        elif wire in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if wire == _EIGHT_BYTES else 4
        else:  # groups, which protobuf gave up, and what never was
            raise Damaged
        if size > end - at:
            raise Damaged
        yield key, 0, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The whole number that begins at ``at``, seven bits a byte, and where the next thing begins."""
    if at < len(message) and message[at] < 0x80:  # nearly always
        return message[at], at + 1
    number = 0
    for place, byte in enumerate(message[at : at + 10]):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, at + place + 1
    raise Damaged
