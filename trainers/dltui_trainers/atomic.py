"""Writes a file whole or not at all, for its owner alone."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Replace ``path`` by ``content``: a reader, also after a crash, sees all of the old or of the new.

    Raises ``OSError``, and then leaves nothing behind.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        _write_synced(temporary, memoryview(content))
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write_synced(path: Path, rest: memoryview) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        while rest:
            rest = rest[os.write(fd, rest) :]
        # Without it a crash of the machine can leave the new name with no content.
        os.fsync(fd)
    finally:
        os.close(fd)
