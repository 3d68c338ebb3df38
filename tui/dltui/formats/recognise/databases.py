"""The databases in which other programs keep many runs in one file: whose it is, and the runs in it."""

from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.mlflow import log as mlflow_log
from dltui.formats.mlflow.db import MlflowDb
from dltui.formats.trackio import log as trackio_log
from dltui.formats.trackio.db import TrackioDb

_MOST_RUNS = 500
"""A list of more is of no use to anybody: the newest are shown."""


def owner_of(file: Path) -> str | None:
    """Return the name of the format that an SQLite file is of, None if it is of none that we know."""
    if MlflowDb(file).is_one():
        return mlflow_log.NAME
    return trackio_log.NAME if TrackioDb(file).is_one() else None


def runs_at(path: Path, format: str) -> list[Path]:
    """Return what a log of that format may be opened as: of a database each run in it, if it has several.

    Everything else is one log, as a database is that has one run, or cannot be read now.
    """
    beneath = {mlflow_log.NAME: mlflow_log.runs_beneath, trackio_log.NAME: trackio_log.runs_beneath}.get(format)
    if beneath is None or not path.is_file():
        return [path]
    try:
        runs = beneath(path)
    except LogFormatError:
        return [path]
    return runs[:_MOST_RUNS] if len(runs) > 1 else [path]
