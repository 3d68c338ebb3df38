"""A study's folder: its records in one file, a lock for who works on it, and a run's folder for each training."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from socket import gethostname

import msgspec

from dltui.errors import SearchError
from dltui.runs.find import short_name
from dltui.runs.liveness import SILENT_AFTER_S, is_locked
from dltui.runs.status import RunStatus
from dltui.runs.work_folder import make_work_folder, take_hold
from dltui.search.study.file import StudyFile as StudyFile  # who has a folder names it, too
from dltui.search.study.reader import StudyReader as StudyReader
from dltui.search.study.records import STUDY, Begun, to_line
from dltui.search.study.study import Study
from dltui_trainers.atomic import write_whole
from dltui_trainers.job_spec import JOBS

LOCK, SUPERVISOR_LOG = "study.lock", "supervisor.log"
STARTING_S = 30.0
"""So long after it was begun a study that no process has taken up yet is still being started."""


def make_study(root: Path, begun: Begun) -> Path:
    """Make the folder of a new study, with ``begun`` as its first record, and return it.

    Where ``begun`` has no name it is called after its task. Raises :class:`UsageError` for the name, and
    :class:`RunsFolderError`, and leaves nothing behind then; :class:`SearchError` for a disk that fills just now.
    """
    folder = make_work_folder(root, begun.task, "tune" if begun.tuning is not None else "search", begun.name or None)
    try:
        (folder / JOBS).mkdir(mode=0o700)
        write_whole(folder / STUDY, to_line(msgspec.structs.replace(begun, name=folder.name)))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise SearchError(f"The study cannot be written to {root}: {error.strerror}.") from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def read_study(folder: Path) -> Study:
    """Return the study in ``folder`` as it stands. Raises :class:`SearchError` where there is none that can be read."""
    reader = StudyReader(folder)
    reader.read()
    if reader.study.begun is None:
        raise SearchError(f"{folder / STUDY} is not the file of a search: its beginning is missing.")
    return reader.study


def is_study(folder: Path) -> bool:
    """Return whether it is the folder of a study; what may not be looked at is none."""
    try:
        return (folder / STUDY).is_file()
    except (OSError, ValueError):
        return False


def find_study(root: Path, name: str) -> Path:
    """Return the folder of the study called ``name`` in ``root``, or at that path. Raises :class:`SearchError`."""
    for folder in (root / name, Path(name).expanduser()):
        if is_study(folder):
            return folder
    raise SearchError(f"'{short_name(name)}' is no search in {root}; 'dltui search TASK' begins one.")


def studies_in(root: Path) -> Iterator[tuple[Path, Study]]:
    """Return the studies in ``root`` that can be read, the newest first."""
    try:
        folders = [each for each in root.iterdir() if is_study(each)]
    except OSError:
        return
    found = []
    for folder in folders:
        try:
            study = read_study(folder)
        except SearchError:
            continue
        found.append((study.begun.time if study.begun else 0.0, folder, study))
    yield from ((folder, study) for _, folder, study in sorted(found, key=lambda each: each[0], reverse=True))


def is_at_work(folder: Path) -> bool:
    """Return whether a supervisor on this machine works on the study in ``folder``."""
    return is_locked(folder / LOCK)


def take_lock(folder: Path) -> int:
    """Take the study for this process, until the descriptor that is returned is closed, or the process ends.

    Raises :class:`SearchError` where another one has it.
    """
    try:
        lock = take_hold(folder / LOCK)
    except OSError as error:
        raise SearchError(f"Cannot write to {folder}: {error.strerror}.") from error
    if lock is None:
        raise SearchError(f"Another process works on {short_name(folder.name)} already.")
    return lock


def age_of(folder: Path) -> float:
    """Return the seconds since the study's file was written last; infinity where there is none."""
    try:
        return time.time() - (folder / STUDY).stat().st_mtime
    except OSError:
        return float("inf")


def status_of(folder: Path, study: Study, age_s: float) -> RunStatus:
    """Return what the study in ``folder`` is doing; ``killed`` if it should be at work and no process is.

    ``age_s``: since its file was written last. The lock of a supervisor on another machine may not be seen from here:
    there silence decides.
    """
    supervised = study.supervised
    if supervised is not None and supervised.status not in ("running", "paused"):
        return RunStatus(supervised.status)
    if is_at_work(folder):
        return RunStatus.STARTING if supervised is None else RunStatus.RUNNING
    if supervised is None:
        return RunStatus.STARTING if age_s < STARTING_S else RunStatus.KILLED
    elsewhere = bool(supervised.host) and supervised.host != gethostname()
    return RunStatus.RUNNING if elsewhere and age_s < SILENT_AFTER_S else RunStatus.KILLED
