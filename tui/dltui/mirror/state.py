"""How far a mirror has come: kept in the run's folder, so that one that was killed goes on where it was."""

import fcntl
import os
from pathlib import Path

import msgspec

from dltui.errors import MirrorError
from dltui.mirror.wanted import Wanted
from dltui_trainers.atomic import write_whole


class Progress(msgspec.Struct, kw_only=True):
    """``offset``: bytes of the log that are mirrored, and whether the mirror ``ended`` there. ``id``: what it calls the
    run."""

    offset: int = 0
    ended: bool = False
    id: str = ""


def state_file(folder: Path, wanted: Wanted) -> Path:
    """Return the file in which the progress of that mirror stands."""
    return folder / f"mirror-{wanted.kind}.json"


def output_file(folder: Path, wanted: Wanted) -> Path:
    """Return the file to which that mirror prints."""
    return folder / f"mirror-{wanted.kind}.log"


def read_progress(path: Path) -> Progress:
    """Return how far it has come; from the beginning where nothing, or nonsense, tells it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Progress)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Progress()


def write_progress(path: Path, progress: Progress) -> None:
    """Keep how far it has come. Raises ``OSError``."""
    write_whole(path, msgspec.json.encode(progress))


def take_lock(folder: Path, wanted: Wanted) -> int:
    """Take the one place that there is for such a mirror of that run. Raises :class:`MirrorError` if it is taken."""
    path = output_file(folder, wanted)
    try:
        lock = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise MirrorError(f"{folder} cannot be mirrored: {path.name} cannot be written ({error.strerror}).") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise MirrorError(f"{folder.name} is mirrored to {wanted.kind} already.") from error
    return lock
