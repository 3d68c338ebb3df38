"""The SQLite file of a project of trackio: ``metrics`` has a row for each ``trackio.log``, ``configs`` one for a run.

The first versions knew no ``run_id``: there a run is its name alone. Newer ones may keep several runs of one name.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.reading.sqlite_file import SqliteFile
from dltui.formats.reading.stored_run import StoredRun


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """What one call of ``trackio.log`` gave; ``metrics`` is an object in JSON."""

    row_id: int
    step: object
    moment: object
    metrics: object


class TrackioDb:
    """The file of a project. Every method but ``is_one`` raises LogFormatError if it is none, or cannot be read now."""

    def __init__(self, path: Path) -> None:
        self.file = SqliteFile(path=path, kind="a project of trackio")

    def is_one(self) -> bool:
        """Whether it has trackio's table of metrics."""
        try:
            with self.file.connected() as connection:
                connection.execute("SELECT id, run_name, step, timestamp, metrics FROM metrics LIMIT 0")
        except LogFormatError:
            return False
        return True

    def runs(self) -> list[StoredRun]:
        """Return the runs of the project, the newest last."""
        with self.file.connected() as connection:
            id_ = "run_id" if _has_ids(connection) else "''"
            found = connection.execute(
                f"SELECT run_name, {id_} AS id, MIN(timestamp) AS begun FROM metrics GROUP BY run_name, id "
                f"UNION ALL SELECT run_name, {id_} AS id, created_at FROM configs ORDER BY begun"
            ).fetchall()
        return list(dict.fromkeys(StoredRun(name=str(name), id=str(id_)) for name, id_, _ in found))

    def rows(self, run: StoredRun, most: int, after: StoredRow | None = None) -> list[StoredRow] | None:
        """Return at most so many rows of a run that were written after that row; None if it is no longer there."""
        with self.file.connected() as connection:
            where, which = _of_run(connection, run)
            found = connection.execute(
                f"SELECT id, step, timestamp, metrics FROM metrics WHERE {where} AND id >= ? ORDER BY id LIMIT ?",
                (which, -(1 << 63) if after is None else after.row_id, most if after is None else most + 1),
            ).fetchall()
        rows = [StoredRow(row_id=id_, step=step, moment=moment, metrics=cells) for id_, step, moment, cells in found]
        if after is None:
            return rows
        return rows[1:] if rows and rows[0] == after else None

    def config(self, run: StoredRun) -> object:
        """Return the settings of a run, an object in JSON; None if it has none."""
        with self.file.connected() as connection:
            where, which = _of_run(connection, run)
            found = connection.execute(
                f"SELECT config FROM configs WHERE {where} ORDER BY id DESC", (which,)
            ).fetchone()
        return None if found is None else found[0]


def _has_ids(connection: sqlite3.Connection) -> bool:
    return any(column[1] == "run_id" for column in connection.execute("PRAGMA table_info(metrics)"))


def _of_run(connection: sqlite3.Connection, run: StoredRun) -> tuple[str, str]:
    return ("run_id = ?", run.id) if run.id and _has_ids(connection) else ("run_name = ?", run.name)
