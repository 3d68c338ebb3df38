"""Runs of trackio: a project is an SQLite file, and a run in it is named as if the file were a folder of runs.

``digits.db`` is the project's run if it has one only, ``digits.db/sunny-day-0`` is one of several. trackio keeps the
files in ``~/.cache/huggingface/trackio`` or in ``$TRACKIO_DIR``.
"""

import json
from pathlib import Path

from dltui.formats.meaning.facts_found import take_facts
from dltui.formats.meaning.numbers import as_float, parse_moment
from dltui.formats.meaning.records import cells_of
from dltui.formats.reading.sqlite_file import MAGIC, in_sqlite
from dltui.formats.reading.stored_run import StoredRun, chosen, name_in_path
from dltui.formats.reading.table import Table, TableBuilder
from dltui.formats.reading.tail import PIECE_BYTES, Advance
from dltui.formats.trackio.db import StoredRow, TrackioDb
from dltui.log_options import LogOptions

NAME = "trackio"
STEP, TIME = "step", "timestamp"
_ROW_BYTES = 400
"""A row is counted as so many bytes of what is read at once."""
_PRIVATE = "_"
"""How the names of what trackio notes for itself among the settings begin."""


def sniff(head: bytes, path: Path) -> bool:
    """Whether it is an SQLite file, or names a run in one."""
    return head.startswith(MAGIC) or in_sqlite(path) is not None


def tail(path: Path, options: LogOptions) -> "TrackioTail":
    """Return a reader of one run. Its names are its own: ``options`` come later on the road.

    Raises:
        LogFormatError: it is no project of trackio, it has no such run, or several and none is named.
    """
    file, name = in_sqlite(path) or (path, "")
    return TrackioTail(file, chosen(file, TrackioDb(file).runs(), name))


def runs_beneath(file: Path) -> list[Path]:
    """Return the runs of a project's file, the newest first, each as the path that names it. Raises LogFormatError."""
    runs = TrackioDb(file).runs()
    return [file / name_in_path(run, runs) for run in reversed(runs)]


class TrackioTail:
    """Follows one run of a project."""

    def __init__(self, file: Path, run: StoredRun) -> None:
        self._run = run
        self._db = TrackioDb(file)
        self._seen: tuple[int, ...] = ()
        self._config: object = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._table = TableBuilder()
        self._last: StoredRow | None = None

    def advance(self, most: int = PIECE_BYTES) -> Advance:
        """Read the rows that are new. Raises LogFormatError if the file is gone or damaged."""
        now = self._db.file.stamp()
        if now == self._seen:
            return Advance(changed=False)
        count = max(most // _ROW_BYTES, 1)
        rows = self._db.rows(self._run, count, self._last)
        anew = rows is None
        if rows is None:  # the project was deleted, and another one has its name
            self._begin_anew()
            rows = self._db.rows(self._run, count) or []
        for row in rows:
            self._take(row)
            self._last = row
        more = len(rows) == count
        self._seen = () if more else now
        config = self._db.config(self._run)
        told = config != self._config
        self._config = config
        return Advance(changed=anew or told or bool(rows), more=more)

    def finish(self) -> None:
        """There is nothing half read: a row is there as a whole or not at all."""

    def table(self) -> Table:
        """Return the rows so far. A run that has logged nothing yet is a run all the same."""
        self._table.facts = {}
        settings = _object(self._config) or {}
        take_facts({name: value for name, value in settings.items() if not name.startswith(_PRIVATE)}, self._table)
        self._table.known = not self._table.length
        return self._table.build()

    def _take(self, row: StoredRow) -> None:
        cells = _object(row.metrics)
        if cells is None:
            self._table.skipped += 1
            return
        step = as_float(row.step)
        moment = parse_moment(row.moment) if isinstance(row.moment, str) else as_float(row.moment)
        place = ((STEP, step), (TIME, moment))
        self._table.add([*((name, value) for name, value in place if value is not None), *cells_of(cells)])


def _object(json_text: object) -> dict[str, object] | None:
    if not isinstance(json_text, str | bytes):
        return None
    try:
        value = json.loads(json_text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
