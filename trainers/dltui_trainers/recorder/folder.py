"""The folder of a script's run: a new one with the name that the script gives, or that of ``dltui run``."""

import os
import re
import secrets
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

import msgspec

from dltui_trainers.recorder.warn import Warner

RUN_DIR = "DLTUI_RUN_DIR"
"""Set by ``dltui run``: the folder that the first run of the command is to take over."""
RUNS = "DLTUI_RUNS"
CLAIM = "recorder.json"
NAME_LENGTH = 90
"""A folder's name has 100 letters at most, a number at its end included."""
_FOREIGN = re.compile(r"[^\w.+-]+")


def adopt() -> Path | None:
    """Claim the folder that a supervisor has made for this command; None where there is none, or it is taken."""
    told = os.environ.get(RUN_DIR)
    if not told:
        return None
    folder = Path(told).absolute()
    try:
        fd = os.open(folder / CLAIM, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    with suppress(OSError):  # the file is the claim, its content only tells a person whose
        os.write(fd, msgspec.json.encode({"pid": os.getpid()}) + b"\n")
    os.close(fd)
    return folder


def make(runs: str | os.PathLike[str] | None, name: str) -> Path:
    """Make a new folder: ``name``, or the next ``name-2``, ``name-3`` that is free. Raises ``OSError``."""
    root = Path(runs or os.environ.get(RUNS) or "runs").expanduser().absolute()
    root.mkdir(parents=True, exist_ok=True)
    for ending in chain(("",), (f"-{number}" for number in count(2))):
        with suppress(FileExistsError):
            folder = root / f"{name}{ending}"
            folder.mkdir(mode=0o700)
            return folder
    raise AssertionError  # there is always a next number


def clean(name: object, warner: Warner) -> str:
    """Return ``name`` as a folder can be called."""
    wanted = str(name)
    cleaned = _FOREIGN.sub("-", wanted).strip("-.+")[:NAME_LENGTH] or f"run-{secrets.token_hex(2)}"
    if cleaned != wanted:
        warner.once("name", f"'{wanted[:NAME_LENGTH]}' cannot be a run's name; the run is called '{cleaned}'.")
    return cleaned
