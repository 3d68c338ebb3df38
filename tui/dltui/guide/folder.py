"""A guide's folder: its state in one file, a lock for who works on it, and a run's folder for each trial.

The state is written whole after each change, so a kill at any moment leaves a guide that can be gone on with.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from dltui.errors import GuideError
from dltui.guide.options import Options
from dltui.guide.state import FORMAT, Guide, GuideStatus
from dltui.runs.find import short_name
from dltui.runs.liveness import is_locked
from dltui.runs.work_folder import make_work_folder, take_hold
from dltui.text import safe_text
from dltui_trainers.atomic import write_whole

STATE, LOCK, ENGINE_LOG, LOOKED = "guide.json", "guide.lock", "engine.log", "looked.json"
_LIMIT = 64 * 2**20
_decoder = msgspec.json.Decoder(Guide)


def make_folder(root: Path, task: str, name: str | None = None) -> Path:
    """Make the folder of a new guide and return it; see :func:`dltui.runs.work_folder.make_work_folder`."""
    return make_work_folder(root, task, "guide", name)


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
    return is_locked(folder / LOCK)


def take_lock(folder: Path) -> int:
    """Take the guide for this process, until the descriptor that is returned is closed, or the process ends.

    Raises :class:`GuideError` where another one has it.
    """
    try:
        lock = take_hold(folder / LOCK)
    except OSError as error:
        raise GuideError(f"Cannot write to {folder}: {error.strerror}.") from error
    if lock is None:
        raise GuideError(f"Another process works on {short_name(folder.name)} already.")
    return lock


def unfinished(root: Path, task: str, options: Options) -> Path | None:
    """Return the newest guide of ``task`` in ``root`` that was asked for alike and has not ended; None without one."""
    for folder, guide in guides_in(root):
        if guide.task == task and guide.options == options and guide.status is not GuideStatus.FINISHED:
            return folder
    return None
