"""The file that a person names as the data: where it is, whether it can be read, and when it is another one."""

import os
import stat
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from dltui_trainers.errors import DataError

MOST_NAMES = 10_000
"""A folder's first so many names are looked at for the closest one."""


class Stamp(NamedTuple):
    """A file as it was looked at: what was read of it holds for as long as this stays the same."""

    path: Path
    size: int
    modified_ns: int


def stamp_of(data: str, what: str) -> Stamp:
    """Return the stamp of the file ``data``, its path absolute; ``what`` it should be, for a person: ``a text file``.

    Raises :class:`DataError` where there is none, and for a folder or a device.
    """
    try:
        path = Path(os.path.abspath(Path(data).expanduser()))
        found = path.stat()
    except FileNotFoundError:
        raise DataError(_not_found(path)) from None
    except (OSError, RuntimeError, ValueError) as error:  # not allowed; ~nobody; a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"data = {shown(data)} cannot be read: {reason}; name {what}.") from None
    if stat.S_ISDIR(found.st_mode):
        raise DataError(f"data = {shown(path)} is a folder; name {what} in it.")
    if not stat.S_ISREG(found.st_mode):
        raise DataError(f"data = {shown(path)} is a device or a pipe, which can be read once at most; name {what}.")
    return Stamp(path=path, size=found.st_size, modified_ns=found.st_mtime_ns)


def unreadable(path: Path, error: OSError) -> DataError:
    """Return the refusal of a file that could not be opened or read."""
    return DataError(f"{shown(path)} cannot be read: {error.strerror or error}.")


def shown(text: str | Path) -> str:
    """Return ``text`` for a sentence: what could steer a terminal is escaped (a path may come from a foreign run)."""
    text = str(text)
    return text if text.isprintable() else ascii(text)


def _not_found(path: Path) -> str:
    if not path.parent.is_dir():
        return f"data = {shown(path)} is not there: {shown(path.parent)} is no folder."
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry, _ in zip(entries, range(MOST_NAMES), strict=False)]
    except OSError:
        names = []
    close = get_close_matches(path.name, names, n=1, cutoff=0.5)
    hint = f" Did you mean '{shown(close[0])}'?" if close else f" {shown(path.parent)} has nothing of a similar name."
    return f"data = {shown(path)} is not there.{hint}"
