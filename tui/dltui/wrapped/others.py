"""Processes that are not of the command: what they have open is no log of its, and a training may write beside it."""

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_LIBRARIES = (b"libtorch", b"libtensorflow", b"jaxlib", b"libpaddle", b"libmxnet")
"""What a training has in its memory, and a notebook server or an editor has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """``files``: what other processes have open; ``trains_beside``: one in the same folders is a training."""

    files: frozenset[Path] = field(default_factory=frozenset)
    trains_beside: bool = False


def look_at_others(ours: Collection[int], folders: Iterable[Path]) -> Others:
    """Return what is to be seen of the processes that are not ``ours``; those of other people show nothing."""
    files: set[Path] = set()
    places = tuple(folders)
    beside = False
    for process in psutil.process_iter():
        if process.pid in ours or process.pid == os.getpid():
            continue
        with suppress(psutil.Error, OSError):
            files.update(Path(each.path) for each in process.open_files())
            beside = beside or (_is_beneath(Path(process.cwd()), places) and _has_libraries(process.pid))
    return Others(files=frozenset(files), trains_beside=beside)


def _is_beneath(folder: Path, places: tuple[Path, ...]) -> bool:
    return any(folder.is_relative_to(each) for each in places)


def _has_libraries(pid: int) -> bool:
    try:
        maps = Path(f"/proc/{pid}/maps").read_bytes()
    except OSError:
        return False
    return any(each in maps for each in _LIBRARIES)
