"""Follows one run in MLflow's SQLite file."""

from array import array
from pathlib import Path

import numpy as np

from dltui.formats.meaning.numbers import as_float
from dltui.formats.mlflow.db import MlflowDb, StoredValue
from dltui.formats.mlflow.table import run_table
from dltui.formats.reading.side_by_side import KeptCurve
from dltui.formats.reading.stored_run import StoredRun
from dltui.formats.reading.table import MAX_COLUMNS, Table
from dltui.formats.reading.tail import PIECE_BYTES, Advance

_VALUE_BYTES = 100
"""A value is counted as so many bytes of what is read at once."""
_MILLISECOND = 1e-3


class MlflowDbTail:
    """A :class:`~dltui.formats.reading.tail.LogTail` of the run."""

    def __init__(self, file: Path, run: StoredRun) -> None:
        self._run = run
        self._db = MlflowDb(file)
        self._seen: tuple[int, ...] = ()
        self._params: dict[str, str] = {}
        self._status = ""
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._last: StoredValue | None = None
        self._numbers: dict[str, array[float]] = {}  # of each metric: time, value, step, time, ...
        self._skipped = 0

    def advance(self, most: int = PIECE_BYTES) -> Advance:
        """Read the values that are new. Raises LogFormatError if the file is gone or damaged."""
        now = self._db.file.stamp()
        if now == self._seen:
            return Advance(changed=False)
        count = max(most // _VALUE_BYTES, 1)
        values = self._db.values(self._run, count, self._last)
        anew = values is None
        if values is None:  # the file was made anew, or what was read was deleted
            self._begin_anew()
            values = self._db.values(self._run, count) or []
        for value in values:
            self._take(value)
            self._last = value
        more = len(values) == count
        told = self._read_settings()
        self._seen = () if more else now
        return Advance(changed=anew or told or bool(values), more=more)

    def finish(self) -> None:
        """There is nothing half read: a value is there as a whole or not at all."""

    def table(self) -> Table:
        """Return the metrics as rows."""
        curves = [_curve(name, numbers) for name, numbers in self._numbers.items()]
        return run_table(curves, params=self._params, status=self._status, skipped=self._skipped)

    def _take(self, stored: StoredValue) -> None:
        value, moment, step = stored.number(), as_float(stored.moment), as_float(stored.step)
        if value is None or moment is None or step is None or not isinstance(stored.key, str):
            self._skipped += 1
        elif stored.key in self._numbers or len(self._numbers) < MAX_COLUMNS:
            self._numbers.setdefault(stored.key, array("d")).extend((moment * _MILLISECOND, value, step))

    def _read_settings(self) -> bool:
        before = self._params, self._status
        self._params, self._status = dict(self._db.params(self._run)), self._db.status(self._run)
        return before != (self._params, self._status)


def _curve(name: str, numbers: "array[float]") -> KeptCurve:
    time, value, step = np.array(numbers, dtype=np.float64).reshape(-1, 3).T
    return KeptCurve(name=name, step=step, time=time, value=value)
