"""Finds a run, or the step of a run that another one starts from, by what a person calls it."""

from pathlib import Path

from dltui.errors import RunNotFoundError
from dltui_trainers.origin import Origin, parse_at
from dltui_trainers.runlog import MANIFEST, METRICS


def find_run(root: Path, name: str) -> Path:
    """Return the folder of the run called ``name`` in ``root``, or at the path ``name``.

    Raises :class:`RunNotFoundError` if neither is a run's folder.
    """
    folder = _known(root, name)
    if folder is not None:
        return folder
    where = "is not a run's folder: it has no metrics.jsonl" if Path(name).exists() else f"is no run in {root}"
    raise RunNotFoundError(f"'{name}' {where}. 'dltui' lists the runs; --runs or $DLTUI_RUNS says where they are.")


def find_origin(root: Path, text: str) -> Origin:
    """Return what ``RUN`` or ``RUN@STEP`` names: the step is a number, ``best`` or ``last``.

    Raises :class:`RunNotFoundError`, or :class:`OriginError` for what is no step.
    """
    name, at_sign, step = text.rpartition("@")
    if not at_sign or _known(root, text) is not None:  # a folder may have an @ in its name
        return Origin(folder=find_run(root, text))
    return Origin(folder=find_run(root, name), step=parse_at(step))


def _known(root: Path, name: str) -> Path | None:
    folders = (root / name, Path(name).expanduser())
    return next((each for each in folders if (each / METRICS).exists() or (each / MANIFEST).exists()), None)
