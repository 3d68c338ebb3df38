"""The logs that lie in a folder which is none itself: what the sentence that refuses the folder can name."""

import os
from itertools import islice
from pathlib import Path

from dltui.formats.reading.source import named, shown
from dltui.formats.recognise.training_log import is_training_log

_MOST_ENTRIES = 200
"""So many names of a folder are looked at; it is for a hint, not a search."""
_MOST_FOLDERS = 20


def told_of(folder: Path) -> str:
    """Return why the folder is no log, and what in it can be named instead."""
    files, folders = _entries(folder)
    if not files and not folders:
        return f"{shown(folder)} is an empty folder: name the log of a training, or the folder that it is in."
    logs = [each for each in files if is_training_log(each) is not None]
    for inner in folders[:_MOST_FOLDERS] if not logs else ():
        found = [inner] if is_training_log(inner) is not None else _entries(inner)[0]
        logs += [each for each in found if is_training_log(each) is not None]
    if not logs:
        return (
            f"{shown(folder)} is a folder but not a run: it has no metrics.jsonl, and no log was found in it. "
            "Name the log file."
        )
    if len(logs) == 1:
        return f"{shown(folder)} is not a run, but holds a log: name {shown(logs[0])}."
    names = named([str(each.relative_to(folder)) for each in logs])
    return (
        f"{shown(folder)} is not a run, but holds {len(logs)} logs: name one, as {shown(logs[0])}. There are {names}."
    )


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files in a folder, and the folders. Links into nothing, pipes and devices are neither."""
    try:
        with os.scandir(folder) as entries:
            some = sorted(islice(entries, _MOST_ENTRIES), key=lambda entry: entry.name)
            files = [Path(entry.path) for entry in some if entry.is_file()]
            return files, [Path(entry.path) for entry in some if entry.is_dir(follow_symlinks=False)]
    except OSError:  # it may not be entered
        return [], []
