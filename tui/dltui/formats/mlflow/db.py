"""The SQLite file in which MLflow keeps its runs unless it is told otherwise: ``mlflow.db``."""

import math
from dataclasses import dataclass
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.reading.sqlite_file import SqliteFile
from dltui.formats.reading.stored_run import StoredRun

_TABLES = frozenset({"experiments", "runs", "metrics", "params"})
_LARGEST = 1.7976931348623157e308
"""What MLflow writes for infinity."""


@dataclass(frozen=True, slots=True)
class StoredValue:
    """One value of a metric; ``moment`` is in milliseconds."""

    row_id: int
    key: object
    value: object
    moment: object
    step: object
    is_nan: object

    def number(self) -> float | None:
        """Return the value as a number, None if it is none."""
        if self.is_nan:
            return math.nan
        if not isinstance(self.value, int | float):
            return None
        return math.copysign(math.inf, self.value) if abs(self.value) >= _LARGEST else float(self.value)


class MlflowDb:
    """The file. Every method but ``is_one`` raises LogFormatError if it is none, or cannot be read now."""

    def __init__(self, path: Path) -> None:
        self.file = SqliteFile(path=path, kind="a database of MLflow")

    def is_one(self) -> bool:
        """Whether it has MLflow's tables."""
        try:
            with self.file.connected() as connection:
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except LogFormatError:
            return False
        return tables >= _TABLES

    def runs(self) -> list[StoredRun]:
        """Return the runs of all experiments that were not deleted, the newest last."""
        with self.file.connected() as connection:
            found = connection.execute(
                "SELECT name, run_uuid FROM runs WHERE lifecycle_stage IS NOT 'deleted' ORDER BY start_time, rowid"
            ).fetchall()
        return [StoredRun(name=str(name or ""), id=str(id_)) for name, id_ in found]

    def values(self, run: StoredRun, most: int, after: StoredValue | None = None) -> list[StoredValue] | None:
        """Return at most so many values of a run that were written after that one; None if it is no longer there."""
        with self.file.connected() as connection:
            found = connection.execute(
                "SELECT rowid, key, value, timestamp, step, is_nan FROM metrics "
                "WHERE run_uuid = ? AND rowid >= ? ORDER BY rowid LIMIT ?",
                (run.id, -(1 << 63) if after is None else after.row_id, most if after is None else most + 1),
            ).fetchall()
        values = [StoredValue(*each) for each in found]
        if after is None:
            return values
        return values[1:] if values and values[0] == after else None

    def params(self, run: StoredRun) -> list[tuple[str, str]]:
        """Return the parameters of a run."""
        with self.file.connected() as connection:
            found = connection.execute("SELECT key, value FROM params WHERE run_uuid = ? ORDER BY rowid", (run.id,))
            return [(str(key), str(value)) for key, value in found]

    def status(self, run: StoredRun) -> str:
        """Return what became of a run, as MLflow calls it."""
        with self.file.connected() as connection:
            found = connection.execute("SELECT status FROM runs WHERE run_uuid = ?", (run.id,)).fetchone()
        return "" if found is None else str(found[0])
