"""One of our own runs in a list: kept up to date at the cost of what is new in its folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from dltui.catalog.summary import Facts, RunSummary
from dltui.runs.kept_run import KeptRunLog
from dltui.runs.liveness import judge
from dltui.runs.reader import read_manifest, read_tail
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Rows
from dltui.series.growing import GrowingColumn
from dltui_trainers.runlog import METRICS, EndRecord


class OwnRun:
    """One run. A finished one is known by the end of its log; only one that may still grow is read as a whole."""

    def __init__(self, folder: Path, label: str = "") -> None:
        self.summary = RunSummary(folder=folder, label=label)
        self.stamp = (0, 0)
        self._log = KeptRunLog(folder)
        self._eval_steps, self._eval_losses = GrowingColumn(), GrowingColumn()
        self._end: EndRecord | None = None
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
        if self._seen or not self._take_end():
            self._take_new()
        self.stamp, self._seen = stamp, True
        self.summary = replace(self.summary, status=RunStatus(self._end.status) if self._end else status)

    def know(self, facts: Facts) -> None:
        """Take what reading the whole log told beyond what this one reads."""
        self.summary = replace(
            self.summary, verdict=facts.verdict, val_loss=facts.val_loss, judged=self.summary.judged + 1
        )
        if np.isnan(self.summary.train_loss):
            self.summary = replace(self.summary, train_loss=facts.train_loss)

    def _take_end(self) -> bool:
        """Take the end of the log, if there is one; return whether there is."""
        batch = read_tail(self.summary.folder)
        if batch is None or batch.end is None:
            return False
        self._take(batch)
        self._end = batch.end
        return True

    def _take_new(self) -> None:
        more = True
        while more:
            reading = self._log.read()
            more = reading.more
            if reading.restarted:
                self._end = None
            if reading.batch is not None:
                self._take(reading.batch)
                self._note_end(reading.batch)

    def _note_end(self, batch: Batch) -> None:
        """An end that was read stands, also if it had been written after the log's time was looked at."""
        if batch.end is not None or batch.steps is not None:
            self._end = batch.end

    def _take(self, batch: Batch) -> None:
        for steps, evals, undo in batch.pieces():
            if steps is not None:
                self._take_steps(steps)
            if evals is not None:
                self._take_evals(evals)
            if undo is not None:
                self._go_back(undo.step)
        if batch.end is not None:
            best = self.summary.best_val_loss if batch.end.best_val_loss is None else float(batch.end.best_val_loss)
            self.summary = replace(self.summary, error=batch.end.error, best_val_loss=best)

    def _take_steps(self, rows: Rows) -> None:
        step, epoch, loss = int(rows.step[-1]), float(rows.epoch[-1]), float(rows.values["train_loss"][-1])
        self.summary = replace(self.summary, step=step, epoch=epoch, train_loss=loss)

    def _take_evals(self, rows: Rows) -> None:
        losses = rows.values["val_loss"]
        self._eval_steps.extend(rows.step)
        self._eval_losses.extend(losses)
        best = float(np.fmin.reduce(losses, initial=self.summary.best_val_loss))
        # fast steps are logged as means: the validation at the end of an epoch may be ahead of the last of them
        epoch = max(self.summary.epoch, float(rows.epoch[-1]))
        self.summary = replace(
            self.summary,
            epoch=epoch,
            best_val_loss=best,
            val_accuracy=float(rows.values["val_accuracy"][-1]),
            val_perplexity=float(rows.values["val_perplexity"][-1]),
            val_r2=float(rows.values["val_r2"][-1]),
        )

    def _go_back(self, step: int) -> None:
        """What was validated after that step no longer counts; the next rows tell the rest."""
        standing = np.flatnonzero(self._eval_steps.values <= step)
        kept = int(standing[-1]) + 1 if len(standing) else 0
        self._eval_steps.keep(kept)
        self._eval_losses.keep(kept)
        best = float(np.fmin.reduce(self._eval_losses.values, initial=np.nan))
        epoch = self.summary.epoch * step / self.summary.step if self.summary.step else 0.0
        self.summary = replace(self.summary, step=step, epoch=epoch, best_val_loss=best)


def _stamp(log: Path) -> tuple[int, int]:
    try:
        status = log.stat()
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)
