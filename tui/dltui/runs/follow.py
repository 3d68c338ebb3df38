"""Follows one run's folder from a thread of its own and says what is new, as values."""

import threading
from collections.abc import Callable
from pathlib import Path

from dltui.runs.liveness import judge
from dltui.runs.output import OutputReader, find_traceback
from dltui.runs.reader import LogReader, Reading, read_manifest
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui_trainers.runlog import EndRecord, Manifest

POLL_ALIVE_S = 0.05
"""A stat a poll: 20 of them a second cost under 0.1 % of a core."""
POLL_ENDED_S = 1.0
STATUS_EVERY_S = 0.5
UNREAD_UPDATES = 8
"""So many updates may wait for the interface before the thread waits for it: memory stays bounded on a long log."""


class FolderWatch:
    """One look after the other at a run's folder; each says what changed. Not thread-safe, and it never waits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.status: RunStatus | None = None
        self._log = LogReader(folder)
        self._output = OutputReader(folder)
        self._manifest: Manifest | None = None
        self._end: EndRecord | None = None

    def look(self, check_status: bool = True) -> RunUpdate:
        """Read what is new. ``check_status=False`` leaves the state of the process alone (a lock to try)."""
        before = self._manifest
        self._read_manifest()
        # The state is asked for before the log is read: a training found dead has written all that it ever will.
        process = judge(self.folder, self._manifest, None) if check_status and self._end is None else None
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
            traceback_line=find_traceback(self.folder) if failed else None,
            restarted=reading.restarted,
            loading=reading.more,
        )

    def _read_manifest(self) -> None:
        if self._manifest is None:
            self._manifest = read_manifest(self.folder)

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


class RunFollower:
    """A thread that looks at a run's folder and calls ``on_update`` with each piece of news.

    ``on_update`` is called in the thread; the receiver calls :meth:`acknowledge` once for each update it has taken in.
    """

    def __init__(self, folder: Path, on_update: Callable[[RunUpdate], None]) -> None:
        self._watch = FolderWatch(folder)
        self._on_update = on_update
        self._wake = threading.Event()
        self._closed = False
        self._room = threading.Semaphore(UNREAD_UPDATES)
        self._thread = threading.Thread(target=self._run, name=f"follow {folder.name}", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def acknowledge(self) -> None:
        """Tell the thread that one update was taken in."""
        self._room.release()

    def close(self) -> None:
        """End the thread and wait for it. May be called twice, and from the receiver's thread."""
        self._closed = True
        self._wake.set()
        self._room.release()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        polls = 0
        while not self._closed:
            update = self._watch.look(check_status=polls % round(STATUS_EVERY_S / POLL_ALIVE_S) == 0)
            polls += 1
            if update.is_news:
                self._room.acquire()
                if not self._closed:
                    self._on_update(update)
            if not update.loading:
                self._wake.wait(self._pause_s())

    def _pause_s(self) -> float:
        status = self._watch.status
        return POLL_ALIVE_S if status is None or status.alive else POLL_ENDED_S
