"""The runs in one file, each named as if the file were a folder of runs: ``digits.db/sunny-day-0``."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dltui.errors import LogFormatError
from dltui.formats.reading.source import named, shown
from dltui.text import safe_text


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """A run as its file calls it. ``id`` is empty where a run is its name alone."""

    name: str
    id: str


def chosen(file: Path, runs: list[StoredRun], name: str) -> StoredRun:
    """Return the run of that name or id; without one the only run there is. ``runs``: the newest last.

    Raises:
        LogFormatError: there is none, or there are several; the sentence names them.
    """
    fitting = [run for run in runs if not name or name in (run.name, run.id)]
    if len(fitting) == 1:
        return fitting[0]
    if not runs:
        raise LogFormatError(f"{shown(file)} has no run yet: if the training has just begun, try again in a moment.")
    newest = [name_in_path(run, runs) for run in reversed(fitting or runs)]
    found = f"{len(fitting)} runs" if fitting else f"no run '{safe_text(name)}'"
    raise LogFormatError(
        f"{shown(file)} holds {found}{' of that name' if name and fitting else ''}: "
        f"name one, as {shown(file / newest[0])}. There are {named(newest)}."
    )


def name_in_path(run: StoredRun, runs: list[StoredRun]) -> str:
    """Return what names the run in a path: its name if it alone has it and that can stand in a path, else its id."""
    alone = sum(each.name == run.name for each in runs) == 1
    in_path = str(PurePosixPath("/", run.name)) == f"/{run.name}" and ".." not in run.name.split("/")
    return run.name if (alone and in_path and run.name) or not run.id else run.id
