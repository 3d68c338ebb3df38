"""Finds a log by what a person calls it: a run of our own, or anything else that may be one."""

import os
from pathlib import Path

from dltui.errors import RunNotFoundError
from dltui.formats.reading.sqlite_file import file_of
from dltui.runs.find import look_for, short_name


def find_log(root: Path, name: str) -> Path:
    """Return where the log is: a run in ``root``, or any file or folder. Raises :class:`RunNotFoundError`."""
    folder = look_for(root, name)
    if folder is not None:
        return folder
    path = Path(name).expanduser()
    if os.path.lexists(path) or file_of(path) != path:  # project.db/run: one of several in a file
        return path
    raise RunNotFoundError(
        f"'{short_name(name)}' is neither a file or folder nor a run in {root}. Check the path; --runs or $DLTUI_RUNS"
        " says where the runs are."
    )
