"""Runs in MLflow's file store: ``mlruns/EXPERIMENT/RUN``, a folder with a file for each metric and each parameter."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.meaning.numbers import parse
from dltui.formats.mlflow.metric import MetricFile
from dltui.formats.mlflow.table import run_table
from dltui.formats.reading.source import decode, opened, shown
from dltui.formats.reading.table import MAX_COLUMNS, Table
from dltui.formats.reading.tail import PIECE_BYTES, Advance

META, METRICS, PARAMS = "meta.yaml", "metrics", "params"
_RUN_KEYS = ("run_id", "run_uuid")
_META_BYTES = 64 << 10
_PARAM_BYTES = 1000
"""A longer parameter is a whole configuration as one text, and none of its settings can be told."""
_DEEPEST = 8


def run_folder(path: Path) -> Path | None:
    """Return the folder of the run if it is that, or the ``meta.yaml`` in it."""
    if path.name == META:
        path = path.parent
    return path if (path / META).is_file() and _read_meta(path) is not None else None


def runs_in(folder: Path) -> list[Path]:
    """Return the runs of an experiment's folder, or of all experiments in ``mlruns``, the newest first.

    Runs that were deleted in MLflow are left out.
    """
    told = [(run, meta) for run in _run_folders(folder) if (meta := _read_meta(run)) is not None]
    kept = [(-meta.begun, run) for run, meta in told if not meta.deleted]
    return [run for _, run in sorted(kept)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meta:
    status: str
    begun: float
    deleted: bool


class MlflowStoreTail:
    """Follows the files of one run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._metrics: dict[str, MetricFile] = {}
        self._params: dict[str, str] = {}
        self._status = ""

    def advance(self, most: int = PIECE_BYTES) -> Advance:
        """Read what is new in all metrics. Raises LogFormatError if the folder is no run, or gone."""
        meta = _read_meta(self._folder)
        if meta is None:
            raise LogFormatError(f"{shown(self._folder)} is not a run of MLflow: it has no {META} that names a run.")
        changed = meta.status != self._status
        self._status = meta.status
        changed = self._read_params() or changed
        self._find_metrics()
        left, more = most, False
        for metric in self._metrics.values():
            if left <= 0:
                return Advance(changed=changed, more=True)
            try:
                gain = metric.read(left)
            except LogFormatError:  # deleted, or another's: the others count
                continue
            left -= len(gain.data)
            more = more or gain.more
            changed = changed or gain.anew or bool(gain.data)
        return Advance(changed=changed, more=more)

    def finish(self) -> None:
        """Take last lines that have no end."""
        for metric in self._metrics.values():
            metric.finish()

    def table(self) -> Table:
        """Return the metrics as rows. A run that has logged nothing yet is a run all the same."""
        return run_table(
            [metric.curve() for metric in self._metrics.values()],
            params=self._params,
            status=self._status,
            skipped=sum(metric.skipped for metric in self._metrics.values()),
        )

    def _find_metrics(self) -> None:
        for name, path in _files_in(self._folder / METRICS):
            if name not in self._metrics and len(self._metrics) < MAX_COLUMNS:
                self._metrics[name] = MetricFile(path, name)

    def _read_params(self) -> bool:
        """Read the parameters that are new; they never change. Return whether there were any."""
        before = len(self._params)
        for name, path in _files_in(self._folder / PARAMS):
            if name in self._params or len(self._params) >= MAX_COLUMNS:
                continue
            try:
                with opened(path) as file:
                    self._params[name] = decode(file.read(_PARAM_BYTES))
            except LogFormatError:  # deleted, or another's: the others count
                continue
        return len(self._params) != before


def _files_in(folder: Path, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Path]]:
    """Each file beneath a folder with its name, which has slashes where MLflow made inner folders of them."""
    try:
        inner = sorted(folder.iterdir())
    except OSError:  # not there yet, or it may not be entered
        return
    for each in inner:
        if each.is_file():
            yield prefix + each.name, each
        elif depth < _DEEPEST and each.is_dir() and not each.is_symlink():
            yield from _files_in(each, f"{prefix}{each.name}/", depth + 1)


def _run_folders(folder: Path) -> list[Path]:
    """The folders of runs in it, or in the experiments in it: each of both has a file that says what it is."""
    if run_folder(folder) is not None:
        return [folder]
    inner = [each for each in _folders_in(folder) if (each / META).is_file()]
    return [run for each in inner for run in ([each] if run_folder(each) else _folders_in(each)) if run_folder(run)]


def _folders_in(folder: Path) -> list[Path]:
    try:
        return [each for each in folder.iterdir() if each.is_dir() and not each.name.startswith(".")]
    except OSError:
        return []


def _read_meta(folder: Path) -> _Meta | None:
    """What a run's ``meta.yaml`` says, None if it is none: an experiment has one as well."""
    try:
        with opened(folder / META) as file:
            lines = decode(file.read(_META_BYTES)).splitlines()
    except LogFormatError:
        return None
    said = {key.strip(): value.strip().strip("'\"") for key, _, value in (line.partition(":") for line in lines)}
    if not any(key in said for key in _RUN_KEYS):
        return None
    begun = parse(said.get("start_time", ""))
    return _Meta(
        status=said.get("status", ""), begun=begun or 0.0, deleted=said.get("lifecycle_stage", "active") == "deleted"
    )
