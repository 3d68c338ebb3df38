"""The state of one run: the one place where rows of a log become curves, a best value and a rate."""

import math
from dataclasses import dataclass

import numpy as np

from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Rows, RunUpdate, is_undo, newest_metrics
from dltui.series.curve import Companion, Curve, SmoothedCurve
from dltui.series.live import Live
from dltui.series.plan import planned_epochs, planned_steps
from dltui.series.speed import steps_per_s
from dltui.series.track import AXES, AxisName
from dltui.series.undone import Undone
from dltui_trainers.runlog import (
    EVAL_METRICS,
    STEP_METRICS,
    EndRecord,
    EventRecord,
    LayersRecord,
    Manifest,
    MetricsRecord,
    ParametersRecord,
    SystemRecord,
    Value,
)

SMOOTHING = 0.9
"""The weight of the smoothed curve to begin with: it remembers about 10 records."""
ROOM = 1.02
"""Lines that come later are not shorter: steps have more digits. So the estimate is nearly always enough."""


@dataclass(frozen=True, slots=True)
class Best:
    """The lowest validation loss so far, and where it was; ``time`` in seconds since the start."""

    step: float
    epoch: float
    time: float
    val_loss: float


class RunState:
    """Everything that is known of a run. It only grows, by :meth:`take`; one thread uses it.

    Where the training went back (an undo), what it had logged beyond leaves the curves and lies in ``undone``.
    """

    def __init__(self, smoothing: float = SMOOTHING) -> None:
        self.smoothing = smoothing
        self.manifest: Manifest | None = None
        self.told_hparams: dict[str, Value] = {}
        """Hyperparameters of a log without a manifest, as the log itself or a person tells them."""
        self.status = RunStatus.STARTING
        self.format = ""
        """What kind of log it is that another program wrote; empty for a run of our own."""
        self.columns: tuple[tuple[str, str], ...] = ()
        """Which columns of such a log are used as what: role and name."""
        self.trouble = ""
        self.output: tuple[str, ...] = ()
        self.traceback_line: int | None = None
        self.loading = True
        self.share = math.nan
        """How much of the log is read while it is loading; NaN if that is not known."""
        self._forget_log()

    def _forget_log(self) -> None:
        self.train_loss = SmoothedCurve(self.smoothing)
        self.step_metrics: dict[str, Curve] = {
            name: Companion(self.train_loss, "train_loss") for name in STEP_METRICS[1:]
        }
        self.eval_metrics = {name: Curve() for name in EVAL_METRICS}
        self.events: list[EventRecord] = []
        self.live = Live()
        self.undone: list[Undone] = []
        """What was taken back, one entry for each undo, the oldest first."""
        self.layers: LayersRecord | None = None
        self.parameters: list[ParametersRecord] = []
        """Every record of the parameters, oldest first; they are few."""
        self.metrics: MetricsRecord | None = None
        """The newest value of each metric that is a user's own."""
        self.system: SystemRecord | None = None
        self.end: EndRecord | None = None
        self.best: Best | None = None
        self.skipped = 0
        self.start_s = math.nan
        self.last_s = math.nan
        self._has_room = False
        self.step = 0
        self.epoch = 0.0

    def take(self, update: RunUpdate) -> None:
        """Take in what is new in the run's folder."""
        if update.restarted:
            self._forget_log()
        self.manifest = update.manifest or self.manifest
        if update.batch is not None:
            self.extend(update.batch)
            self._make_room(update.share)
        if update.told_hparams is not None:
            self.told_hparams = {**self.told_hparams, **update.told_hparams}
        self.status = update.status or self.status
        self.format = self.format if update.format is None else update.format
        self.columns = self.columns if update.columns is None else update.columns
        self.trouble = self.trouble if update.trouble is None else update.trouble
        self.output = self.output if update.output is None else update.output
        self.traceback_line = update.traceback_line or self.traceback_line
        self.loading = update.loading
        self.share = update.share

    def extend(self, batch: Batch) -> None:
        """Take in rows that were read from the log."""
        for steps, evals, undo in batch.pieces():
            if steps is not None:
                self._take_steps(steps)
            if evals is not None:
                self._take_evals(evals)
            if undo is not None:
                self._go_back(undo)
        for event in batch.events:
            self.live.take(event)
        self.events.extend(batch.events)
        self.layers = _still_so(batch.layers or self.layers, batch)
        undos = [event for event in batch.events if is_undo(event)]
        parameters = (*self.parameters, *batch.parameters)
        self.parameters = [each for each in parameters if not _is_undone(each, undos)]
        self.metrics = newest_metrics((self.metrics, batch.metrics))
        self.system = batch.system or self.system
        self.end = batch.end or (None if batch.steps is not None else self.end)
        if self.end is not None:
            self.step = max(self.step, self.end.step)
        self.skipped += batch.skipped

    def smooth_with(self, weight: float) -> None:
        """Smooth the training loss with another weight (0: not at all)."""
        if weight != self.smoothing:
            self.smoothing = weight
            for curve in (self.train_loss, *(each.train_loss for each in self.undone)):
                curve.smooth_with(weight)

    @property
    def val_loss(self) -> Curve:
        """The validation loss."""
        return self.eval_metrics["val_loss"]

    @property
    def hparams(self) -> dict[str, Value]:
        """The hyperparameters as they are now, as far as they are known, name -> value.

        What a person told counts more than the manifest; what was set while it trained, and not undone, most.
        """
        return {**self.first_hparams, **self.live.settings()}

    @property
    def first_hparams(self) -> dict[str, Value]:
        """The hyperparameters as the training began."""
        return {**(self.manifest.hparams if self.manifest else {}), **self.told_hparams}

    @property
    def is_ours(self) -> bool:
        """Whether our own loop trains it, which logs all that there are charts for: no script, and no other program."""
        return not self.format and (self.manifest is None or self.manifest.source == "worker")

    @property
    def paused(self) -> bool:
        """Whether the training stands still because somebody asked for it."""
        return self.live.paused and self.status.alive

    @property
    def planned_epochs(self) -> float:
        """Epochs that are asked for, NaN while they are not known."""
        return planned_epochs(self.manifest, self.told_hparams, self.live)

    @property
    def planned_steps(self) -> float:
        """Steps that are asked for: those done, and those of the epochs that are left. NaN while they are not known."""
        if self.manifest:
            return planned_steps(self.manifest, self.live)
        return self.planned_epochs * self.step / self.epoch if self.epoch > 0 else math.nan

    @property
    def progress(self) -> float:
        """The share of the planned steps that is done, 0 to 1; NaN while the plan is not known."""
        planned = self.planned_steps
        return min(1.0, self.step / planned) if planned > 0 else math.nan

    def last_x(self, axis: AxisName) -> float:
        """How far the run has come on that axis."""
        return {"step": float(self.step), "epoch": self.epoch, "time": self.elapsed_s}[axis]

    def epoch_at(self, step: float) -> float:
        """The epoch in which that step was, as the records around it tell; NaN where the log has no epochs."""
        for curve in (self.train_loss, self.val_loss):
            steps, epochs = (curve.track.axis(name).values for name in ("step", "epoch"))
            if len(steps):
                after = int(np.searchsorted(steps, step, side="right"))
                around = slice(max(after - 1, 0), after + 1)  # np.interp copies whole columns
                epoch = float(np.interp(step, steps[around], epochs[around]))
                return epoch if math.isfinite(epoch) else math.nan
        return math.nan

    @property
    def elapsed_s(self) -> float:
        """Seconds from the first record to the last."""
        return self.last_s - self.start_s

    @property
    def steps_per_s(self) -> float:
        """Steps a second over the last seconds in which it trained; NaN while it does not, or that cannot be told."""
        return math.nan if self.paused else steps_per_s(self.train_loss.track, self.live.stood_until_s - self.start_s)

    @property
    def eta_s(self) -> float:
        """Seconds until the planned end at the speed of the last seconds; NaN while that cannot be told."""
        return max(self.planned_steps - self.step, 0.0) / self.steps_per_s  # NaN stays NaN in this order alone

    def _make_room(self, share: float) -> None:
        """Make room for the whole of a log of which that share is read: it need not be copied as it grows."""
        if self._has_room or not 0 < share < 1:
            return
        self._has_room = True
        for curve in (self.train_loss, *self.step_metrics.values()):
            curve.reserve(int(len(curve) / share * ROOM))

    def _take_steps(self, rows: Rows) -> None:
        self._note(rows)
        self.train_loss.extend(rows, "train_loss", self.start_s)
        for name, curve in self.step_metrics.items():
            curve.extend(rows, name, self.start_s)

    def _take_evals(self, rows: Rows) -> None:
        self._note(rows)
        for name, curve in self.eval_metrics.items():
            if name in rows.values:
                curve.extend(rows, name, self.start_s)
        losses = rows.values["val_loss"]
        if np.isfinite(losses).any():
            lowest = int(np.nanargmin(np.where(np.isfinite(losses), losses, np.nan)))
            if self.best is None or losses[lowest] < self.best.val_loss:
                step, epoch, moment = (float(column[lowest]) for column in (rows.step, rows.epoch, rows.time))
                self.best = Best(step, epoch, moment - self.start_s, float(losses[lowest]))

    def _go_back(self, undo: EventRecord) -> None:
        """The training stands at an earlier step again: what was logged after it leaves the curves. O(n), once."""
        curves = (self.train_loss, *self.step_metrics.values(), *self.eval_metrics.values())
        kept = [curve.rows_until(undo.step) for curve in curves]  # all of them first: some share a track
        self.undone.append(
            Undone.of(self.train_loss, self.val_loss, undo, time_s=undo.time - self.start_s, last_step=self.step)
        )
        for curve, length in zip(curves, kept, strict=True):
            if length < len(curve.raw.values):
                curve.keep(length)
        self.best = _best_of(self.val_loss)
        self.step, self.epoch = undo.step, _last_epoch(self.train_loss, self.val_loss)
        self.last_s = max(self.last_s, undo.time)

    def _note(self, rows: Rows) -> None:
        if math.isnan(self.start_s):
            self.start_s = float(rows.time[0])
        moment = float(rows.time[-1])
        # of the steps and validations of one reading, the later ones tell where the run is
        further = bool(rows.step[-1] >= self.step)
        later = further if math.isnan(moment) or moment == self.last_s else not moment < self.last_s
        if later:
            self.last_s = moment
            self.step = int(rows.step[-1])
            self.epoch = float(rows.epoch[-1])


def _still_so(layers: LayersRecord | None, batch: Batch) -> LayersRecord | None:
    """The statistics by layer, unless they are of steps that were taken back since."""
    undos = [event for event in batch.events if is_undo(event)]
    return None if layers is None or _is_undone(layers, undos) else layers


def _is_undone(record: LayersRecord | ParametersRecord, undos: list[EventRecord]) -> bool:
    """Whether it is of a step that was taken back since."""
    return any(record.time <= undo.time and record.step > undo.step for undo in undos)


def _best_of(curve: Curve) -> Best | None:
    losses = curve.raw.values
    if not np.isfinite(losses).any():
        return None
    lowest = int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))
    step, epoch, time = (float(curve.track.axis(name).values[lowest]) for name in AXES)
    return Best(step, epoch, time, float(losses[lowest]))


def _last_epoch(*curves: Curve) -> float:
    """The epoch of the last row of them; 0 without any."""
    epochs = (curve.track.axis("epoch").values[-1] for curve in curves if len(curve))
    return max(map(float, epochs), default=0.0)
