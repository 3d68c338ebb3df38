"""Saves what a person asked for to a file of theirs: whole or not at all, and over nothing that they may still want."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dltui.errors import OutputError, UsageError
from dltui.text import safe_text


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raise :class:`UsageError` if there is something at ``path`` that would be lost."""
    if os.path.isdir(path):  # which, unlike Path.is_dir, takes a name that is too long
        raise UsageError(f"{shown(path)} is a folder; name a file.")
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe, /dev/null: nothing to be replaced by a file
        raise UsageError(f"{shown(path)} is no regular file; - is standard output.")
    if not force and os.path.lexists(path):
        raise UsageError(f"{shown(path)} is there already; --force replaces it.")


def save(path: Path, pieces: Iterable[bytes], *, force: bool) -> None:
    """Write ``pieces`` to a file that appears when all of them are in it.

    Raises :class:`UsageError` if it is there already and ``force`` is not given, :class:`OutputError` if it cannot be
    written; nothing is left behind then.
    """
    refuse_existing(path, force=force)
    # a link is followed, so that it goes on pointing where it did
    target = path.resolve() if os.path.islink(path) else path
    temporary = target.with_name(f".{target.name[:100]}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        os.replace(temporary, target)
    except OSError as error:
        raise OutputError(f"{shown(path)} cannot be written: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def shown(path: Path) -> str:
    """Return the path as it may stand in a message."""
    return f"'{safe_text(str(path))}'"
