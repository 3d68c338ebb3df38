"""One process of this machine, as far as its owner may look at it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

from dltui.errors import ProcessError
from dltui.text import safe_text

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process, and those that it started. ``began``: Unix seconds; ``folder``: where it works, None if hidden.

    ``output``: the files that it prints to; ``files``: those that it, or one beneath it, has open.
    """

    pid: int
    command: tuple[str, ...]
    user: str
    began: float
    folder: Path | None
    output: tuple[Path, ...]
    files: tuple[Path, ...]
    family: frozenset[int]
    """The process and all beneath it."""

    @property
    def told(self) -> str:
        """What it runs, in one line that may be shown: ``python train.py --lr 0.1``."""
        words = [os.path.basename(self.command[0]), *self.command[1:]] if self.command else ["?"]
        return safe_text(" ".join(words))


def read_process(pid: int) -> Process:
    """Return the process of that number. Raises :class:`ProcessError` if there is none, or it is somebody else's."""
    try:
        process = psutil.Process(pid)
        began, user = process.create_time(), _ask(process.username, "")
        family = [process, *_ask(lambda: process.children(recursive=True), [])]
        if process.status() == psutil.STATUS_ZOMBIE:
            raise ProcessError(f"The process {pid} has ended. Its logs are still there: name their folder.")
        folder = _folder(process)
        if folder is None and user not in ("", _ask(psutil.Process().username, "")):
            raise ProcessError(
                f"The process {pid} is of {user}, and does not let you see what it writes; name a log instead."
            )
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        raise ProcessError(f"There is no process {pid}; 'dltui doctor' lists those that train on a GPU.") from None
    return Process(
        pid=pid,
        command=tuple(_ask(process.cmdline, [])),
        user=user,
        began=began,
        folder=folder,
        output=tuple(_printed_to(pid)),
        files=tuple(dict.fromkeys(file for each in family for file in _files(each))),
        family=frozenset(each.pid for each in family),
    )


def _ask(question: Callable[[], Told], otherwise: Told) -> Told:
    """The answer, unless the process may not be asked or is gone by now."""
    try:
        return question()
    except (psutil.Error, OSError):
        return otherwise


def _folder(process: psutil.Process) -> Path | None:
    folder = _ask(process.cwd, "")
    return Path(folder) if folder else None


def _files(process: psutil.Process) -> list[Path]:
    found: list[Any] = _ask(process.open_files, [])
    return [Path(each.path) for each in found]


def _printed_to(pid: int) -> list[Path]:
    """The files behind its standard output and error; a terminal or a pipe is none."""
    found = []
    for number in (1, 2):
        try:
            path = Path(os.readlink(f"/proc/{pid}/fd/{number}"))
            if path.is_file() and path not in found:
                found.append(path)
        except OSError:
            continue
    return found
