"""The checksums of event files, one at a time and many at once."""

import random
import struct

import pytest
from eventlogs import checksum

from dltui.formats.tensorboard.crc import effect, masked_crc32c, masked_crc32c_of, unmasked


def test_the_checksum_is_castagnolis() -> None:
    published = 0xE3069283
    assert unmasked(masked_crc32c(b"123456789")) == published
    assert masked_crc32c(b"123456789") == struct.unpack("<I", checksum(b"123456789"))[0]


def test_many_at_once_are_those_of_each() -> None:
    chance = random.Random(1)
    records = [chance.randbytes(length) for length in (*range(70), 127, 128, 129, 1000, 1024, 5000)]
    chance.shuffle(records)
    assert masked_crc32c_of(records).tolist() == [masked_crc32c(record) for record in records]
    assert masked_crc32c_of([]).tolist() == []


@pytest.mark.parametrize("following", [0, 1, 7, 8, 9, 63, 1023, 5000])
def test_what_a_byte_does_depends_on_how_many_follow(following: int) -> None:
    without, with_it = bytes(following + 1), b"\x5a" + bytes(following)
    difference = unmasked(masked_crc32c(without)) ^ unmasked(masked_crc32c(with_it))
    assert effect(following)[0x5A] == difference
