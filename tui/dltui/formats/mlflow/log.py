"""Runs of MLflow, where it keeps them by itself: in ``mlflow.db``, or, as it did before, in the folders of ``mlruns``.

A run in the file is named as if that were a folder of runs: ``mlflow.db/sunny-day-0``.
"""

from pathlib import Path

from dltui.formats.mlflow.db import MlflowDb
from dltui.formats.mlflow.db_tail import MlflowDbTail
from dltui.formats.mlflow.store import MlflowStoreTail, run_folder, runs_in
from dltui.formats.reading.sqlite_file import MAGIC, in_sqlite
from dltui.formats.reading.stored_run import chosen, name_in_path
from dltui.formats.reading.tail import LogTail
from dltui.log_options import LogOptions

NAME = "mlflow"


def sniff(head: bytes, path: Path) -> bool:
    """Whether it is the folder of a run, the ``meta.yaml`` in it, MLflow's database, or names a run in that."""
    inside = in_sqlite(path)
    if head.startswith(MAGIC) or inside is not None:
        return MlflowDb(path if inside is None else inside[0]).is_one()
    return run_folder(path) is not None


def tail(path: Path, options: LogOptions) -> LogTail:
    """Return a reader of one run. Its names are its own: ``options`` come later on the road.

    Raises:
        LogFormatError: a database has no such run, or several and none is named.
    """
    folder = run_folder(path)
    if folder is not None or path.is_dir():
        return MlflowStoreTail(folder or path)
    file, name = in_sqlite(path) or (path, "")
    return MlflowDbTail(file, chosen(file, MlflowDb(file).runs(), name))


def runs_beneath(path: Path) -> list[Path]:
    """Return the runs in a folder of MLflow's or in its database, the newest first, each as the path that names it.

    Raises:
        LogFormatError: it is a file, and no database of MLflow.
    """
    if not path.is_file():
        return runs_in(path)
    runs = MlflowDb(path).runs()
    return [path / name_in_path(run, runs) for run in reversed(runs)]
