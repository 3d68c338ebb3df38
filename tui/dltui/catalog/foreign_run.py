"""Another program's log in a list: its age and whether it grows by a stat, its numbers when it was read."""

import math
import os
import time
from dataclasses import replace
from pathlib import Path

from dltui.catalog.summary import Facts, RunSummary
from dltui.formats.following.liveliness import INTERVALS, LEAST_SILENCE_S, UNKNOWN_SILENCE_S
from dltui.formats.reading.sqlite_file import file_of
from dltui.runs.status import RunStatus

GONE = (0, 0)
"""The stamp of a log that is not there."""
_MOST_FILES = 500


class ForeignRun:
    """One log. :meth:`refresh` looks at its files, and reads none."""

    def __init__(self, path: Path, format: str, label: str) -> None:
        self.summary = RunSummary(
            folder=path, format=format, label=label, status=RunStatus.QUIET, epoch=math.nan, is_read=False
        )
        self.stamp = GONE
        self._facts = Facts()
        self._pace_s = math.nan

    def refresh(self) -> None:
        """Look whether it has grown."""
        before, self.stamp = self.stamp, stamp_of(self.summary.folder)
        if before[1] and self.stamp[1] > before[1]:
            self._pace_s = (self.stamp[1] - before[1]) / 1e9
        is_gone = self.stamp == GONE
        changed = self.summary.changed if is_gone else self.stamp[1] / 1e9
        status = RunStatus.QUIET if is_gone else self._status()
        if (changed, status) != (self.summary.changed, self.summary.status):
            self.summary = replace(self.summary, changed=changed, status=status)

    def know(self, facts: Facts) -> None:
        """Take what reading the whole log told."""
        # who only looked at it does not know its pace
        self._facts = replace(facts, patience_s=self._facts.patience_s) if math.isnan(facts.patience_s) else facts
        self.summary = replace(
            self.summary,
            is_read=True,
            problem="",
            step=facts.step,
            epoch=facts.epoch,
            planned_epochs=facts.planned_epochs,
            train_loss=facts.train_loss,
            val_loss=facts.val_loss,
            best_val_loss=facts.best_val_loss,
            val_accuracy=facts.val_accuracy,
            val_perplexity=facts.val_perplexity,
            val_r2=facts.val_r2,
            verdict=facts.verdict,
            judged=self.summary.judged + 1,
        )
        self.summary = replace(self.summary, status=self._status())

    def fail(self, problem: str) -> None:
        """Take that it could not be read; what was known of it stays."""
        self.summary = replace(self.summary, is_read=True, problem=problem)

    def _status(self) -> RunStatus:
        if self._facts.ended is not None:
            return self._facts.ended
        if time.time() - self.stamp[1] / 1e9 < self._patience_s():
            return RunStatus.RUNNING
        return RunStatus.FINISHED if self._facts.is_complete else RunStatus.QUIET

    def _patience_s(self) -> float:
        """How long it may be silent: as its times tell, else as it was seen to grow."""
        told = self._facts.patience_s
        if told == told and told != UNKNOWN_SILENCE_S:
            return told
        return UNKNOWN_SILENCE_S if math.isnan(self._pace_s) else max(LEAST_SILENCE_S, INTERVALS * self._pace_s)


def stamp_of(path: Path) -> tuple[int, int]:
    """Return size and time of a log; of a folder all of its files together. Zeros where there is none."""
    try:
        path = file_of(path)
        status = os.stat(path)
        if not os.path.isdir(path):
            return _with_wal(path, status)
        return _folder_stamp(path)
    except OSError:
        return GONE


def _with_wal(path: Path, status: os.stat_result) -> tuple[int, int]:
    """Of a file and, where it is SQLite's, of what was not moved into it yet."""
    if path.suffix != ".db":
        return status.st_size, status.st_mtime_ns
    try:
        waiting = os.stat(f"{path}-wal")
    except OSError:
        return status.st_size, status.st_mtime_ns
    return status.st_size + waiting.st_size, max(status.st_mtime_ns, waiting.st_mtime_ns)


def _folder_stamp(folder: Path) -> tuple[int, int]:
    size, newest, seen = 0, 0, 0
    inner = [str(folder)]
    while inner and seen < _MOST_FILES:
        with os.scandir(inner.pop()) as entries:
            for entry in entries:
                seen += 1
                if entry.is_dir(follow_symlinks=False):
                    inner.append(entry.path)
                else:
                    status = entry.stat()
                    size, newest = size + status.st_size, max(newest, status.st_mtime_ns)
    return size, newest
