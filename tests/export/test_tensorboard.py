"""The bytes of event files.

TensorBoard's own reader was tried by hand, in an environment of its own, since it is no dependency of ours::

    python -m venv /tmp/tb && /tmp/tb/bin/pip install tensorboard
    dltui export samples/overfitting -o /tmp/tb/run
    /tmp/tb/bin/python -c "
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    events = EventAccumulator('/tmp/tb/run', size_guidance={'scalars': 0}); events.Reload()
    for tag in events.Tags()['scalars']: print(tag, len(events.Scalars(tag)), events.Scalars(tag)[-1])"

It prints eleven tags, ``loss/train`` with 230 values and ``loss/val`` with 81 among them, and no complaint.
"""

import struct

import numpy as np
import pytest

from dltui.export.records import scalar_records, version_record


def crc32c(data: bytes) -> int:
    """The checksum bit by bit, as its definition has it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def framed(event: bytes) -> bytes:
    """A record of TensorFlow's files, written by hand."""

    def masked(data: bytes) -> bytes:
        crc = crc32c(data)
        return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

    length = struct.pack("<Q", len(event))
    return length + masked(length) + event + masked(event)


def test_the_checksum_is_that_of_the_definition() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_a_file_begins_with_its_version() -> None:
    event = b"\x09" + struct.pack("<d", 5.5) + b"\x1a\x0dbrain.Event:2"
    assert version_record(5.5) == framed(event)


@pytest.mark.parametrize(
    ("step", "varint"),
    [
        (0, b"\x00"),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (300, b"\xac\x02"),
        (2**21, b"\x80\x80\x80\x01"),
        (-1, b"\xff" * 9 + b"\x01"),
    ],
)
def test_a_record_is_what_protobuf_would_write(step: int, varint: bytes) -> None:
    value = b"\x0a\x04loss\x15" + struct.pack("<f", 0.25)
    other = b"\x0a\x02lr\x15" + struct.pack("<f", 1e-3)
    summary = b"\x0a" + bytes([len(value)]) + value + b"\x0a" + bytes([len(other)]) + other
    event = b"\x09" + struct.pack("<d", 1.5) + b"\x10" + varint + b"\x2a" + bytes([len(summary)]) + summary
    columns = [np.array([0.25]), np.array([1e-3])]
    (record,) = scalar_records(np.array([1.5]), np.array([float(step)]), ["loss", "lr"], columns)
    assert record == framed(event)


def test_a_long_tag_and_many_rows_keep_their_order() -> None:
    steps = np.array([5.0, 1000.0, 5.0, 2.0**40, 7.0])
    tag = "a" * 300
    records = scalar_records(steps, steps, [tag], [steps])
    alone = [scalar_records(*(np.array([each]),) * 2, [tag], [np.array([each])])[0] for each in steps]
    assert records == alone and len({len(record) for record in records}) == 3


def test_what_four_bytes_do_not_hold_is_infinite() -> None:
    (record,) = scalar_records(np.zeros(1), np.zeros(1), ["x"], [np.array([1e300])])
    assert struct.pack("<f", np.inf) in record
