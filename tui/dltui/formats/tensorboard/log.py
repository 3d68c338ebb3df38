"""TensorBoard's event files, as PyTorch, Lightning, Keras and TensorFlow write them: a file, or a training's folder."""

import math
import os
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.reading.source import shown
from dltui.formats.reading.table import Table
from dltui.formats.reading.tail import PIECE_BYTES, Advance
from dltui.formats.tensorboard.file import EventFile
from dltui.formats.tensorboard.hparams import settings_in, tells_failure
from dltui.formats.tensorboard.runs import MARK, Run, runs_at, runs_beneath, runs_in, several_in
from dltui.formats.tensorboard.table import Source, columns_of
from dltui.formats.tensorboard.wire import begins_with_record
from dltui.log_options import LogOptions
from dltui_trainers.runlog import Value

__all__ = ["MARK", "NAME", "runs_beneath", "several_in", "sniff", "tail"]

NAME = "tfevents"


def sniff(head: bytes, path: Path) -> bool:
    """Whether it begins with a record, is called as such a file is, or is a folder with files of one training."""
    if path.is_dir():
        return bool(runs_in(path))
    return begins_with_record(head) or (bool(head) and MARK in path.name)


def tail(path: Path, options: LogOptions) -> "EventTail":
    """Return what follows the file, or all that belong to the training in a folder."""
    return EventTail(path)


class EventTail:
    """A :class:`~dltui.formats.reading.tail.LogTail` of one file or of a folder, in which files may come and go."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._runs: list[Run] = []
        self._files: dict[Path, EventFile] = {}
        self._waiting: list[EventFile] = []
        self._made: Table | None = None

    def advance(self, most: int = PIECE_BYTES) -> Advance:
        """Read what is new in one file after the other. The folder is looked at when all have been read.

        Raises:
            LogFormatError: the file or the folder is gone, or cannot be read.
        """
        changed = False
        if not self._waiting:
            changed = self._look_for_files()
            self._waiting = list(self._files.values())
        left = most
        while self._waiting and left > 0:
            file = self._waiting.pop(0)
            before = file.offset
            changed |= self._advance(file, left)
            left -= abs(file.offset - before)
        if changed:
            self._made = None
        return Advance(changed=changed, more=bool(self._waiting), share=self._share())

    def finish(self) -> None:
        """Count what is cut off. Raises LogFormatError if there was no scalar: there is nothing to show."""
        for file in self._files.values():
            file.finish()
        self._made = None
        if not self.table().length:
            several = several_in(self._path) if self._path.is_dir() else ""
            raise LogFormatError(several or _nothing_found(self._path, self.table().skipped))

    def table(self) -> Table:
        """Return the scalars of all files as rows, with the settings that the hparams plugin keeps."""
        if self._made is None:
            self._made = self._make_table()
        return self._made

    def _make_table(self) -> Table:
        sources = [
            Source(run.name, [self._files[file].reader for file in run.files])
            for run in self._runs
            if not run.is_session
        ]
        columns, length = columns_of(sources)
        files = self._files.values()
        settings = [content for file in files for content in file.reader.settings]
        facts: dict[str, Value] = {}
        for content in settings:  # those of a restart count
            facts |= settings_in(content)
        return Table(
            columns=columns,
            length=length,
            facts=facts,
            skipped=sum(file.skipped for file in files),
            failed=any(tells_failure(content) for content in settings[-1:]),
        )

    def _look_for_files(self) -> bool:
        """Find the files that there are now, and return whether that alone makes another table."""
        runs = self._runs_now()
        if runs == self._runs:
            return False
        changed = any(file.reader.count for file in self._files.values())
        paths = [path for run in runs for path in run.files]
        self._runs = runs
        self._files = {path: self._files.get(path) or EventFile(path) for path in paths}
        return changed

    def _runs_now(self) -> list[Run]:
        if self._runs and not os.path.exists(self._path):
            raise LogFormatError(f"{shown(self._path)} is no longer there: it was moved or deleted.")
        try:
            runs = runs_at(self._path)
        except OSError as error:
            raise LogFormatError(f"{shown(self._path)} cannot be read: {error.strerror}.") from None
        if runs:
            return runs
        raise LogFormatError(several_in(self._path) or f"{shown(self._path)} holds no event file of TensorBoard.")

    def _advance(self, file: EventFile, most: int) -> bool:
        try:
            changed = file.advance(most)
        except LogFormatError:
            self._waiting.clear()
            if file.path == self._path or os.path.lexists(file.path):
                raise
            return False  # it was taken away just now: the next look finds the folder without it
        if file.more:
            self._waiting.insert(0, file)
        return changed

    def _share(self) -> float:
        size = sum(file.size for file in self._files.values())
        return sum(file.offset for file in self._files.values()) / size if size else math.nan


def _nothing_found(path: Path, damaged: int) -> str:
    reason = "what is in it is damaged" if damaged else "it has just begun, or holds other things only"
    return f"{shown(path)} is TensorBoard's, but no scalars can be read from it: {reason}. Is another file the log?"
