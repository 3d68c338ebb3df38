"""Opens what lies in a run's folder, whatever somebody has put there."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read its bytes. Raises OSError also for what is no regular file: a pipe would block for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(
            errno.EINVAL, "it is a pipe or a device, not a regular file; write its output to one first", str(path)
        )
    return os.fdopen(descriptor, "rb")
