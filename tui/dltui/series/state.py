"""The state of one run: the one place where rows of a log become curves, a best value and a rate."""

import math
from dataclasses import dataclass

import numpy as np

from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Mask, Rows, RunUpdate
from dltui.series.smoothing import Ema
from dltui.series.trace import Trace
from dltui.series.track import AxisName, Track
from dltui_trainers.runlog import EndRecord, EventRecord, LayersRecord, Manifest, SystemRecord, Value

SMOOTHING = 0.9
"""The weight of the smoothed curve to begin with: it remembers about 10 records."""
RATE_WINDOW_S = 10.0
"""The speed of a training is that of its last seconds: it changes with the load of the machine."""
ROOM = 1.02
"""Lines that come later are not shorter: steps have more digits. So the estimate is nearly always enough."""


@dataclass(frozen=True, slots=True)
class Best:
    """The lowest validation loss so far, and where it was; ``time`` in seconds since the start."""

    step: float
    epoch: float
    time: float
    val_loss: float


class Curve:
    """One metric over the records that have it. ``raw`` and ``track`` grow together."""

    __slots__ = ("raw", "track")

    def __init__(self) -> None:
        self.track = Track()
        self.raw = Trace(self.track)

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def last(self) -> float:
        """The last value, NaN while there is none."""
        return float(self.raw.values[-1]) if len(self.raw) else math.nan

    def extend(self, rows: Rows, name: str, start_s: float) -> None:
        """Append the metric ``name`` of those ``rows`` that have it; times become seconds since ``start_s``."""
        unknown = _unknown(rows, name)
        known = slice(None) if unknown is None else ~unknown
        self.track.extend(rows.step[known], rows.epoch[known], rows.time[known] - start_s)
        self.raw.extend(rows.values[name][known])

    def reserve(self, length: int) -> None:
        """Make room for ``length`` points in all."""
        self.track.reserve(length)
        self.raw.reserve(length)


class Companion(Curve):
    """A curve that shares the track of another one until a record has a value for only one of the two.

    The ``leader`` is extended first. Of a long log the axes are most of the memory, and nearly all metrics of a step
    are in the same records.
    """

    __slots__ = ("_leader", "_leader_name")

    def __init__(self, leader: Curve, leader_name: str) -> None:
        super().__init__()
        self._leader, self._leader_name = leader, leader_name
        self._stand_on(leader.track)

    def extend(self, rows: Rows, name: str, start_s: float) -> None:
        """As :meth:`Curve.extend`."""
        if self.track is self._leader.track:
            unknown = _unknown(rows, name)
            if _alike(unknown, _unknown(rows, self._leader_name)):
                self.raw.extend(rows.values[name] if unknown is None else rows.values[name][~unknown])
                return
            self._stand_on(self._leader.track.head(len(self.raw.values)))
        super().extend(rows, name, start_s)

    def reserve(self, length: int) -> None:
        """As :meth:`Curve.reserve`."""
        if self.track is not self._leader.track:
            self.track.reserve(length)
        self.raw.reserve(length)

    def _stand_on(self, track: Track) -> None:
        self.track = self.raw.track = track


def _unknown(rows: Rows, name: str) -> Mask | None:
    """Where the metric is unknown; None where it is known in every record."""
    unknown = rows.unknown.get(name)
    return unknown if unknown is not None and unknown.any() else None


def _alike(one: Mask | None, other: Mask | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


class SmoothedCurve(Curve):
    """A curve with its exponential moving average beside it, for the eye only: no decision is taken on it."""

    __slots__ = ("_ema", "smooth")

    def __init__(self, weight: float) -> None:
        super().__init__()
        self._ema = Ema(weight)
        self.smooth = Trace(self.track, rough=weight > 0)

    def extend(self, rows: Rows, name: str, start_s: float) -> None:
        """As :meth:`Curve.extend`; the average costs only the new points."""
        before = len(self.raw)
        super().extend(rows, name, start_s)
        self.smooth.extend(self._ema.extend(self.raw.values[before:]))

    def reserve(self, length: int) -> None:
        """As :meth:`Curve.reserve`."""
        super().reserve(length)
        self.smooth.reserve(length)

    def smooth_with(self, weight: float) -> None:
        """Compute the average anew with another weight."""
        self._ema = Ema(weight)
        self.smooth = Trace(self.track, self._ema.extend(self.raw.values), rough=weight > 0)


class RunState:
    """Everything that is known of a run. It only grows, by :meth:`take`; one thread uses it."""

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
            name: Companion(self.train_loss, "train_loss") for name in ("lr", "grad_norm", "update_ratio", "throughput")
        }
        self.eval_metrics = {
            name: Curve() for name in ("val_loss", "val_accuracy", "val_precision", "val_recall", "train_accuracy")
        }
        self.events: list[EventRecord] = []
        self.layers: LayersRecord | None = None
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
        if batch.steps is not None:
            self._take_steps(batch.steps)
        if batch.evals is not None:
            self._take_evals(batch.evals)
        self.events.extend(batch.events)
        self.layers = batch.layers or self.layers
        self.system = batch.system or self.system
        self.end = batch.end or (None if batch.steps is not None else self.end)
        if self.end is not None:
            self.step = max(self.step, self.end.step)
        self.skipped += batch.skipped

    def smooth_with(self, weight: float) -> None:
        """Smooth the training loss with another weight (0: not at all)."""
        if weight != self.smoothing:
            self.smoothing = weight
            self.train_loss.smooth_with(weight)

    @property
    def val_loss(self) -> Curve:
        """The validation loss."""
        return self.eval_metrics["val_loss"]

    @property
    def hparams(self) -> dict[str, Value]:
        """The hyperparameters as far as they are known, name -> value; what a person told counts more."""
        return {**(self.manifest.hparams if self.manifest else {}), **self.told_hparams}

    @property
    def planned_epochs(self) -> float:
        """Epochs that were asked for, NaN while they are not known."""
        if self.manifest:
            return float(self.manifest.epochs)
        told = self.told_hparams.get("epochs")
        return float(told) if isinstance(told, (int, float)) else math.nan

    @property
    def planned_steps(self) -> float:
        """Steps that were asked for, NaN while they are not known."""
        if self.manifest:
            return float(self.manifest.epochs * self.manifest.steps_per_epoch)
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
        """Steps a second over the last seconds of the log, NaN while that cannot be told."""
        track = self.train_loss.track
        steps, times = track.axis("step").values, track.axis("time").values
        if len(times) < 2 or not math.isfinite(times[-1]):
            return math.nan
        first = min(int(np.searchsorted(times, times[-1] - RATE_WINDOW_S)), len(times) - 2)
        span = float(times[-1] - times[first])
        done = float(steps[-1] - steps[first])
        return done / span if span > 0 and done > 0 else math.nan

    @property
    def eta_s(self) -> float:
        """Seconds until the planned end at the speed of the last seconds; NaN while that cannot be told."""
        return max(0.0, self.planned_steps - self.step) / self.steps_per_s

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
            curve.extend(rows, name, self.start_s)
        losses = rows.values["val_loss"]
        if np.isfinite(losses).any():
            lowest = int(np.nanargmin(np.where(np.isfinite(losses), losses, np.nan)))
            if self.best is None or losses[lowest] < self.best.val_loss:
                step, epoch, moment = (float(column[lowest]) for column in (rows.step, rows.epoch, rows.time))
                self.best = Best(step, epoch, moment - self.start_s, float(losses[lowest]))

    def _note(self, rows: Rows) -> None:
        if math.isnan(self.start_s):
            self.start_s = float(rows.time[0])
        moment = float(rows.time[-1])
        # of the steps and validations of one reading, the later ones tell where the run is
        later = rows.step[-1] >= self.step if math.isnan(moment) else not moment < self.last_s
        if later:
            self.last_s = moment
            self.step = int(rows.step[-1])
            self.epoch = float(rows.epoch[-1])
