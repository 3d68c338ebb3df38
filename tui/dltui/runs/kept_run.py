"""A run's log, of which what was read once is kept: opened again, only what is new is read."""

from dataclasses import replace
from pathlib import Path

from dltui import cache
from dltui.runs.joined import joined
from dltui.runs.kept_batch import from_columns, to_columns
from dltui.runs.reader import LogReader, Reading
from dltui.runs.update import Batch
from dltui_trainers.runlog import METRICS

VARIANT = "run 3"
"""Goes up when the same log is read as something else than before."""


class KeptRunLog:
    """Follows ``metrics.jsonl`` of one run as :class:`LogReader` does. Not thread-safe.

    First come the parts that were kept, then what the log holds beyond them. A long log is kept once it has been read
    to its end for the first time; what is written to it later waits until it is opened again.
    """

    def __init__(self, folder: Path, name: str = METRICS) -> None:
        self._path = folder / name
        self._log = LogReader(folder, name)
        self._kept: cache.KeptLog | None = None
        self._given = 0
        self._writer: cache.KeptWriter | None = None
        self._begun = False

    def read(self) -> Reading:
        """Return what has come since the last call."""
        if not self._begun:
            self._begin()
        anew = False
        reading = None if self._kept is None else self._next_part(self._kept)
        if reading is None:
            if self._kept is not None:  # what was kept is damaged, and so may be what it gave before
                anew = self._given > 0
                self._begin_anew()
            reading = self._log.read()
        self._keep(reading)
        return replace(reading, restarted=True) if anew else reading

    def _begin(self) -> None:
        try:
            size = self._path.stat().st_size
        except OSError:
            return
        self._begun = size > 0
        if size < cache.WORTH_KEEPING_BYTES:
            return
        self._kept = cache.load(self._path, VARIANT, append_only=True)
        if self._kept is not None:
            self._log.go_on_from(self._kept.offset, self._kept.stamp.inode)
        if size - (self._kept.offset if self._kept else 0) >= cache.WORTH_KEEPING_BYTES:
            self._writer = cache.KeptWriter(self._path, VARIANT)

    def _next_part(self, kept: cache.KeptLog) -> Reading | None:
        """The next part of what was kept; None if it is damaged."""
        part = kept.part(self._given) if self._given < len(kept) else None
        batch = _batch_of(part)
        if part is None or batch is None:
            return None
        self._given += 1
        last = self._given == len(kept)
        if last:
            self._let_go()
        more = not last or kept.offset < kept.stamp.size
        return Reading(batch=batch, more=more, offset=part.offset, stamp=kept.stamp)

    def _begin_anew(self) -> None:
        """Begin with the log itself, and keep it again."""
        self._let_go()
        self._log = LogReader(self._path.parent, self._path.name)
        if self._writer is not None:
            self._writer.discard()
        self._writer = cache.KeptWriter(self._path, VARIANT)

    def _let_go(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _keep(self, reading: Reading) -> None:
        """Add the reading to what will be kept; after the last one it is."""
        writer = self._writer
        if writer is None:
            return
        if reading.stamp is None or reading.restarted:  # what was added so far is of another log
            writer.discard()
            self._writer = None
            return
        if reading.batch is not None:
            columns, header = to_columns(reading.batch)
            writer.add(columns, header=header, offset=reading.offset)
        if not reading.more:
            self._finish(writer, reading)

    def _finish(self, writer: cache.KeptWriter, reading: Reading) -> None:
        self._writer = None
        if reading.stamp is None or self._log.in_dropped_line:
            writer.discard()
        else:
            writer.finish(reading.stamp, reading.offset)


def read_whole(folder: Path) -> Batch:
    """Return all that the run's log holds now."""
    log, more = KeptRunLog(folder), True
    batches: list[Batch] = []
    while more:
        reading = log.read()
        more = reading.more
        batches = [] if reading.restarted else batches
        batches += [] if reading.batch is None else [reading.batch]
    return joined(batches)


def _batch_of(part: cache.Part | None) -> Batch | None:
    if part is None:
        return None
    try:
        return from_columns(part.columns, part.header)
    except ValueError:
        return None
