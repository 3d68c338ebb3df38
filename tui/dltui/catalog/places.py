"""Where a list of runs looks: our runs' folder, whatever lies beneath a folder, files and globs that were named."""

import os
from dataclasses import dataclass
from pathlib import Path

_SIGNS = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """``runs``: the folder of our runs, None to list none. ``beneath``: folders that are walked through. ``logs``:
    files and folders that were named one by one, logs whatever is in them. ``globs``: what matches, now or later.
    ``told``: a person said how the logs are to be read, so what matches a glob is one, too, whatever is in it.
    """

    runs: Path | None = None
    beneath: tuple[Path, ...] = ()
    logs: tuple[Path, ...] = ()
    globs: tuple[str, ...] = ()
    told: bool = False

    def __str__(self) -> str:
        folders = (each for each in self.beneath if each != self.runs)
        named = (self.runs, *folders, *self.logs, *self.globs)
        words = [_shown(each) for each in named if each is not None]
        return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), *words[-1:]])


def _shown(place: Path | str) -> str:
    """A path from the current folder, where it lies beneath it."""
    path = os.path.relpath(place)
    return "this folder" if path == os.curdir else str(place) if path.startswith(os.pardir) else path


def is_glob(word: str) -> bool:
    """Return whether a word is a pattern of names."""
    return bool(_SIGNS.intersection(word))
