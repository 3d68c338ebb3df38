"""Where the loop tells what happens.

The loop never asks whether to log: a training without a log has :class:`NullLog`.
"""

import math
import time
from typing import Protocol

import torch
from torch import Tensor

from dltui_trainers.health.cadence import is_due
from dltui_trainers.health.gauges import Gauges
from dltui_trainers.hparams import Hparams
from dltui_trainers.output import say
from dltui_trainers.pace import Pace, as_wanted
from dltui_trainers.runlog import EvalRecord, LayersRecord, Record, StepRecord, number, number_or_none
from dltui_trainers.system import SystemGauge
from dltui_trainers.watch import Watch
from dltui_trainers.writer import RunWriter

PROGRESS_EVERY_S = 2.0


class TrainingLog(Protocol):
    """What the loop calls. ``step`` counts from 1: the number of the optimiser's step."""

    def waited(self, seconds: float) -> None:
        """So long it took until the batch of the next step was there."""
        ...

    def before_update(self, step: int, samples: int) -> bool:
        """The gradients of ``step``, of so many samples, are complete, and not yet clipped.

        Returns whether they are finite, as far as that was measured.
        """
        ...

    def after_update(self, step: int, epoch: float, lr: float, losses: "MeanLoss") -> None:
        """The weights were changed; ``losses`` holds those of the batches since it was last read."""
        ...

    def finish(self, step: int, epoch: float, lr: float, losses: "MeanLoss") -> None:
        """There will be no more steps; ``losses`` may hold some that no record tells yet."""
        ...

    def turn(self, hparams: Hparams) -> None:
        """The hyperparameters have other values from now on."""
        ...

    def rest(self, step: int) -> None:
        """No step is done for now: that is no slow training, and it is alive."""
        ...

    def write(self, record: Record) -> None:
        """Append a record that the loop has made."""
        ...


class NullLog:
    """Measures and keeps nothing: the other side of the scales when the cost of logging is weighed."""

    def waited(self, seconds: float) -> None: ...

    def before_update(self, step: int, samples: int) -> bool:
        return True

    def after_update(self, step: int, epoch: float, lr: float, losses: "MeanLoss") -> None: ...

    def finish(self, step: int, epoch: float, lr: float, losses: "MeanLoss") -> None: ...

    def turn(self, hparams: Hparams) -> None: ...

    def rest(self, step: int) -> None: ...

    def write(self, record: Record) -> None: ...


class MeanLoss:
    """The mean loss, and the number of samples, since it was last read."""

    def __init__(self, device: torch.device) -> None:
        self._on_cpu = device.type == "cpu"
        self._sum: float | Tensor = 0.0
        self._batches = 0
        self._samples = 0
        self.finite = True
        """Whether the loss of the last batch was, as far as that is known without waiting for a GPU."""

    def add(self, loss: Tensor, samples: int) -> None:
        """Add the loss of a batch."""
        # On a GPU .item() would make the processor wait at every step; on the CPU it is the cheapest way.
        if self._on_cpu:
            value = loss.item()
            self.finite = math.isfinite(value)
            self._sum += value
        else:
            self._sum += loss.detach()
        self._batches += 1
        self._samples += samples

    def state(self) -> dict[str, float | int]:
        """Return what waits, for :meth:`resume`; waits for the device."""
        return {"sum": float(self._sum), "batches": self._batches, "samples": self._samples}

    def resume(self, *, total: float, batches: int, samples: int) -> None:
        """Go on from a state."""
        self._sum, self._batches, self._samples = total, batches, samples

    def forget(self) -> None:
        """Begin anew: what comes is not to be mixed with what was."""
        self.resume(total=0.0, batches=0, samples=0)

    @property
    def waiting(self) -> bool:
        """Whether there are losses since the last read."""
        return self._batches > 0

    def take(self) -> tuple[float, int]:
        """Return the mean loss and the samples since the last call; waits for the device."""
        mean, samples = float(self._sum) / max(self._batches, 1), self._samples
        self._sum, self._batches, self._samples = 0.0, 0, 0
        return mean, samples


class RunLog:
    """Measures as often as the pace says and appends to the run's log."""

    def __init__(
        self,
        writer: RunWriter,
        *,
        pace: Pace,
        watch: Watch,
        gauges: Gauges,
        system: SystemGauge,
        hparams: Hparams,
        processes: int = 1,
    ) -> None:
        """``processes``: how many train together; a batch has ``batch_size`` samples for each of them."""
        self._writer = writer
        self._processes = processes
        self._usual_pace = pace
        self._watch = watch
        self._gauges = gauges
        self._system = system
        self._progress = Progress()
        self._grad_norm: float | None = None
        self._waited_s = 0.0
        self._since = time.perf_counter()
        self.turn(hparams)

    def turn(self, hparams: Hparams) -> None:
        self._pace = as_wanted(self._usual_pace, log_every=hparams.log_every, watch_every=hparams.watch_every)
        self._record_every = self._pace.record_every
        self._progress.epochs = hparams.epochs
        self._batch_size = hparams.batch_size * self._processes

    def rest(self, step: int) -> None:
        self._since, self._waited_s = time.perf_counter(), 0.0
        self._tell_system(step)

    def waited(self, seconds: float) -> None:
        self._waited_s += seconds

    def before_update(self, step: int, samples: int) -> bool:
        if step % self._record_every:
            return True
        pace = self._pace
        layers, ratio = step % pace.layers_every == 0, step % pace.ratio_every == 0
        measures = layers or step % pace.gradient_every == 0
        self._grad_norm = self._watch.measure_gradients() if measures else None
        if layers or ratio:
            self._watch.remember_weights()
        if self._measures_all(step):
            self._gauges.before_update(self._batch_size, samples)
        return self._grad_norm is None or math.isfinite(self._grad_norm)

    def after_update(self, step: int, epoch: float, lr: float, losses: MeanLoss) -> None:
        if step % self._record_every:
            return
        layers, ratio = step % self._pace.layers_every == 0, step % self._pace.ratio_every == 0
        update_ratio = self._watch.measure_update() if layers or ratio else None
        self._write_step(step, epoch, lr, losses, update_ratio)
        if layers:
            found = self._watch.layers(look=step % self._pace.dead_every == 0)
            self._writer.write(LayersRecord(step=step, time=time.time(), layers=found))
        if self._measures_all(step):
            self._writer.write(self._gauges.record(step))
        self._tell_system(step)

    def finish(self, step: int, epoch: float, lr: float, losses: MeanLoss) -> None:
        if losses.waiting:
            self._grad_norm = None
            self._write_step(step, epoch, lr, losses, None)

    def write(self, record: Record) -> None:
        self._writer.write(record)
        if isinstance(record, EvalRecord):
            self._progress.tell(record)

    def _measures_all(self, step: int) -> bool:
        return is_due(step, every=self._record_every, least=self._pace.parameters_least)

    def _tell_system(self, step: int) -> None:
        if self._system.due():
            self._writer.write(self._system.record(step))

    def _write_step(self, step: int, epoch: float, lr: float, losses: MeanLoss, update_ratio: float | None) -> None:
        loss, samples = losses.take()
        now = time.perf_counter()
        self._writer.write(
            StepRecord(
                step=step,
                time=time.time(),
                epoch=round(epoch, 4),
                train_loss=number(loss),
                lr=number(lr),
                grad_norm=number_or_none(self._grad_norm),
                update_ratio=number_or_none(update_ratio),
                throughput=round(samples / max(now - self._since, 1e-9), 1),
                data_wait=round(min(1.0, self._waited_s / max(now - self._since, 1e-9)), 4),
            )
        )
        self._since, self._waited_s = now, 0.0


class Progress:
    """A line for a person at the start, every few seconds, and at the end."""

    def __init__(self) -> None:
        self.epochs = 0
        self._next = 0.0

    def tell(self, record: EvalRecord) -> None:
        """Print a line about this validation if one is due."""
        now = time.monotonic()
        if now < self._next and record.epoch != self.epochs:
            return
        self._next = now + PROGRESS_EVERY_S
        accuracy = "" if record.val_accuracy is None else f"  val accuracy {float(record.val_accuracy):.1%}"
        loss = "" if record.val_loss is None else f"  val loss {float(record.val_loss):.4g}"
        say(f"epoch {float(record.epoch):g}/{self.epochs}  step {record.step}{loss}{accuracy}")
