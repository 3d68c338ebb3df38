"""The bytes of a ``.wandb`` file: the records of LevelDB's log format, each cut into chunks with checksums.

What is in a record, ``wandb_records.py`` knows.
"""

import struct
import zlib

MAGIC = b":W&B"
HEADER_BYTES = 7
"""The mark, two bytes that never change, and the version, which is 0."""
BLOCK_BYTES = 32 << 10
LONGEST_RECORD = 64 << 20
"""A longer record is no row of numbers, and is not kept."""

_CHUNK = struct.Struct("<IHB")
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_CHECKSUM_OF_TYPE = tuple(zlib.crc32(bytes((each,))) for each in range(5))


class RecordReader:
    """Puts the records of a file together as its bytes come. ``skipped``: the damaged places.

    A damaged chunk is stepped over. If the next one is damaged as well its length cannot be trusted either, and the
    reading goes on at the next block of 32 KiB, where a chunk always begins.
    """

    def __init__(self) -> None:
        self.skipped = 0
        self._data = b""
        self._position = 0
        self._parts: list[bytes] | None = None
        self._parts_bytes = 0
        self._to_next_block = False
        self._last_was_damaged = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the records that end in ``data``, the next bytes of the file, whose header is its first bytes."""
        self._data += data
        records: list[bytes] = []
        at = max(HEADER_BYTES - self._position, 0)
        while (chunk := self._next_chunk(at)) is not None:
            at, body = chunk
            record = None if body is None else self._put_together(*body)
            if record is not None:
                records.append(record)
        at = min(at, len(self._data))
        self._data = self._data[at:]
        self._position += at
        return records

    def finish(self) -> None:
        """Count what was cut off: no more will come."""
        self.skipped += self._parts is not None or bool(self._data.strip(b"\0"))

    def _next_chunk(self, at: int) -> tuple[int, tuple[int, bytes] | None] | None:
        """Where the next chunk ends, and its type and bytes unless it has none; None as long as it is not whole."""
        left = BLOCK_BYTES - (self._position + at) % BLOCK_BYTES
        here = len(self._data) - at
        if self._to_next_block or left < _CHUNK.size:
            if here < left:
                return None
            self._to_next_block = False
            return at + left, None
        if here < _CHUNK.size:
            return None
        checksum, length, type_ = _CHUNK.unpack_from(self._data, at)
        if length > left - _CHUNK.size or not _FULL <= type_ <= _LAST:
            if checksum or length or type_:  # zeros fill what was never written
                self._lose()
            self._to_next_block = True
            return at, None
        begin, end = at + _CHUNK.size, at + _CHUNK.size + length
        if end > len(self._data):
            return None
        chunk = self._data[begin:end]
        if zlib.crc32(chunk, _CHECKSUM_OF_TYPE[type_]) == checksum:
            self._last_was_damaged = False
            return end, (type_, chunk)
        self._to_next_block = self._last_was_damaged
        self._lose()
        return end, None

    def _put_together(self, type_: int, chunk: bytes) -> bytes | None:
        """Return the record that ends with this chunk, None if none does."""
        if type_ in (_FULL, _FIRST):
            self.skipped += self._parts is not None  # the writer was killed inside a record, and another went on
            self._parts = None if type_ == _FULL else [chunk]
            self._parts_bytes = len(chunk)
            return chunk if type_ == _FULL else None
        if self._parts is None:  # its beginning was damaged
            return None
        self._parts.append(chunk)
        self._parts_bytes += _CHUNK.size + len(chunk)  # an empty one takes its place, too
        if self._parts_bytes > LONGEST_RECORD:
            self._lose()
            return None
        if type_ == _MIDDLE:
            return None
        record = b"".join(self._parts)
        self._parts = None
        return record

    def _lose(self) -> None:
        self.skipped += not self._last_was_damaged
        self._last_was_damaged = True
        self._parts = None
