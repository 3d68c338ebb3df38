"""Writes a study's file: the supervisor alone does that, while it holds the study's lock."""

import contextlib
import errno
import os
from pathlib import Path

from dltui.errors import SearchError
from dltui.search.study.reader import StudyReader
from dltui.search.study.records import STUDY, Reported, StudyRecord, to_line
from dltui.search.study.study import Study


class StudyFile:
    """The study in ``folder``, open to be gone on with; ``study`` is as the file has it at any moment.

    ``lock``: of the study, from :func:`dltui.search.study.folder.take_lock`; :meth:`close` gives it back. A line that
    was cut short when its writer was killed is removed. Raises :class:`SearchError` for what cannot be read or written.
    """

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock = lock
        reader = StudyReader(folder)
        reader.read()
        self.study: Study = reader.study
        try:
            self._file = os.open(folder / STUDY, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            os.ftruncate(self._file, reader.end)
        except OSError as error:
            raise _unwritable(folder, error) from error
        self._size = reader.end

    @property
    def written(self) -> int:
        """How many bytes there are; it grows with each record."""
        return self._size

    def append(self, *records: StudyRecord) -> None:
        """Write the records, in one piece, and take them in; after that a kill cannot lose them.

        Raises :class:`SearchError` where the disk is full: none of them counts then, and all before them does.
        """
        lines = b"".join(map(to_line, records))
        try:
            if os.write(self._file, lines) != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if not all(isinstance(each, Reported) for each in records):  # those can be read again from the runs
                os.fdatasync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise _unwritable(self.folder, error) from error
        self._size += len(lines)
        for each in records:
            self.study.take(each)

    def touch(self) -> None:
        """Let the file be new: on another machine, from where the lock cannot be seen, silence means death."""
        with contextlib.suppress(OSError):
            os.utime(self._file)

    def close(self) -> None:
        """Close the file, and let another process have the study. May be called once."""
        os.close(self._file)
        os.close(self._lock)


def _unwritable(folder: Path, error: OSError) -> SearchError:
    return SearchError(
        f"The study cannot be written to {folder}: {error.strerror}. What was done until now is kept; mend that and go"
        " on with --resume."
    )
