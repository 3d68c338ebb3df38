"""Where kept logs lie, and how many of them: one file a log, the one not used for longest goes first."""

import os
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

CACHE_VARIABLE = "DLTUI_CACHE"
"""The folder to use; set to nothing, no log is kept."""
LIMIT_BYTES = 2 << 30
"""All kept logs together. One of 1e7 steps takes 0.5 GB."""
SUFFIX = ".columns"
UNFINISHED = ".unfinished"
_ABANDONED_AFTER_S = 3600.0
"""An unfinished file this old was left behind by a program that was killed."""


def cache_folder() -> Path | None:
    """Return the folder of the kept logs, which need not exist; None if none are to be kept."""
    given = os.environ.get(CACHE_VARIABLE)
    if given is not None:
        return Path(given).expanduser() if given else None
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "dltui"
    except RuntimeError:  # nobody's home
        return None


def kept_file(log: Path, variant: str) -> Path | None:
    """Return the file for what was read of ``log``, read with the options that ``variant`` tells."""
    folder = cache_folder()
    if folder is None:
        return None
    key = f"{absolute(log)}\0{variant}".encode(errors="surrogateescape")
    return folder / f"{sha256(key).hexdigest()[:40]}{SUFFIX}"


def absolute(log: Path) -> str:
    """Return the name under which a log is known here."""
    return os.path.abspath(log)


def make_private(folder: Path) -> None:
    """Make the folder for its owner alone. Raises OSError if that cannot be, or if it is somebody else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else")


def mark_used(file: Path) -> None:
    """Note that a kept log was of use just now."""
    with suppress(OSError):
        os.utime(file)


def make_room(folder: Path, limit_bytes: int) -> None:
    """Remove kept logs, those not used for longest first, until all take at most ``limit_bytes``."""
    kept: list[tuple[float, int, Path]] = []
    for file in folder.iterdir():
        status = file.lstat()
        if file.suffix == SUFFIX:
            kept.append((status.st_mtime, status.st_size, file))
        elif file.suffix == UNFINISHED and time.time() - status.st_mtime > _ABANDONED_AFTER_S:
            file.unlink(missing_ok=True)
    total = sum(size for _, size, _ in kept)
    for _, size, file in sorted(kept):
        if total <= limit_bytes:
            return
        file.unlink(missing_ok=True)
        total -= size
