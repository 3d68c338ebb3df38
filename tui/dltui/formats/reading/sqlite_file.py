"""An SQLite file of another program, read while it may be written, and never written itself.

It is opened for each look anew: no lock is held in between, and a file that was replaced is noticed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.reading.source import opened, shown
from dltui.text import safe_text

MAGIC = b"SQLite format 3\0"
_VERSION_AT, _HEAD_BYTES = 19, 100
_WITH_LOG = 2
"""What stands there in a file whose writer first writes to a log beside it."""
_LOG = "-wal"
_WAIT_S = 0.5
"""So long a writer is waited for that locks the file; the next look may do better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFile:
    """``kind``: what it should be, for the sentence that says that it is not."""

    path: Path
    kind: str

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """Read from the file. Raises LogFormatError if it cannot be, or has not the tables that are asked for."""
        with opened(self.path) as file:
            head = file.read(_HEAD_BYTES)
        if not head.startswith(MAGIC):
            raise LogFormatError(f"{shown(self.path)} is not {self.kind}: it is no SQLite file.")
        try:
            with closing(
                self._connect(has_log=head[_VERSION_AT : _VERSION_AT + 1] == bytes([_WITH_LOG]))
            ) as connection:
                connection.text_factory = _text
                yield connection
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "no such column" in str(error):
                reason = "an SQLite file without its runs and metrics"
                raise LogFormatError(f"{shown(self.path)} is not {self.kind}: it is {reason}.") from None
            raise LogFormatError(f"{shown(self.path)} cannot be read: {safe_text(str(error))}.") from None
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # names of columns that are no UTF-8
            raise LogFormatError(f"{shown(self.path)} is damaged: {safe_text(str(error))}.") from None

    def stamp(self) -> tuple[int, ...]:
        """Return what changes when something is written: sizes and times of the file and of the log beside it."""
        seen: list[int] = []
        for each in (self.path, _log_of(self.path)):
            try:
                status = each.stat()
            except OSError:
                seen.append(-1)
                continue
            seen += [status.st_size, status.st_mtime_ns, status.st_ino]
        return tuple(seen)

    def _connect(self, has_log: bool) -> sqlite3.Connection:
        """Open the file. Where SQLite would make a log for it, it is told that nothing changes: there is no writer."""
        uri = self.path.absolute().as_uri()
        settled = f"{uri}?mode=ro&immutable=1"
        if has_log and not _has_content(_log_of(self.path)):
            return sqlite3.connect(settled, uri=True)
        connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=_WAIT_S)
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if "locked" in str(error):
                raise
            return sqlite3.connect(settled, uri=True)  # in another's folder the log cannot be joined
        return connection


def in_sqlite(path: Path) -> tuple[Path, str] | None:
    """Return the file, and what is named in it, if the path goes on behind an SQLite file as if that were a folder."""
    try:
        file = next((each for each in path.parents if each.exists()), None)
        if file is None or not file.is_file():
            return None
        with opened(file) as stream:
            is_sqlite = stream.read(len(MAGIC)) == MAGIC
    except (OSError, LogFormatError):  # a folder on the way may not be entered, or the file not be read
        return None
    return (file, path.relative_to(file).as_posix()) if is_sqlite else None


def file_of(path: Path) -> Path:
    """Return the SQLite file if the path names something in one, else the path itself."""
    inside = in_sqlite(path)
    return path if inside is None else inside[0]


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{_LOG}")


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", errors="replace")
