"""Follows one training by the folders of its attempts, as if it had been one run."""

import os
from dataclasses import replace
from pathlib import Path

import msgspec

from dltui.runs.follow import FolderWatch
from dltui.runs.reader import LogReader, read_manifest
from dltui.runs.update import Batch, Rows, RunUpdate
from dltui.search.trials.objective import Measured, OwnMetric, measured_in
from dltui.series.state import RunState
from dltui_trainers.attempts import has_kept_its_state
from dltui_trainers.job_spec import attempt_name
from dltui_trainers.runlog import EVAL_METRICS, MANIFEST, METRICS, Manifest, Parent

_WHOLE = 1 << 40


class Following:
    """The training ``job`` of the study in ``folder``. Not thread-safe, and it never waits.

    ``state`` is the newest attempt with what led to the checkpoint that it began from; what an attempt before it did
    beyond that was done again. ``attempts`` counts the folders that there are.
    """

    def __init__(self, folder: Path, job: str, metric: str) -> None:
        self.state = RunState()
        self.attempts = 0
        self._study = folder
        self._job = job
        self._metric = metric
        self._watch: FolderWatch | None = None
        self._own: OwnMetric | None = None
        self._before: list[Batch] = []
        self._own_before: list[Measured] = []
        self._parent: Parent | None = None
        self._seconds_before = 0.0
        self._saved_before = 0
        self._began_s: float | None = None
        self._stamp: tuple[int, int] | None = None

    @property
    def run(self) -> str:
        """The name of the newest attempt's folder; empty while there is none."""
        return self._watch.path.name if self._watch is not None else ""

    @property
    def folder(self) -> Path | None:
        """The newest attempt's folder."""
        return self._watch.path if self._watch is not None else None

    @property
    def saved(self) -> int:
        """How many attempts were told to stop in time, and have kept all that they did."""
        return self._saved_before + (self.folder is not None and has_kept_its_state(self.folder))

    @property
    def measured(self) -> list[Measured]:
        """The validations that tell the objective, in order, those of the attempts before included."""
        if self._own is not None:
            return [*self._own_before, *self._own.measured]
        return measured_in(self.state, self._metric) if self._metric in EVAL_METRICS else []

    @property
    def seconds(self) -> float:
        """How long it has trained, from the first record of each attempt to the last."""
        own = self.state.last_s - self._began_s if self._began_s is not None else 0.0
        return self._seconds_before + max(0.0, own)

    def look(self, *, closely: bool = True) -> bool:
        """Read what is new, and return whether anything may be. ``closely``: also whether its process lives."""
        moved = self._go_to_newest()
        if self._watch is None:
            return False
        stamp = _stamp_of(self._watch.path / METRICS)
        if stamp == self._stamp and not closely and not moved:
            return False
        changed, self._stamp = stamp != self._stamp, stamp
        self._read(self._watch, closely)
        return changed or moved

    def _read(self, watch: FolderWatch, closely: bool) -> None:
        while True:
            update = watch.look(check_status=closely)
            if update.restarted:  # its log was replaced: all of it comes again
                self._began_s = None
                self.state.take(RunUpdate(restarted=True))
                self._take_before()
            if update.batch is not None and self._began_s is None:
                self._began_s = _first_s(update.batch)
            self.state.take(self._as_one(update))
            if not update.loading:
                break
        if self._own is not None:
            self._own.look()

    def _as_one(self, update: RunUpdate) -> RunUpdate:
        """An attempt that goes on is no branch of another training: what it came from is what the first came from."""
        manifest = update.manifest
        if self.attempts == 1 and manifest is not None:
            self._parent = manifest.parent
        if self.attempts <= 1 or manifest is None:
            return replace(update, restarted=False)
        return replace(update, restarted=False, manifest=msgspec.structs.replace(manifest, parent=self._parent))

    def _go_to_newest(self) -> bool:
        """Turn to the next attempt, once it tells where it began; return whether there was one."""
        moved = False
        while (folder := self._study / attempt_name(self._job, self.attempts + 1)).is_dir():
            if self._watch is not None and not _has_begun(folder):
                break
            if self._watch is not None:
                self._leave(self._watch, read_manifest(folder))
            self.attempts += 1
            self._watch, self._stamp, self._began_s = FolderWatch(folder), None, None
            self._own = None if self._metric in EVAL_METRICS else OwnMetric(folder, self._metric)
            self.state = RunState()
            self._take_before()
            moved = True
        return moved

    def _leave(self, watch: FolderWatch, newer: Manifest | None) -> None:
        """Keep of an attempt what the newer one builds on."""
        self._read(watch, closely=False)
        step = newer.parent.step if newer is not None and newer.parent is not None else 0
        self._seconds_before = self.seconds
        self._saved_before = self.saved
        whole = LogReader(watch.path).read(_WHOLE).batch
        self._before = [_until(each, step) for each in (*self._before, whole) if each is not None]
        self._own_before = [each for each in self.measured if each.step < step] if self._own is not None else []

    def _take_before(self) -> None:
        for each in self._before:
            self.state.extend(each)


def _has_begun(folder: Path) -> bool:
    """Whether an attempt tells where it began, or has ended before it could."""
    stamp = _stamp_of(folder / METRICS)
    return (folder / MANIFEST).exists() or (stamp is not None and stamp[0] > 0)


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_ino


def _first_s(batch: Batch) -> float | None:
    times = [float(rows.time[0]) for rows in (batch.steps, batch.evals) if rows is not None and len(rows)]
    return min(times, default=None)


def _until(batch: Batch, step: int) -> Batch:
    """What was logged until that step, from which another attempt goes on with a validation of its own."""
    if batch.undos:  # somebody went back by hand: its rows are in no order of steps
        return replace(batch, end=None)
    steps = _rows(batch.steps, step + 1)
    evals = _rows(batch.evals, step)
    events = tuple(each for each in batch.events if each.step <= step and each.name not in ("stop", "branch"))
    parameters = tuple(each for each in batch.parameters if each.step <= step)
    return Batch(steps=steps, evals=evals, events=events, parameters=parameters, skipped=batch.skipped)


def _rows(rows: Rows | None, before: int) -> Rows | None:
    if rows is None:
        return None
    kept = rows.step < before
    if not kept.any():
        return None
    return Rows(
        step=rows.step[kept],
        epoch=rows.epoch[kept],
        time=rows.time[kept],
        values={name: column[kept] for name, column in rows.values.items()},
        unknown={name: mask[kept] for name, mask in rows.unknown.items()},
    )
