"""One record of an event file: an ``Event`` in protobuf's encoding, its scalars, and where in its bytes they stand.

Only what a scalar needs is decoded (event.proto, summary.proto, tensor.proto of TensorFlow), and what the hparams
plugin tells; images, histograms and graphs are stepped over. Nothing here needs TensorFlow, TensorBoard or protobuf.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from dltui.formats.reading.protobuf import EIGHT_BYTES, FOUR_BYTES, LENGTH, VARINT, Damaged, key, signed, text, varint

HPARAMS = "hparams"
"""The plugin that settings are for."""

_DOUBLE, _FLOAT, _HALF = struct.Struct("<d"), struct.Struct("<f"), struct.Struct("<e")
_INT32, _INT64 = struct.Struct("<i"), struct.Struct("<q")

_EVENT_TIME, _EVENT_STEP, _EVENT_SUMMARY = key(1, EIGHT_BYTES), key(2, VARINT), key(5, LENGTH)
_SUMMARY_VALUE = key(1, LENGTH)
_VALUE_TAG, _VALUE_SIMPLE = key(1, LENGTH), key(2, FOUR_BYTES)
_VALUE_TENSOR, _VALUE_METADATA = key(8, LENGTH), key(9, LENGTH)
_METADATA_PLUGIN, _PLUGIN_NAME, _PLUGIN_CONTENT = key(1, LENGTH), key(1, LENGTH), key(2, LENGTH)
_TENSOR_DTYPE = key(1, VARINT)
_TENSOR_BYTES = frozenset({key(4, LENGTH), key(5, LENGTH), key(5, FOUR_BYTES), key(6, LENGTH), key(6, EIGHT_BYTES)})
"""``tensor_content``, and ``float_val`` and ``double_val``, packed or not: all of them little-endian numbers."""
_TENSOR_WHOLE = frozenset({key(number, wire) for number in (7, 10, 13) for wire in (VARINT, LENGTH)})
"""``int_val``, ``int64_val`` and ``half_val``, packed or not: whole numbers; that of a half is its 16 bits."""
_DT_FLOAT, _DT_DOUBLE, _DT_INT32, _DT_INT64, _DT_BFLOAT16, _DT_HALF = 1, 2, 3, 9, 14, 19
_DTYPES = {_DT_FLOAT: _FLOAT, _DT_DOUBLE: _DOUBLE, _DT_HALF: _HALF, _DT_INT32: _INT32, _DT_INT64: _INT64}
_WHOLE_BYTES = {_DT_BFLOAT16: 2, _DT_HALF: 2, _DT_INT32: 4, _DT_INT64: 8}
_NUMPY = {_DT_FLOAT: "<f4", _DT_DOUBLE: "<f8", _DT_HALF: "<f2", _DT_INT32: "<i4", _DT_INT64: "<i8"}


class Place(NamedTuple):
    """Where in a record a number stands, as numpy's type. The type is empty if its bytes are not simply the number."""

    at: int
    dtype: str


NOWHERE = Place(0, "")


class Value(NamedTuple):
    """One scalar of an event. ``is_tensor``: it counts only if its tag's plugin is for scalars, or none is named."""

    tag: str
    number: float
    is_tensor: bool
    place: Place


class Event(NamedTuple):
    """What was written at one moment, in Unix seconds. The step's bytes are those from ``step_at`` up to ``step_end``.

    ``plugins``: which one a tag is for, where the event says it. ``settings``: what it says to the hparams plugin.
    """

    time: float
    step: int
    time_at: int
    step_at: int
    step_end: int
    values: list[Value]
    plugins: list[tuple[str, str]]
    settings: list[bytes]


def event_in(record: bytes) -> Event:
    """Return what is in a record. Raises Damaged if it is no event."""
    event = Event(0.0, 0, -1, -1, -1, [], [], [])
    for found, number, begin, end in _spans(record, 0, len(record)):
        if found == _EVENT_TIME:
            event = event._replace(time=_DOUBLE.unpack_from(record, begin)[0], time_at=begin)
        elif found == _EVENT_STEP:
            event = event._replace(step=signed(number), step_at=begin, step_end=end)
        elif found == _EVENT_SUMMARY:
            for inner, _, value_at, value_end in _spans(record, begin, end):
                if inner == _SUMMARY_VALUE:
                    _take_value(record, value_at, value_end, event)
    return event


def _take_value(record: bytes, begin: int, end: int, event: Event) -> None:
    tag, number, place, tensor = "", None, NOWHERE, None
    for found, _, at, until in _spans(record, begin, end):
        if found == _VALUE_TAG:
            tag = text(record[at:until])
        elif found == _VALUE_SIMPLE:
            number, place = _FLOAT.unpack_from(record, at)[0], Place(at, "<f4")
        elif found == _VALUE_TENSOR:
            tensor = (at, until)
        elif found == _VALUE_METADATA:  # a tag stands before its metadata in every writer
            _take_metadata(tag, record[at:until], event)
    is_tensor = number is None
    if number is None and tensor is not None:
        number, place = _one_number(record, *tensor)
    if number is not None and tag:
        event.values.append(Value(tag, number, is_tensor, place))


def _take_metadata(tag: str, metadata: bytes, event: Event) -> None:
    name, content = "", b""
    for found, _, begin, end in _spans(metadata, 0, len(metadata)):
        if found == _METADATA_PLUGIN:
            for inner, _, at, until in _spans(metadata, begin, end):
                if inner == _PLUGIN_NAME:
                    name = text(metadata[at:until])
                elif inner == _PLUGIN_CONTENT:
                    content = metadata[at:until]
    event.plugins.append((tag, name))
    if name == HPARAMS:
        event.settings.append(content)


def _one_number(record: bytes, begin: int, end: int) -> tuple[float | None, Place]:
    """The number that a tensor is and where it stands; None if it is several or of a type that no loss has."""
    dtype, numbers, whole, parts = 0, b"", [], []
    for found, number, at, until in _spans(record, begin, end):
        if found == _TENSOR_DTYPE:
            dtype = number
        elif found in _TENSOR_BYTES and until > at:
            numbers += record[at:until]
            parts.append(at)
        elif found in _TENSOR_WHOLE:
            whole += [number] if found & 7 == VARINT else _packed(record, at, until)
    if len(whole) == 1 and dtype in _WHOLE_BYTES:
        numbers += (whole[0] & (1 << 8 * _WHOLE_BYTES[dtype]) - 1).to_bytes(_WHOLE_BYTES[dtype], "little")
    elif whole:
        return None, NOWHERE
    place = Place(parts[0], _NUMPY.get(dtype, "")) if len(parts) == 1 and not whole else NOWHERE
    if dtype == _DT_BFLOAT16:  # the upper half of a float
        dtype, numbers = _DT_FLOAT, b"\0\0" + numbers
    form = _DTYPES.get(dtype)
    if form is None or form.size != len(numbers):
        return None, NOWHERE
    return float(form.unpack(numbers)[0]), place


def _packed(record: bytes, at: int, end: int) -> list[int]:
    """The first whole numbers that are written one after the other; two are enough to be several."""
    numbers: list[int] = []
    while at < end and len(numbers) < 2:
        number, at = varint(record, at)
        numbers.append(number)
    return numbers


def _spans(message: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Each field of the message that stands there: its key, its whole number, and from where to where its bytes go."""
    while at < end:
        found, at = varint(message, at)
        wire, begin, number = found & 7, at, 0
        if wire == VARINT:
            number, at = varint(message, at)
        elif wire == LENGTH:
            size, begin = varint(message, at)
            at = begin + size
        elif wire in (EIGHT_BYTES, FOUR_BYTES):
            at += 8 if wire == EIGHT_BYTES else 4
        else:  # groups, which protobuf gave up, and what never was
            raise Damaged
        if at > end:
            raise Damaged
        yield found, number, begin, at
