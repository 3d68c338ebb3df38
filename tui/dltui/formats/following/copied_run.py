"""Follows a copy of a run's log, under any name: it has no manifest, and no process is known behind it."""

import math
import time
from pathlib import Path

from dltui.formats.following.liveliness import UNKNOWN_SILENCE_S, modified_s
from dltui.formats.reading.source import read_head
from dltui.formats.run_folder import sniff
from dltui.formats.saved import OWN_FORMAT
from dltui.runs.kept_run import KeptRunLog
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui_trainers.runlog import EndRecord

POLL_S = 0.2


def is_copy(path: Path) -> bool:
    """Whether the file at ``path`` holds records of ours. Raises LogFormatError if it cannot be read."""
    return path.is_file() and sniff(read_head(path), path)


class CopyWatch:
    """One look after the other at a copied log, as :class:`~dltui.runs.follow.FolderWatch` at a run's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.poll_s = POLL_S
        self.status: RunStatus | None = None
        self._log = KeptRunLog(path.parent, path.name)
        self._end: EndRecord | None = None

    def look(self, check_status: bool = True) -> RunUpdate:
        """Read what is new."""
        reading = self._log.read()
        if reading.batch is not None:
            self._end = reading.batch.end or (None if reading.batch.steps is not None else self._end)
        before = self.status
        self.status = (before or RunStatus.STARTING) if reading.more else self._state()
        return RunUpdate(
            batch=reading.batch,
            format=OWN_FORMAT if before is None else None,
            status=None if self.status is before else self.status,
            restarted=reading.restarted,
            loading=reading.more,
            share=reading.share if reading.more else math.nan,
        )

    def _state(self) -> RunStatus:
        if self._end is not None:
            return RunStatus(self._end.status)
        is_fresh = time.time() - modified_s(self.path) < UNKNOWN_SILENCE_S
        return RunStatus.RUNNING if is_fresh else RunStatus.QUIET
