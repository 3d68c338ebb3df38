"""Reads a study's file as it grows: only what is new, and only whole lines."""

import os
from pathlib import Path

import msgspec

from dltui.errors import SearchError
from dltui.runs.files import open_regular
from dltui.runs.find import short_name
from dltui.search.study.records import FORMAT, STUDY, Begun, StudyRecord, study_decoder
from dltui.search.study.study import Study


class StudyReader:
    """Follows the study in ``folder``; ``study`` is what was read until now. Not thread-safe.

    A last line without its end is waited for. A line in the middle that is no record, as one that another version
    wrote, is left out and counted. A file that was replaced, or became shorter, is read anew into another ``study``.
    """

    def __init__(self, folder: Path) -> None:
        self.study = Study()
        self._folder = folder
        self._offset = 0
        self._inode = 0

    def read(self) -> bool:
        """Take in what has come; return whether there was anything.

        Raises :class:`SearchError` where there is no file that can be read, or one of another format; ``study`` is as
        it was then.
        """
        content, replaced = self._new_content()
        whole = content[: content.rfind(b"\n") + 1]
        if replaced:
            self.study, self._offset = Study(), 0
        for line in whole.splitlines():
            self._take(line)
        self._offset += len(whole)
        return bool(whole) or replaced

    @property
    def end(self) -> int:
        """Where the whole lines end that were read."""
        return self._offset

    def _new_content(self) -> tuple[bytes, bool]:
        """What lies behind that which was read, and whether it belongs to another file."""
        path = self._folder / STUDY
        try:
            with open_regular(path) as file:
                status = os.fstat(file.fileno())
                replaced = self._offset > 0 and (status.st_size < self._offset or status.st_ino != self._inode)
                self._inode = status.st_ino
                file.seek(0 if replaced else self._offset)
                return file.read(), replaced
        except FileNotFoundError:
            raise SearchError(f"'{short_name(self._folder.name)}' is no search: it has no {STUDY}.") from None
        except OSError as error:
            raise SearchError(f"{path} cannot be read: {error.strerror}.") from error

    def _take(self, line: bytes) -> None:
        record = _decoded(line)
        if record is None:
            self.study.skipped += bool(line.strip())
            return
        if isinstance(record, Begun) and record.format != FORMAT:
            raise SearchError(f"{self._folder / STUDY} has the format {record.format}, and this dltui reads {FORMAT}.")
        self.study.take(record)


def _decoded(line: bytes) -> StudyRecord | None:
    try:
        record: StudyRecord = study_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return record
