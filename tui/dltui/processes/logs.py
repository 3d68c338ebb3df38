"""The logs that a process writes: among the files that it has open, that it prints to, and beneath where it works."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from dltui.catalog.discover import Discovery, Limits
from dltui.catalog.places import Places
from dltui.errors import ProcessError
from dltui.formats.recognise.training_log import DLTUI, is_training_log
from dltui.formats.tensorboard import log as tensorboard_log
from dltui.processes.process import Process
from dltui_trainers.runlog import METRICS

_LOOK_FOR_S = 5.0
_EARLY_S = 2.0
"""A log may have been made by what started the process, just before it; and clocks of file systems are coarse."""


def logs_of(process: Process) -> tuple[Path, ...]:
    """Return the logs that the process, or one beneath it, has written to, the one written last first."""
    named = list(_named((*process.files, *process.output)))
    beneath = _beneath(process.folder) if process.folder is not None else ()
    since_s = process.began - _EARLY_S
    found = {path.resolve(): path for path in (*beneath, *named) if _changed(path) >= since_s}
    return tuple(sorted(found.values(), key=_changed, reverse=True))


def places_of(process: Process) -> Places:
    """Return where to look for its logs: those that are there, or else wherever one may come.

    Raises :class:`ProcessError` for a process of which nothing is to be seen.
    """
    logs = logs_of(process)
    if logs:
        return Places(logs=logs)
    if process.folder is None or not process.folder.is_dir():
        raise ProcessError(
            f"The process {process.pid} ({process.told}) writes no log that is known, and the folder in which it works"
            " cannot be seen; name the log, or start it with 'dltui run -- COMMAND'."
        )
    return Places(beneath=(process.folder,))


def _named(files: Iterable[Path]) -> Iterator[Path]:
    """The logs among the files; of those that are part of a folder that is one, the folder."""
    for file in files:
        parent = file.parent
        if file.name == METRICS and is_training_log(parent) == DLTUI:
            yield parent
            continue
        format = is_training_log(file)
        if format is not None:
            yield parent if format == tensorboard_log.NAME and is_training_log(parent) == format else file


def _beneath(folder: Path) -> Iterator[Path]:
    return (log.path for log in Discovery(folder, Limits(seconds=_LOOK_FOR_S)).walk())


def _changed(log: Path) -> float:
    """When it was written to last, in Unix seconds; of a folder, anything in it."""
    try:
        files = [log, *log.iterdir()] if log.is_dir() else [log]
        return max(each.stat().st_mtime for each in files)
    except OSError:
        return 0.0
