"""Appends whole lines to a file that several processes read, and reads what is new in one."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from dltui.search.engines.ray.records import RayRecord, ray_decoder, to_line


def append(path: Path, record: RayRecord) -> None:
    """Append a record, on a line of its own also after one that a kill has torn. Raises ``OSError``."""
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(fd).st_size
        is_torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        line = b"\n" * is_torn + to_line(record)
        if os.write(fd, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(fd)


class Tail:
    """The records of a file as they come. A line without its end is waited for, one that is no record is left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> Iterator[RayRecord]:
        """Yield the records that are new since the last call; none where the file cannot be read, or is not there."""
        for line in self._new_lines():
            try:
                yield ray_decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue

    def _new_lines(self) -> list[bytes]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                found = file.read()
        except OSError:
            return []
        whole = found[: found.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole.splitlines()
