"""Finds the folder of a run by what a person calls it."""

from pathlib import Path

from dltui.errors import RunNotFoundError
from dltui_trainers.runlog import MANIFEST, METRICS


def find_run(root: Path, name: str) -> Path:
    """Return the folder of the run called ``name`` in ``root``, or at the path ``name``.

    Raises :class:`RunNotFoundError` if neither is a run's folder.
    """
    for folder in (root / name, Path(name).expanduser()):
        if (folder / METRICS).exists() or (folder / MANIFEST).exists():
            return folder
    where = "is not a run's folder: it has no metrics.jsonl" if Path(name).exists() else f"is no run in {root}"
    raise RunNotFoundError(f"'{name}' {where}. 'dltui' lists the runs; --runs or $DLTUI_RUNS says where they are.")
