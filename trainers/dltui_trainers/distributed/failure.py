"""What a process of a training leaves behind when it fails, so that the log can tell it: the first one counts.

The others fail as well, but only because the first is gone.
"""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

NOTE = ".failed.json"
"""In the run's folder, until the log has its last record."""


class PeerLostError(Exception):
    """Another process of the training is gone: torchrun begins all of them again."""


class Failure(msgspec.Struct, frozen=True):
    """A sentence for the log, and the exit code that goes with it."""

    sentence: str
    code: int


def leave_note(folder: Path, failure: Failure) -> None:
    """Leave the failure, unless another process was first; a full disk takes it."""
    with suppress(OSError):
        fd = os.open(folder / NOTE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(msgspec.json.encode(failure))


def read_note(folder: Path) -> Failure | None:
    """Return what the process left that failed first; None if none did."""
    try:
        return msgspec.json.decode((folder / NOTE).read_bytes(), type=Failure)
    except (OSError, msgspec.DecodeError):
        return None


def remove_note(folder: Path) -> None:
    """The log tells it now."""
    with suppress(OSError):
        (folder / NOTE).unlink(missing_ok=True)
