"""One run as the rules see it: its series reduced, joined at restarts, and laid beside each other.

Built anew from the :class:`RunState` at each update; it keeps no state of its own, so the same log gives the same
diagnosis whether it arrived at once or line by line, and any earlier moment can be looked at (``at_step``).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, wraps
from typing import TypeVar, cast

import numpy as np

from dltui.diagnosis.network import Layer, Network, network_of
from dltui.diagnosis.reduction import Values, block_means
from dltui.diagnosis.rows import NonFinite, Rows, Series, non_finite_of, peaks_of, rows_of, series_of
from dltui.diagnosis.statistics import noise, running_median
from dltui.series.curve import Curve
from dltui.series.gaps import GapCount
from dltui.series.state import RunState
from dltui_trainers.choices import Loss, Schedule
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import EventRecord, LayersRecord, ParametersRecord, Value

Answer = TypeVar("Answer")


SHOWS_NOTHING = frozenset({"epochs", "max_steps", "early_stop_patience", "eval_every"}) | {
    each.name for each in CATALOGUE.values() if each.family == "log"
}
"""What can be set without any curve going another way than it went."""


RECENT_SHARE = 0.25
RECENT_LEAST, RECENT_MOST = 20, 2000
RECENT_LEAST_S = 10.0
"""How many of the newest records tell what is so now, and for how long."""


class Observed:
    """The run up to ``at_step`` (default: all of it), and after ``since``.

    The validation curve is the loss or, in a log that has only accuracies, the error (1 - accuracy); the training curve
    beside it is then the training error. ``on_error`` tells which.
    """

    def __init__(
        self,
        state: RunState,
        at_step: float | None = None,
        now_s: float | None = None,
        *,
        since: float = -math.inf,
    ) -> None:
        self._state = state
        self._at_step = at_step
        self._now_s = now_s
        self._since = since
        self._metrics: dict[str, Series] = {}
        self.answers: dict[object, object] = {}
        """What was asked of this run already, by the function that was asked; see :func:`once`."""
        self._until = math.inf if at_step is None else at_step
        manifest = state.manifest
        self.hparams: Mapping[str, Value] = {**state.first_hparams, **state.live.settings(self._until)}
        self.data = manifest.data if manifest else None
        self.loss_name = manifest.loss if manifest else ""
        self.expected_initial_loss = manifest.expected_initial_loss if manifest else None
        self.ended = at_step is None and not state.status.alive

    @property
    def tests_range(self) -> bool:
        """Whether the learning rate goes through a range to see where it serves: a measurement, and no training."""
        return self.hparams.get("schedule") == Schedule.RANGE_TEST

    @property
    def takes_squares(self) -> bool:
        """Whether the loss is a squared error, of numbers or of classes taken as 0 and 1."""
        return self.loss_name == Loss.MSE

    @property
    def squared_classes(self) -> int | None:
        """How many classes a squared error is taken of; None where the loss or the targets are others."""
        classes = self.data.classes if self.data is not None and self.takes_squares else None
        return classes if classes is not None and classes > 1 else None

    @property
    def changed_at(self) -> float | None:
        """The step at which a hyperparameter of the training was set last, and stayed; None if none was."""
        made = (each.step for each in self._state.live.standing() if each.hparam not in SHOWS_NOTHING)
        return max((step for step in made if step <= self._until), default=None)

    @cached_property
    def present(self) -> "Observed":
        """The run since it was changed, which is all of it where nothing was: how it trains with its settings of now.

        What was seen with others is no evidence against these.
        """
        changed = self.changed_at
        return self if changed is None else Observed(self._state, self._at_step, self._now_s, since=changed)

    def _rows_of(self, curve: Curve) -> Rows:
        return rows_of(curve, self._until, self._since)

    @cached_property
    def _train_rows(self) -> Rows:
        return self._rows_of(self._state.train_loss)

    @cached_property
    def _val_rows(self) -> Rows:
        rows = self._rows_of(self._state.val_loss)
        if not len(rows.value):
            accuracy = self._rows_of(self._state.eval_metrics["val_accuracy"])
            rows = replace(accuracy, value=1 - accuracy.value, source=None)
        # begun anew and not yet validated: what validations there are belong to the training before
        stale = self._train_rows.restarts > rows.restarts
        return Rows(rows.step[:0], rows.value[:0], rows.restarts, GapCount(0, 0, False)) if stale else rows

    @property
    def on_error(self) -> bool:
        """Whether the curves are judged by their error, because there is no validation loss."""
        return not len(self._rows_of(self._state.val_loss).value) and len(self.val) > 0

    @property
    def restarts(self) -> int:
        """How often the log was begun anew; only what came after the last time is looked at."""
        return max(self._train_rows.restarts, self._val_rows.restarts)

    @cached_property
    def train(self) -> Series:
        """The training loss."""
        return series_of(self._train_rows)

    @cached_property
    def train_smooth(self) -> Values:
        """The running median of :attr:`train`."""
        return running_median(self.train.value)

    @cached_property
    def train_peaks(self) -> Series:
        """The highest training loss in each block of :attr:`train`, exactly: no spike is missed."""
        return peaks_of(self._train_rows)

    @cached_property
    def val(self) -> Series:
        """The validation loss, or error."""
        return series_of(self._val_rows)

    @cached_property
    def validations(self) -> int:
        """How many finite validations there were, before they were reduced."""
        return int(np.isfinite(self._val_rows.value).sum())

    @cached_property
    def val_smooth(self) -> Values:
        """The running median of the validation curve."""
        return running_median(self.val.value)

    @cached_property
    def val_noise(self) -> float:
        """The noise of one validation."""
        return noise(self.val.value)

    @cached_property
    def train_between(self) -> Series:
        """The mean training loss between each two validations, at the middle of the interval.

        So a log with a value each step, and one with the mean of each epoch, say the same.
        """
        steps, values = self._judged_train
        edges = np.searchsorted(steps, self.val.step, side="right")
        bounds = np.concatenate(([0], edges)).astype(np.int64)
        means = block_means(values, bounds)
        # the first interval is taken to be as long as the second: an epoch began before its first record
        length = self.val.step[1] - self.val.step[0] if len(edges) > 1 else 0.0
        before = np.concatenate(([self.val.step[0] - length], self.val.step[:-1])) if len(edges) else self.val.step
        known = np.isfinite(means)
        return Series(((before + self.val.step) / 2)[known], means[known])

    @property
    def _judged_train(self) -> tuple[Values, Values]:
        if not self.on_error:
            return self._train_rows.step, self._train_rows.value
        accuracy = self._rows_of(self._state.eval_metrics["train_accuracy"])
        return accuracy.step, 1 - accuracy.value

    @cached_property
    def train_at_val(self) -> Values:
        """The training curve (loss or error) at each validation; NaN where there is none."""
        return self.train_between.at(self.val.step)

    @property
    def comparable(self) -> bool:
        """Whether training and validation can be laid beside each other.

        For that the training loss must be known at every third validation, or at twenty places of the run.
        """
        known = len(self.train_between)
        return known > 1 and known >= min(20.0, len(self.val) / 3)

    @cached_property
    def train_at_val_smooth(self) -> Values:
        """The running median of :attr:`train_at_val`."""
        return running_median(self.train_at_val)

    def metric(self, name: str) -> Series:
        """Return a measurement beside the losses by its name in the log: ``lr``, ``grad_norm``, ``val_accuracy`` ..."""
        if name not in self._metrics:
            curve = {**self._state.step_metrics, **self._state.eval_metrics}[name]
            self._metrics[name] = series_of(self._rows_of(curve))
        return self._metrics[name]

    def metric_peaks(self, name: str) -> tuple[Series, int]:
        """Return the highest value of a measurement in each block, exactly, and how many were no numbers."""
        rows = self._rows_of({**self._state.step_metrics, **self._state.eval_metrics}[name])
        return peaks_of(rows), rows.gaps.count

    @cached_property
    def lr(self) -> Series:
        """The learning rate."""
        return self.metric("lr")

    @property
    def lr_now(self) -> float:
        """The learning rate of the last record, NaN where the log has none."""
        rows = self._rows_of(self._state.step_metrics["lr"])
        return float(rows.value[-1]) if len(rows.value) else math.nan

    @cached_property
    def layers(self) -> LayersRecord | None:
        """The newest statistics by layer, if they are not from after the moment that is looked at."""
        layers = self._state.layers
        return layers if layers is not None and self._since < layers.step <= self._until else None

    @cached_property
    def parameter_records(self) -> list[ParametersRecord]:
        """The records of the parameters, oldest first."""
        return [each for each in self._state.parameters if self._since < each.step <= self._until]

    @cached_property
    def output_records(self) -> list[ParametersRecord]:
        """Those of them that tell of outputs of modules too."""
        return [each for each in self.parameter_records if each.outputs]

    @cached_property
    def network(self) -> Network:
        """The layers of the network and what was measured of them."""
        manifest = self._state.manifest
        return network_of(manifest.model if manifest else None, self.parameter_records)

    def ran(self, layer: Layer) -> bool | None:
        """Whether the layer ever had a part in a pass with gradients; None where its outputs would not tell.

        A part that a larger module computes by itself, as an attention does its last layer, runs with that.
        """
        if not self.output_records or not layer.is_module:
            return None
        wanted = {layer.name, layer.name.rpartition(".")[0]} - {""}
        return any(not wanted.isdisjoint(each.outputs) for each in self.output_records)

    @property
    def recent_waits(self) -> tuple[Values, Values, Values]:
        """The steps, times and shares of waiting of the newest records that tell how long a step waited for its batch:
        a quarter of them, and at least 20 of at least 10 seconds."""
        curve = self._state.step_metrics["data_wait"]
        length = len(curve.raw)
        steps, times = (curve.track.axis(name).values[:length] for name in ("step", "time"))
        shares = curve.raw.values[:length]
        end = length if math.isinf(self._until) else int(np.searchsorted(steps, self._until, side="right"))
        start = max(0, end - RECENT_MOST)
        known = np.isfinite(shares[start:end]) & np.isfinite(times[start:end]) & (steps[start:end] <= self._until)
        places = start + np.flatnonzero(known)
        enough = times[places] <= times[places[-1]] - RECENT_LEAST_S if len(places) else places
        records = max(RECENT_LEAST, round(RECENT_SHARE * len(places)), 1 + len(places) - int(np.count_nonzero(enough)))
        newest = places[-records:]
        return steps[newest], times[newest], shares[newest]

    @property
    def non_finite_origin(self) -> EventRecord | None:
        """Where the first value was traced to that was no number; None if none was."""
        found = (each for each in self._state.events if each.name == "non_finite" and each.step <= self._until)
        return next(found, None)

    @cached_property
    def first_step(self) -> float:
        """The first step of the log."""
        return min((float(each[0]) for each in (self._train_rows.step, self._val_rows.step) if len(each)), default=0.0)

    @cached_property
    def last_step(self) -> float:
        """The last step of the log."""
        return max((float(each[-1]) for each in (self._train_rows.step, self._val_rows.step) if len(each)), default=0.0)

    @property
    def planned_steps(self) -> float:
        """How many steps the training was to have, NaN where the log does not tell."""
        return self._state.planned_steps

    @property
    def budget_share(self) -> float:
        """The share of the planned steps that is done; 1 where no plan is known."""
        planned = self.planned_steps
        return min(1.0, self.last_step / planned) if planned > 0 else 1.0

    @property
    def continued(self) -> bool:
        """Whether the training began from a checkpoint of another: what it learned before is not in its log."""
        parent = self._state.manifest.parent if self._state.manifest else None
        return parent is not None and parent.step > 0

    @property
    def plan_known(self) -> bool:
        """Whether it is known how long the training was to be. Without a plan a log may be the beginning of a longer
        one, and what is slow, or stuck for now, can only be a note."""
        return self.planned_steps > 0

    def share(self, step: float) -> float:
        """Where ``step`` lies between the first (0) and the last (1)."""
        span = self.last_step - self.first_step
        return (step - self.first_step) / span if span > 0 else 1.0

    @property
    def record_times(self) -> Values:
        """When the records of the training loss were written, in seconds since the first; without the unknown ones."""
        times = self._state.train_loss.track.axis("time").values[-200:]
        return times[np.isfinite(times)]

    @property
    def silent_s(self) -> float | None:
        """Seconds since the last record of a run that is at work; None for one that is not, or without a clock.

        One that was paused is silent because somebody asked for it.
        """
        if self._now_s is None or self._state.paused or not self._state.status.alive or math.isnan(self._state.last_s):
            return None
        return self._now_s - self._state.last_s

    @property
    def out_of_memory(self) -> list[EventRecord]:
        """What the training did when the memory did not suffice, oldest first."""
        return [each for each in self._state.events if each.name == "oom" and each.step <= self._until]

    @property
    def error(self) -> str:
        """Why it failed, empty if it did not, or had not at the moment that is looked at."""
        end = self._state.end if self._at_step is None else None
        return (end.error or "") if end is not None else ""

    def non_finite(self) -> NonFinite | None:
        """What was logged as NaN or infinite, in the training or the validation loss; None if nothing was."""
        found = [each for each in (non_finite_of(self._train_rows), non_finite_of(self._val_rows)) if each]
        if not found:
            return None
        return NonFinite(
            sum(each.count for each in found),
            min(each.first_step for each in found),
            any(each.at_end for each in found),
        )

    @cached_property
    def untrained_val_loss(self) -> float | None:
        """The validation loss at step 0, before anything was learned; None where there was no such validation."""
        val, train = self._val_rows, self._train_rows
        untrained = len(val.step) > 0 and val.step[0] == 0 and (not len(train.step) or train.step[0] > 0)
        return float(val.value[0]) if untrained and not self.on_error and np.isfinite(val.value[0]) else None

    @cached_property
    def initial_loss(self) -> float | None:
        """The loss before anything was learned: the validation at step 0, or the first step of a log that has it."""
        if self.untrained_val_loss is not None:
            return self.untrained_val_loss
        train = self._train_rows
        # a first record is that of the first step only in a log with a value each step
        if len(train.step) and train.step[0] <= 1 and len(train.step) > 4 * len(self._val_rows.step) > 0:
            return float(train.value[0]) if np.isfinite(train.value[0]) else None
        return None


def once(question: Callable[[Observed], Answer]) -> Callable[[Observed], Answer]:
    """Let a question about a run be answered only once: several rules ask the same."""

    @wraps(question)
    def ask(run: Observed) -> Answer:
        if question not in run.answers:
            run.answers[question] = question(run)
        return cast(Answer, run.answers[question])

    return ask
