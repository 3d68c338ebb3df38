"""Another program's log as it is at each look: what was kept of it, then what the file holds, then what comes."""

import time
from pathlib import Path

from dltui import cache
from dltui.errors import LogFormatError
from dltui.formats.following import kept_log
from dltui.formats.known import Found, find_format
from dltui.formats.reading.source import HEAD_BYTES, shown
from dltui.formats.reading.tail import PIECE_BYTES, Advance, LogTail
from dltui.formats.saved import SavedLog, from_table
from dltui.log_options import LogOptions

CPU_SHARE = 0.01
"""What a column means is decided on the whole log. That is done anew so seldom that it takes this share of a core:
at once while a log is short, every few seconds at a million rows."""
GROWTH = 2.0
"""A long log that is being read for the first time is shown each time that twice as much of it is there."""


class GrowingLog:
    """``log`` is what was read of the log at ``path``, None while nothing was. Not thread-safe."""

    def __init__(self, path: Path, options: LogOptions) -> None:
        self.path = path
        self.log: SavedLog | None = None
        self._options = options
        self._found: Found | None = None
        self._tail: LogTail | None = None
        self._stamp: cache.Stamp | None = None
        self._error: LogFormatError | None = None
        self._unseen = False
        self._in_doubt = False
        self._next_s = 0.0
        self._next_share = 0.0

    def look(self) -> Advance:
        """Read on, and decide anew what the log says if it is time. ``changed``: ``log`` is another one than before.

        Raises:
            LogFormatError: it cannot be read, or is no log, now; ``log`` is as it was.
        """
        stamp, before = kept_log.stamp_of(self.path), self._stamp
        self._stamp = stamp
        if stamp is not None and stamp == before and (self.log is None or self._tail is None):
            if self._error is not None:
                raise self._error
            return Advance(changed=False)  # one that was kept, and nothing has come since
        if before is None:
            self.log = kept_log.load(self.path, self._options, stamp)
            if self.log is not None:
                return Advance(changed=True)
        self._in_doubt = self._error is not None
        if _is_another(stamp, before):  # which the tail may never see: an empty file is none that it is asked to read
            self._tail, self._unseen = None, True
        try:
            self._error = None
            return self._read_on()
        except LogFormatError as error:
            self._error = error
            if stamp is None and before is not None:  # a folder has its name now
                self._tail, self._unseen = None, True
            raise

    def _read_on(self) -> Advance:
        if self._tail is None or self.log is None or self._in_doubt:
            self._recognise()
        assert self._tail is not None
        advance = self._tail.advance(PIECE_BYTES)
        self._unseen = self._unseen or advance.changed
        if not (self._unseen or self.log is None) or not self._is_time(advance):
            return Advance(changed=False, more=advance.more, share=advance.share)
        self.log = self._read_table(advance)
        return Advance(changed=True, more=advance.more, share=advance.share)

    def _recognise(self) -> None:
        """Find the format, again while the log is young (its first lines may be those of any format), and where it may
        be another one than before.
        """
        found = find_format(self.path, self._options)
        if found is None:
            raise LogFormatError(f"{shown(self.path)} is a run of dltui now: open it again.")
        young = self._stamp is None or self._stamp.size <= HEAD_BYTES
        if self._tail is None or ((young or self._in_doubt) and found != self._found):
            self._found, self._tail = found, found.format.tail(found.path, self._options)

    def _is_time(self, advance: Advance) -> bool:
        if not advance.more:
            return time.monotonic() >= self._next_s
        first = self.log is None or self._next_share > 0.0  # else it was kept, and what came since is not yet read
        return first and advance.share >= self._next_share

    def _read_table(self, advance: Advance) -> SavedLog:
        assert self._found is not None and self._tail is not None
        begun_s = time.thread_time()
        try:
            log = from_table(self._found.path, self._found.format.name, self._tail.table(), self._options)
        finally:
            self._unseen = False
            self._next_s = time.monotonic() + (time.thread_time() - begun_s) / CPU_SHARE
            self._next_share = GROWTH * advance.share
        if not advance.more:
            kept_log.keep(self.path, self._options, log, self._stamp)
        return log


def _is_another(now: cache.Stamp | None, before: cache.Stamp | None) -> bool:
    return now is not None and before is not None and (now.inode != before.inode or now.size < before.size)
