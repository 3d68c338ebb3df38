"""A guide in a list: one row for all of its trials, kept up to date by the time of one file."""

import os
import time
from dataclasses import replace
from pathlib import Path

from dltui.catalog.summary import GUIDE, Facts, GuideFacts, RunSummary
from dltui.errors import GuideError
from dltui.guide.folder import STATE, read_guide
from dltui.guide.follow import status_of
from dltui.guide.standing import best_loss, halted_at, shown_trial
from dltui.guide.state import Guide
from dltui.runs.status import RunStatus


class GuideRun:
    """One guide. :meth:`refresh` reads its state where that was written anew."""

    def __init__(self, folder: Path, label: str = "") -> None:
        self.summary = RunSummary(folder=folder, format=GUIDE, label=label, is_read=False)
        self.stamp = (0, 0)
        self._guide: Guide | None = None

    def refresh(self) -> None:
        """Look whether it stands otherwise."""
        before, self.stamp = self.stamp, _stamp(self.summary.folder / STATE)
        if self.stamp != before:
            self._read()
        if self._guide is not None and (self.stamp != before or self.summary.status.alive):
            age_s = time.time() - self.stamp[1] / 1e9
            status = status_of(self.summary.folder, self._guide, age_s)
            if status is not self.summary.status:
                self.summary = replace(self.summary, status=status)

    def know(self, facts: Facts) -> None:
        """A guide is read whole by itself."""

    def _read(self) -> None:
        try:
            guide = self._guide = read_guide(self.summary.folder)
        except GuideError as error:
            self.summary = replace(self.summary, is_read=True, problem=str(error))
            return
        step = halted_at(guide)
        self.summary = replace(
            self.summary,
            is_read=True,
            problem="",
            error=guide.error or None,
            changed=self.stamp[1] / 1e9,
            best_val_loss=best_loss(guide),
            status=self.summary.status if self.summary.is_read else RunStatus.STARTING,
            guide=GuideFacts(
                task=guide.task,
                began=guide.began,
                step=guide.at if step is None else step,
                trial=shown_trial(guide),
            ),
        )


def is_readable_guide(folder: Path) -> bool:
    """Return whether it is the folder of a guide, and not of something else with a file of that name."""
    try:
        read_guide(folder)
    except GuideError:
        return False
    return True


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)
