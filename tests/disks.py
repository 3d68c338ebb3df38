"""A disk that is full after so many bytes."""

import errno
import os

real_write = os.write
STDOUT, STDERR = 1, 2


class Disk:
    """Takes ``room`` bytes, then refuses with ``error``. What is printed is not its business."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.error = errno.ENOSPC

    def write(self, fd: int, content: bytes | bytearray) -> int:
        """What stands in the place of ``os.write``."""
        if fd in (STDOUT, STDERR):
            return len(content)
        if not self.room:
            raise OSError(self.error, os.strerror(self.error))
        written = real_write(fd, bytes(content[: self.room]))
        self.room -= written
        return written
