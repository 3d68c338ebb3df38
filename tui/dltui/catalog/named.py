"""The logs that a person named: one by one, or by a glob that new ones may match later."""

import glob
from collections.abc import Iterator
from pathlib import Path

from dltui.catalog.discover import FoundLog
from dltui.catalog.places import Places
from dltui.catalog.summary import OWN
from dltui.formats.recognise.databases import runs_at
from dltui.formats.recognise.training_log import is_training_log

UNTOLD = "text"
"""What a file is called that was named by a person and in which nothing is to be seen yet; a folder is one of ours."""
MOST_MATCHES = 2_000


def named_in(places: Places) -> Iterator[FoundLog]:
    """Return the logs that were named, and those that match a glob now."""
    for path in places.logs:
        yield from _runs_of(path, is_training_log(path) or (OWN if path.is_dir() else UNTOLD))
    for pattern in places.globs:
        for name in sorted(glob.glob(pattern, recursive=True))[:MOST_MATCHES]:
            format = is_training_log(Path(name)) or (UNTOLD if places.told else None)
            if format is not None:
                yield from _runs_of(Path(name), format)


def _runs_of(path: Path, format: str) -> Iterator[FoundLog]:
    """The log; of a database each run in it."""
    return (FoundLog(run, format) for run in runs_at(path, format))
