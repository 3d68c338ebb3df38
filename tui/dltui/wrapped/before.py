"""Files as they are when a command begins: what it goes on to write after that is its own.

Looked at before the command starts, which must not wait: so this is a short walk, and imports nothing large.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dltui.runs.files import open_regular

COMPARED_BYTES = 256
_ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".log", ".txt", ".out")
"""Of logs that do not tell the time of each row: only of these the size is needed."""
_NOT_ENTERED = frozenset({"node_modules", "__pycache__", "site-packages"})
_MOST_ENTRIES = 10_000
_MOST_S = 0.2


@dataclass(frozen=True, slots=True)
class Before:
    """A file as it was: its size, and its last bytes then."""

    size: int
    last: bytes


def as_it_is(path: Path) -> Before | None:
    """Return what a file is now; None for a folder, or what cannot be read."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - COMPARED_BYTES))
            return Before(size, file.read(COMPARED_BYTES))
    except OSError:
        return None


def files_beneath(folder: Path) -> dict[Path, Before]:
    """Return the files beneath the folder that may be logs, as far as a short walk gets."""
    found = {}
    for path in _candidates(folder):
        before = as_it_is(path)
        if before is not None and before.size:
            found[path] = before
    return found


def _candidates(folder: Path) -> Iterator[Path]:
    until_s, seen = time.monotonic() + _MOST_S, 0
    for place, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".") and each not in _NOT_ENTERED]
        seen += len(folders) + len(files)
        yield from (Path(place, each) for each in files if each.lower().endswith(_ENDINGS))
        if seen > _MOST_ENTRIES or time.monotonic() > until_s:
            return
