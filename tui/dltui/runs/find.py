"""Finds a run, or the step of a run that another one starts from, by what a person calls it."""

from pathlib import Path

from dltui.errors import RunNotFoundError
from dltui.text import safe_text
from dltui_trainers.origin import Origin, parse_at
from dltui_trainers.runlog import MANIFEST, METRICS

_LONGEST_NAME = 100
"""A longer name is shown cut in a message."""


def is_run(folder: Path) -> bool:
    """Return whether it is the folder of a run of our own. Raises OSError where that may not be looked at."""
    return (folder / METRICS).exists() or (folder / MANIFEST).exists()


def find_run(root: Path, name: str) -> Path:
    """Return the folder of the run called ``name`` in ``root``, or at the path ``name``.

    Raises :class:`RunNotFoundError` if neither is a run's folder.
    """
    folder = look_for(root, name)
    if folder is not None:
        return folder
    where = "is not a run's folder: it has no metrics.jsonl" if Path(name).exists() else f"is no run in {root}"
    raise RunNotFoundError(
        f"'{short_name(name)}' {where}. 'dltui' lists the runs; --runs or $DLTUI_RUNS says where they are."
    )


def find_origin(root: Path, text: str) -> Origin:
    """Return what ``RUN`` or ``RUN@STEP`` names: the step is a number, ``best``, ``last`` or ``start``.

    A run that was cut short (killed, failed, stopped) and is named without a step goes on from its last checkpoint; one
    that is at work, that has finished, or that kept none starts anew. Raises :class:`RunNotFoundError`, or
    :class:`OriginError` for what is no step.
    """
    name, at_sign, step = text.rpartition("@")
    if not at_sign or look_for(root, text) is not None:  # a folder may have an @ in its name
        folder = find_run(root, text)
        return Origin(folder=folder, step="last" if _was_cut_short(folder) else None)
    return Origin(folder=find_run(root, name), step=parse_at(step))


def _was_cut_short(folder: Path) -> bool:
    from dltui.runs.liveness import judge
    from dltui.runs.reader import read_manifest, read_tail
    from dltui.runs.status import RunStatus
    from dltui_trainers.kept import kept_in

    tail = read_tail(folder)
    status = judge(folder, read_manifest(folder), tail.end if tail else None)
    return status in (RunStatus.KILLED, RunStatus.FAILED, RunStatus.STOPPED) and bool(kept_in(folder))


def look_for(root: Path, name: str) -> Path | None:
    """Return the folder of the run called ``name``, None if there is none. Raises :class:`RunNotFoundError` where that
    may not be looked at.
    """
    try:
        return _known(root, name)
    except OSError as error:
        raise RunNotFoundError(f"'{short_name(name)}' cannot be read: {error.strerror}.") from None


def _known(root: Path, name: str) -> Path | None:
    folders = (root / name, Path(name).expanduser())
    return next((each for each in folders if is_run(each)), None)


def short_name(name: str) -> str:
    """Return what a person called a run as it may stand in a message."""
    return safe_text(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}...")
