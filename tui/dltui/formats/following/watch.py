"""Looks at the log of another program and says what is new, as values: what follows our own runs follows it too."""

import math
from pathlib import Path
from typing import TypeVar

from dltui.errors import LogFormatError
from dltui.formats.following.growing_log import GrowingLog
from dltui.formats.following.liveliness import status_of
from dltui.formats.following.news import appended
from dltui.formats.reading.tail import Advance
from dltui.formats.saved import SavedLog, told_by, used_columns
from dltui.log_options import AS_IT_IS, LogOptions
from dltui.runs.output import OutputReader
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, RunUpdate

_PRINTED = ("csv", "jsonl", "text")
"""Formats whose last lines a person can read as they are."""
Told = TypeVar("Told")
POLL_S = 0.2
"""Each look at a log that grew decides anew what its columns mean, which costs a millisecond or more."""


class LogWatch:
    """One look after the other at the log at ``path``; each says what changed. Not thread-safe, and it never waits.

    Why it cannot be read is told as ``trouble``; what was read before stands.
    """

    def __init__(self, path: Path, options: LogOptions = AS_IT_IS) -> None:
        self.path = path
        self.poll_s = POLL_S
        self.status: RunStatus | None = None
        self._growing = GrowingLog(path, options)
        self._output = OutputReader(path)
        self._told = RunUpdate(trouble="")
        self._told_batch: Batch | None = None

    def look(self, check_status: bool = True) -> RunUpdate:
        """Read what is new. ``check_status=False``: whether the training is at work is not asked for."""
        try:
            advance = self._growing.look()
        except LogFormatError as error:
            return self._update(Advance(changed=False), str(error), check_status)
        anything = self._growing.log is not None
        return self._update(advance, "" if anything else self._told.trouble or "", check_status)

    def _update(self, advance: Advance, trouble: str, check_status: bool) -> RunUpdate:
        log = self._growing.log
        batch, restarted = self._news(log) if log is not None and advance.changed else (None, False)
        before, self._told = self._told, self._now(log, trouble, self._status(advance, check_status))
        self.status = self._told.status
        return RunUpdate(
            batch=None if batch == Batch() and not restarted else batch,
            restarted=restarted,
            loading=advance.more,
            share=advance.share if advance.more else math.nan,
            trouble=_if_new(self._told.trouble, before.trouble),
            told_hparams=_if_new(self._told.told_hparams, before.told_hparams),
            format=_if_new(self._told.format, before.format),
            columns=_if_new(self._told.columns, before.columns),
            output=self._output.read() if log is not None and log.format in _PRINTED else None,
            status=_if_new(self._told.status, before.status),
        )

    def _now(self, log: SavedLog | None, trouble: str, status: RunStatus | None) -> RunUpdate:
        return RunUpdate(
            trouble=trouble,
            told_hparams=None if log is None else told_by(log),
            format=None if log is None else log.format,
            columns=None if log is None else used_columns(log),
            status=status,
        )

    def _news(self, log: SavedLog) -> tuple[Batch, bool]:
        """What is new of the log, and whether what was told before no longer counts."""
        before, self._told_batch = self._told_batch, log.batch
        new = log.batch if before is None else appended(before, log.batch)
        return (log.batch, True) if new is None else (new, False)

    def _status(self, advance: Advance, check: bool) -> RunStatus | None:
        """The state, once the log is read to its end: it may still say there that the training is over."""
        if advance.more or not check:
            return self.status
        log = self._growing.log
        return status_of(log, self.path if log is None else log.path)


def _if_new(now: Told, before: Told) -> Told | None:
    return None if now == before else now
