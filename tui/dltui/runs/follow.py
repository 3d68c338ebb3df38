"""Looks at one run's folder and says what is new, as values."""

import math
from pathlib import Path

from dltui.runs.kept_run import KeptRunLog
from dltui.runs.liveness import judge
from dltui.runs.output import OutputReader, find_traceback
from dltui.runs.reader import Reading, read_manifest
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.text import safe_text
from dltui_trainers.runlog import MANIFEST, STDOUT, EndRecord, Manifest

POLL_S = 0.05
"""A stat a poll: 20 of them a second cost under 0.1 % of a core."""


class FolderWatch:
    """One look after the other at a run's folder; each says what changed. Not thread-safe, and it never waits."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.poll_s = POLL_S
        self.status: RunStatus | None = None
        self._log = KeptRunLog(folder)
        self._output = OutputReader(folder / STDOUT)
        self._manifest: Manifest | None = None
        self._manifest_stamp: tuple[int, int] | None = None
        self._end: EndRecord | None = None
        self._was_there = False
        self._trouble = ""

    def look(self, check_status: bool = True) -> RunUpdate:
        """Read what is new. ``check_status=False`` leaves the state of the process alone (a lock to try)."""
        before = self._manifest
        self._read_manifest()
        # The state is asked for before the log is read: a training found dead has written all that it ever will.
        process = judge(self.path, self._manifest, None) if check_status and self._end is None else None
        reading = self._log.read()
        self._read_manifest()  # it was written before the first record: where there are records, it is there
        self._note_end(reading)
        status = self._changed(RunStatus(self._end.status) if self._end else process, reading)
        failed = status is RunStatus.FAILED
        return RunUpdate(
            manifest=None if self._manifest is before else self._manifest,
            batch=reading.batch,
            output=self._output.read(),
            status=status,
            traceback_line=find_traceback(self.path) if failed else None,
            restarted=reading.restarted,
            loading=reading.more,
            share=reading.share if reading.more else math.nan,
            trouble=self._new_trouble(reading),
        )

    def _new_trouble(self, reading: Reading) -> str | None:
        """Why nothing can come any more, None if that is told already. What was read before stands."""
        before = self._trouble
        if reading.stamp is not None:
            self._was_there, self._trouble = True, ""
        elif self._was_there and not self.path.exists():
            name = safe_text(self.path.name)
            self._trouble = f"The folder of {name} is no longer there: it was moved or deleted. This is what it held."
        return None if self._trouble == before else self._trouble

    def _read_manifest(self) -> None:
        """Read it where it is new: a user's script tells more of itself as it goes on."""
        stamp = _stamp(self.path / MANIFEST)
        if stamp != self._manifest_stamp:
            self._manifest_stamp = stamp
            self._manifest = read_manifest(self.path) or self._manifest

    def _note_end(self, reading: Reading) -> None:
        if reading.restarted:
            self._end = None
        batch = reading.batch
        if batch is None:
            return
        if batch.end is not None:
            self._end = batch.end
        elif batch.steps is not None:
            self._end = None  # went on after its end: continued in the same folder

    def _changed(self, status: RunStatus | None, reading: Reading) -> RunStatus | None:
        # While a long log is being read its end may still come: only then is it known what became of the run.
        if status is None or status is self.status or (reading.more and not status.alive):
            return None
        self.status = status
        return status


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file is replaced; None while there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_mtime_ns
