"""A guide's folder: its state in one file, a lock for who works on it, and a run's folder for each trial.

The state is written whole after each change, so a kill at any moment leaves a guide that can be gone on with.
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from dltui.errors import GuideError, RunsFolderError, UsageError
from dltui.guide.options import Options
from dltui.guide.state import FORMAT, Guide, GuideStatus
from dltui.runs.find import short_name
from dltui.runs.launch import check_name, existing_parent
from dltui.text import safe_text
from dltui_trainers.atomic import write_whole
from dltui_trainers.taskfile.names import folder_stem

STATE, LOCK, ENGINE_LOG, LOOKED = "guide.json", "guide.lock", "engine.log", "looked.json"
FREE_BYTES = 16 << 20
"""Less room than this on the disk and a guide is not begun: its trials keep checkpoints."""
LOCK_TRIES, LOCK_PAUSE_S = 20, 0.01
_LIMIT = 64 * 2**20
_decoder = msgspec.json.Decoder(Guide)


def make_folder(root: Path, task: str, name: str | None = None) -> Path:
    """Make the folder of a new guide and return it.

    Raises :class:`UsageError` for the name, and :class:`RunsFolderError`.
    """
    if name is not None:
        check_name(name)
    name = name or f"{folder_stem(task)}-guide-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    try:
        if shutil.disk_usage(existing_parent(root)).free < FREE_BYTES:
            raise RunsFolderError(f"The disk of {root} is full; free some space or choose another place with --runs.")
        root.mkdir(parents=True, exist_ok=True)
        (root / name).mkdir(mode=0o700)
    except FileExistsError as error:
        if (root / name).exists():
            raise UsageError(f"There is already a '{short_name(name)}' in {root}; choose another --name.") from error
        raise RunsFolderError(f"{root} is not a folder; choose another place with --runs.") from error
    except OSError as error:
        raise RunsFolderError(
            f"Cannot write to {root}: {error.strerror}. Choose another place with --runs or $DLTUI_RUNS."
        ) from error
    return root / name


def write_guide(folder: Path, guide: Guide) -> None:
    """Write the state. Raises :class:`GuideError`, also for one that could not be read again."""
    content = msgspec.json.encode(guide)
    try:
        _decoder.decode(content)  # a number that is none would leave a guide that nobody can go on with
        write_whole(folder / STATE, msgspec.json.format(content, indent=1) + b"\n")
    except msgspec.DecodeError as error:
        raise GuideError(f"The guide's state cannot be kept, which is a fault of dltui: {error}.") from error
    except OSError as error:
        raise GuideError(
            f"The guide's state cannot be written to {folder}: {error.strerror}. What was done until now is kept; mend"
            " that and start it again."
        ) from error


def read_guide(folder: Path) -> Guide:
    """Return the state of the guide in ``folder``. Raises :class:`GuideError` where there is none that can be read."""
    path = folder / STATE
    try:
        with path.open("rb") as file:
            guide = _decoder.decode(file.read(_LIMIT))
    except FileNotFoundError:
        raise GuideError(f"'{short_name(folder.name)}' is no guide: it has no {STATE}.") from None
    except OSError as error:
        raise GuideError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise GuideError(f"{path} is not the state of a guide: {safe_text(str(error))}.") from None
    if guide.format != FORMAT:
        raise GuideError(f"{path} has the format {guide.format}, and this dltui reads {FORMAT}.")
    return guide


def is_guide(folder: Path) -> bool:
    """Return whether it is the folder of a guide; what may not be looked at is none."""
    try:
        return (folder / STATE).is_file()
    except (OSError, ValueError):
        return False


def find_guide(root: Path, name: str) -> Path:
    """Return the folder of the guide called ``name`` in ``root``, or at that path. Raises :class:`GuideError`."""
    for folder in (root / name, Path(name).expanduser()):
        if is_guide(folder):
            return folder
    raise GuideError(f"'{short_name(name)}' is no guide in {root}; 'dltui guide TASK' begins one.")


def guides_in(root: Path) -> Iterator[tuple[Path, Guide]]:
    """Return the guides in ``root`` that can be read, the newest first."""
    try:
        folders = [each for each in root.iterdir() if is_guide(each)]
    except OSError:
        return
    found = []
    for folder in folders:
        try:
            found.append((folder, read_guide(folder)))
        except GuideError:
            continue
    yield from sorted(found, key=lambda each: each[1].began, reverse=True)


def is_at_work(folder: Path) -> bool:
    """Return whether a process works on the guide in ``folder``."""
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(lock)
    return False


def take_lock(folder: Path) -> int:
    """Take the guide for this process, until the descriptor that is returned is closed, or the process ends.

    Raises :class:`GuideError` where another one has it.
    """
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise GuideError(f"Cannot write to {folder}: {error.strerror}.") from error
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # perhaps somebody who only asks whether it is held
            time.sleep(LOCK_PAUSE_S)
        except OSError:
            return lock  # a file system without locks
        else:
            return lock
    os.close(lock)
    raise GuideError(f"Another process works on {short_name(folder.name)} already.")


def unfinished(root: Path, task: str, options: Options) -> Path | None:
    """Return the newest guide of ``task`` in ``root`` that was asked for alike and has not ended; None without one."""
    for folder, guide in guides_in(root):
        if guide.task == task and guide.options == options and guide.status is not GuideStatus.FINISHED:
            return folder
    return None
