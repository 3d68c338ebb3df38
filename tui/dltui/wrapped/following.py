"""A log that the command writes to a file or a folder: read as it grows, without what was in it before."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from dltui.errors import LogFormatError
from dltui.formats import open_log
from dltui.formats.following.growing_log import GrowingLog
from dltui.formats.saved import SavedLog
from dltui.log_options import AS_IT_IS
from dltui.runs.files import open_regular
from dltui.runs.update import Batch, Rows
from dltui.wrapped.before import COMPARED_BYTES, Before

_PIECES = 4
"""So many pieces (4 MiB each) are read at one look."""
_EARLY_S = 1.0
_EARLIEST_S = 1e8
_UNREADABLE = (LogFormatError, OSError, ValueError)


class WrittenLog:
    """A source of rows: the log at ``path``. ``log``: what was read so far, None while nothing was.

    Rows from before the command began are no part of it: those of a file that it goes on with, and those that tell an
    earlier time.
    """

    is_structured = True
    is_behind = False

    def __init__(self, path: Path, before: Before | None, began_s: float) -> None:
        self.path = path
        self.log: SavedLog | None = None
        self._growing = GrowingLog(path, AS_IT_IS)
        self._began_s = began_s
        self._earlier = _rows_in(path, before) if before is not None else (0, 0)

    def look(self, *, at_end: bool = False) -> bool:
        """Read on; return whether ``log`` is another one than before."""
        if at_end:
            return self._read_whole()
        changed = False
        try:
            for _ in range(_PIECES):
                advance = self._growing.look()
                changed = changed or advance.changed
                if not advance.more:
                    break
        except _UNREADABLE:  # torn, gone, or not whole yet: what was read stands
            return False
        self.is_behind = advance.more
        return changed and self._growing.log is not None and self._take(self._growing.log)

    def _read_whole(self) -> bool:
        """Read it anew, also a last line without an end."""
        try:
            return self._take(open_log(self.path))
        except _UNREADABLE:
            return False

    def _take(self, log: SavedLog) -> bool:
        steps, evals = self._earlier
        batch = replace(log.batch, steps=self._own(log.batch.steps, steps), evals=self._own(log.batch.evals, evals))
        self.log = replace(log, batch=batch)
        return True

    def _own(self, rows: Rows | None, earlier: int) -> Rows | None:
        if rows is None:
            return None
        with np.errstate(invalid="ignore"):
            old = (rows.time > _EARLIEST_S) & (rows.time < self._began_s - _EARLY_S)
        first = max(min(earlier, len(rows)), int(np.flatnonzero(old)[-1]) + 1 if old.any() else 0)
        return rows.part(first, len(rows)) if first < len(rows) else None


def _rows_in(path: Path, before: Before) -> tuple[int, int]:
    """How many steps and validations the file had then, if the command goes on with it and does not begin it anew."""
    try:
        with open_regular(path) as file, tempfile.TemporaryDirectory() as folder:
            status = os.fstat(file.fileno())
            file.seek(max(0, before.size - COMPARED_BYTES))
            if status.st_size < before.size or file.read(len(before.last)) != before.last:
                return 0, 0
            file.seek(0)
            copy = Path(folder) / path.name
            copy.write_bytes(file.read(before.size))
            return _lengths(open_log(copy).batch)
    except _UNREADABLE:
        return 0, 0


def _lengths(batch: Batch) -> tuple[int, int]:
    return len(batch.steps) if batch.steps else 0, len(batch.evals) if batch.evals else 0
