"""Whether another program's training is at work, as far as its log tells: by what it says and by how it grows."""

import math
import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from dltui.formats.reading.sqlite_file import file_of
from dltui.formats.saved import SavedLog
from dltui.runs.status import RunStatus

LEAST_SILENCE_S = 60.0
UNKNOWN_SILENCE_S = 300.0
"""How long a log may be silent whose pace is not known; some write once an epoch."""
INTERVALS = 4.0
"""A log that wrote every ten minutes is quiet after so many times ten minutes without a line."""
_LAST_ROWS = 20
_MOST_FILES = 400
_DEEPEST = 3


def status_of(log: SavedLog | None, path: Path) -> RunStatus:
    """Return the state of the training whose log is at ``path``, of which ``log`` was read."""
    if log is not None and log.told_end:
        return log.status
    silent_s = time.time() - modified_s(path)
    if silent_s < (UNKNOWN_SILENCE_S if log is None else patience_s(log)):
        return RunStatus.RUNNING
    return RunStatus.FINISHED if log is not None and is_complete(log) else RunStatus.QUIET


def modified_s(path: Path) -> float:
    """Return when the file, or one of the first beneath the folder, was last written, in Unix seconds; else -inf."""
    path = file_of(path)
    if not path.is_dir():
        return max(_modified(each) for each in (path, path.with_name(f"{path.name}-wal")))  # SQLite writes there
    return max((_modified(each) for each in islice(_beneath(path), _MOST_FILES)), default=-math.inf)


def _beneath(folder: Path) -> Iterator[Path]:
    """What is in the folder, then what is in its folders, and so on, as deep as MLflow keeps ``train/loss``."""
    level = [folder]
    for _ in range(_DEEPEST):
        inner = (each for outer in level for each in _entries(outer))
        level = []
        for each in inner:
            yield each
            if each.is_dir():
                level.append(each)


def _entries(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in islice(entries, _MOST_FILES)]
    except OSError:
        return []


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return -math.inf


def patience_s(log: SavedLog) -> float:
    """How long it may be silent, by the longest of its last intervals where it tells the time."""
    rows = [each for each in (log.batch.steps, log.batch.evals) if each is not None]
    times = np.sort(np.concatenate([each.time[-_LAST_ROWS:] for each in rows])) if rows else np.empty(0)
    gaps = np.diff(times[np.isfinite(times)][-_LAST_ROWS:])
    if not len(gaps):
        return UNKNOWN_SILENCE_S
    return max(LEAST_SILENCE_S, INTERVALS * float(gaps.max()))


def is_complete(log: SavedLog) -> bool:
    """Whether it has come to the end of its plan; some count their epochs from 0."""
    rows = [each for each in (log.batch.steps, log.batch.evals) if each is not None]
    if not rows or not log.planned_epochs > 0:
        return False
    first = min(float(each.epoch[0]) for each in rows)
    last = max(float(each.epoch[-1]) for each in rows)
    return last >= log.planned_epochs - (1.0 if first == 0 else 0.0)
