"""The runs of a folder, each in a few numbers: what the runs screen lists."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from dltui.runs.liveness import judge
from dltui.runs.reader import LogReader, read_manifest, read_tail
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch
from dltui_trainers.runlog import MANIFEST, METRICS, EndRecord, Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run in a row. ``best_val_loss`` and the rest are NaN or None where the log does not tell them (yet)."""

    folder: Path
    manifest: Manifest | None = None
    status: RunStatus = RunStatus.STARTING
    step: int = 0
    epoch: float = 0.0
    best_val_loss: float = float("nan")
    train_loss: float = float("nan")
    val_accuracy: float = float("nan")
    error: str | None = None
    changed: float = 0.0

    @property
    def name(self) -> str:
        """The run's name: that of its folder."""
        return self.folder.name

    @property
    def task(self) -> str:
        """Its task; before the manifest is written, the first word of the name."""
        return self.manifest.task if self.manifest else self.name.partition("-")[0]


class Catalog:
    """Keeps the summaries of all runs in ``root`` up to date. Not thread-safe; :meth:`refresh` reads files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._entries: dict[Path, _Entry] = {}

    def refresh(self) -> tuple[RunSummary, ...]:
        """Return the summaries, the newest run first. A run that is gone from the disk is gone from the list."""
        folders = set(_run_folders(self.root))
        self._entries = {folder: entry for folder, entry in self._entries.items() if folder in folders}
        for folder in folders:
            entry = self._entries.setdefault(folder, _Entry(folder))
            entry.refresh()
        return tuple(sorted((entry.summary for entry in self._entries.values()), key=_newest_first))


class _Entry:
    """One run. A finished one is known by the end of its log; only one that may still grow is read as a whole."""

    def __init__(self, folder: Path) -> None:
        self.summary = RunSummary(folder=folder)
        self._log = LogReader(folder)
        self._seen: tuple[int, int] | None = None

    def refresh(self) -> None:
        folder = self.summary.folder
        stamp = _stamp(folder / METRICS)
        if stamp == self._seen and not self.summary.status.alive:
            return
        manifest = self.summary.manifest or read_manifest(folder)
        # asked before the log is read: a training found dead has written all that it ever will
        status = judge(folder, manifest, None)
        self.summary = replace(self.summary, manifest=manifest, changed=stamp[1] / 1e9)
        end = self._take_end() if self._seen is None else None
        self._seen = stamp
        if end is None:
            end = self._take_new()
        self.summary = replace(self.summary, status=RunStatus(end.status) if end else status)

    def _take_end(self) -> EndRecord | None:
        batch = read_tail(self.summary.folder)
        if batch is None or batch.end is None:
            return None
        self._take(batch)
        return batch.end

    def _take_new(self) -> EndRecord | None:
        end, more = None, True
        while more:
            reading = self._log.read()
            more = reading.more
            if reading.batch is not None:
                self._take(reading.batch)
                end = reading.batch.end
        return end

    def _take(self, batch: Batch) -> None:
        summary = self.summary
        if batch.steps is not None:
            loss = batch.steps.values["train_loss"][-1]
            summary = replace(summary, step=int(batch.steps.step[-1]), epoch=batch.steps.epoch[-1], train_loss=loss)
        if batch.evals is not None:
            losses = batch.evals.values["val_loss"]
            accuracy = batch.evals.values["val_accuracy"][-1]
            best = np.fmin.reduce(losses, initial=summary.best_val_loss)
            # fast steps are logged as means: the validation at the end of an epoch may be ahead of the last of them
            epoch = max(summary.epoch, float(batch.evals.epoch[-1]))
            summary = replace(summary, epoch=epoch, best_val_loss=float(best), val_accuracy=float(accuracy))
        if batch.end is not None:
            best = batch.end.best_val_loss
            summary = replace(
                summary, error=batch.end.error, best_val_loss=summary.best_val_loss if best is None else float(best)
            )
        self.summary = summary


def _newest_first(summary: RunSummary) -> tuple[float, str]:
    created = summary.manifest.created if summary.manifest else ""
    return (-_seconds(created) if created else -summary.changed, summary.name)


def _seconds(created: str) -> float:
    try:
        return datetime.fromisoformat(created).timestamp()
    except ValueError:
        return 0.0


def _stamp(log: Path) -> tuple[int, int]:
    try:
        status = log.stat()
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)


def _run_folders(root: Path) -> list[Path]:
    try:
        found = [entry for entry in root.iterdir() if entry.is_dir()]
    except OSError:
        return []
    return [folder for folder in found if (folder / METRICS).exists() or (folder / MANIFEST).exists()]
