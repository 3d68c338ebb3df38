"""One of our own runs in a list: kept up to date at the cost of what is new in its folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from dltui.catalog.summary import Facts, RunSummary
from dltui.runs.kept_run import KeptRunLog
from dltui.runs.liveness import judge
from dltui.runs.reader import read_manifest, read_tail
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch
from dltui_trainers.runlog import METRICS, EndRecord


class OwnRun:
    """One run. A finished one is known by the end of its log; only one that may still grow is read as a whole."""

    def __init__(self, folder: Path, label: str = "") -> None:
        self.summary = RunSummary(folder=folder, label=label)
        self.stamp = (0, 0)
        self._log = KeptRunLog(folder)
        self._seen = False

    def refresh(self) -> None:
        """Read what is new."""
        folder = self.summary.folder
        stamp = _stamp(folder / METRICS)
        if self._seen and stamp == self.stamp and not self.summary.status.alive:
            return
        manifest = self.summary.manifest or read_manifest(folder)
        # asked before the log is read: a training found dead has written all that it ever will
        status = judge(folder, manifest, None)
        self.summary = replace(self.summary, manifest=manifest, changed=stamp[1] / 1e9)
        end = None if self._seen else self._take_end()
        self.stamp, self._seen = stamp, True
        if end is None:
            end = self._take_new()
        self.summary = replace(self.summary, status=RunStatus(end.status) if end else status)

    def know(self, facts: Facts) -> None:
        """Take what reading the whole log told beyond what this one reads."""
        self.summary = replace(
            self.summary, verdict=facts.verdict, val_loss=facts.val_loss, judged=self.summary.judged + 1
        )
        if np.isnan(self.summary.train_loss):
            self.summary = replace(self.summary, train_loss=facts.train_loss)

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
            loss = float(batch.steps.values["train_loss"][-1])
            step, epoch = int(batch.steps.step[-1]), float(batch.steps.epoch[-1])
            summary = replace(summary, step=step, epoch=epoch, train_loss=loss)
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


def _stamp(log: Path) -> tuple[int, int]:
    try:
        status = log.stat()
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)
