"""The callback for Lightning: ``Trainer(callbacks=[dltui.LightningCallback()])``.

It works with ``lightning`` and with ``pytorch_lightning``, whichever the script has imported. Every rank has one: each
asks the recorder at the same moments, and only the first one's recorder writes.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Unpack

from dltui_trainers.integrations.about import About, missing
from dltui_trainers.integrations.branched import Keeping, Start, bring_back, tell_first_rate
from dltui_trainers.integrations.losses import LossMean
from dltui_trainers.integrations.names import metrics_of, part_of
from dltui_trainers.integrations.settings import count, length, optimizer_settings, plain, schedule_name
from dltui_trainers.integrations.torch_state import put_back, state_of
from dltui_trainers.recorder import Run, start_run
from dltui_trainers.runlog import Value

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")
_SHARDED = ("FSDP", "DeepSpeed", "ModelParallel")
"""Strategies under which no process has the whole model: the state of one would be a part of it."""


def _callback_class() -> Any:
    """Return the ``Callback`` of the package that the script uses; with both installed they are two classes."""
    for name in sorted(_PACKAGES, key=lambda each: each not in sys.modules):
        try:
            return import_module(name).Callback
        except ImportError as error:
            failed = error
    raise missing("LightningCallback", "lightning", failed) from None


Callback: Any = _callback_class()


class LightningCallback(Callback):
    """Records a ``fit`` as a run of dltui, and lets it be paused, stopped and tuned while it trains.

    A second ``fit`` is a second run. A branch goes on from what was kept, and its steps count on. With
    ``fast_dev_run`` nothing is recorded, as Lightning's own loggers do.
    """

    def __init__(
        self,
        name: str = "",
        *,
        hparams: Mapping[str, Value] | None = None,
        watch: bool = True,
        **about: Unpack[About],
    ) -> None:
        """``name``: of the run, else the model's class; ``hparams``: beside those that the model has saved;
        ``watch``: whether layers are measured, and values can be set live."""
        super().__init__()
        self.run: Run | None = None
        self._name, self._hparams, self._watch, self._about = name, dict(hparams or {}), watch, about
        self._clear()

    def _clear(self) -> None:
        self._losses = LossMean()
        self._is_stopped = False
        self._keeping: Keeping | None = None
        self._start = Start()
        self._last: float | None = None
        self._offset = 0
        self._step = -1
        self._epoch = 0.0
        self._lr: float | None = None
        self._training_names: set[str] = set()
        self._validation_names: set[str] = set()

    def on_sanity_check_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin here, where there is a sanity check: it is the first code of the user that may fail."""
        self._begin(trainer, pl_module)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin, unless a sanity check has begun."""
        self._begin(trainer, pl_module)

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Keep the state at the end of the last epoch: only now its schedules have made their step."""
        if self._keeping is not None and self._step > 0:
            self._keeping.keep()

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Wait here while the run is paused."""
        if self.run is None:
            return
        self.run.pause_point()
        self._lr = _rate(trainer)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Tell the step that was done, and stop if that was asked for."""
        if self.run is None:
            return
        loss = _loss(trainer, pl_module, outputs)
        if loss is not None:
            self._losses.add(loss)
        self._epoch = self._start.epoch + _epoch(trainer, batch_idx)
        if self._now(trainer) == self._step:  # gradients are still being gathered
            return
        self._step = self._now(trainer)
        self._tell_step(self._losses.read())
        if self.run.should_stop:
            self._is_stopped = trainer.should_stop = True
        if self._last is not None and self._step >= self._last:
            trainer.should_stop = True

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Note which numbers are of the training: those of the validation may have no name that tells."""
        self._training_names |= set(trainer.callback_metrics) - self._validation_names

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Tell what the validation measured."""
        if self.run is None or trainer.sanity_checking:
            return
        self._tell_step(self._losses.read_now())
        found = {
            name: value
            for name, value in trainer.callback_metrics.items()
            if part_of(name) == "val" or (part_of(name) is None and name not in self._training_names)
        }
        self._validation_names |= set(found)
        if metrics := metrics_of(found.items(), "val"):
            self.run.log(self._now(trainer), epoch=self._epoch, **metrics)
        if self._keeping is not None and not trainer.is_last_batch:
            self._keeping.keep()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Tell what the model logged of its training beside the loss."""
        if self.run is None:
            return
        self._tell_step(self._losses.read_now())
        names = set(trainer.callback_metrics) - self._validation_names
        metrics = metrics_of(((name, trainer.callback_metrics[name]) for name in sorted(names)), "train")
        metrics.pop("train_loss", None)  # told step by step
        if metrics:
            self.run.log(self._now(trainer), epoch=self._epoch, **metrics)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """The training has come to its end, or was stopped."""
        if self.run is not None:
            self._tell_step(self._losses.read_now())
            self._end(None)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """The training failed, or was interrupted from the keyboard."""
        self._end(exception)

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Whatever ended the training without a word: no run stays open."""
        self._end(None)

    def _begin(self, trainer: Any, module: Any) -> None:
        if self.run is not None or trainer.fast_dev_run:
            return
        self._clear()
        told: dict[str, Any] = {**_size(trainer), **self._about}
        hparams = {**_settings(trainer, module), **self._hparams}
        self.run = start_run(self._name or type(module).__name__, hparams=hparams, **told)
        if self._watch:
            self.run.watch(module, trainer.optimizers)
        if not any(word in type(trainer.strategy).__name__ for word in _SHARDED):
            self._go_on(self.run, trainer, module)
            self._keeping = Keeping(self.run, lambda: self._state(trainer, module))
        self._step = self._now(trainer)

    def _go_on(self, run: Run, trainer: Any, module: Any) -> None:
        """Put back what a branch goes on from. Lightning itself counts from 0, so the end is ours to find."""
        total = count(trainer.estimated_stepping_batches)

        def put(kept: Mapping[str, Any]) -> str:
            is_over = Start(kept["global_step"]).is_over(total)
            return put_back(kept, module, trainer.optimizers, _schedules(trainer), schedules_anew=is_over)

        self._start = bring_back(run, put)
        if self._start.step:
            self._offset = self._start.step - trainer.global_step
        self._last = self._start.last_of(total)
        if trainer.optimizers:
            tell_first_rate(run, trainer.optimizers[0], self._take_rate)

    def _take_rate(self, lr: float) -> None:
        self._lr = lr

    def _now(self, trainer: Any) -> int:
        """The steps that were done, with those of the run that this one goes on from."""
        return int(trainer.global_step) + self._offset

    def _state(self, trainer: Any, module: Any) -> dict[str, Any]:
        kept = state_of(module, trainer.optimizers, _schedules(trainer))
        return {**kept, "epoch": self._epoch, "global_step": self._now(trainer)}

    def _tell_step(self, loss: float | None) -> None:
        if self.run is not None and loss is not None:
            self.run.log(self._step, train_loss=loss, lr=self._lr, epoch=self._epoch)

    def _end(self, error: BaseException | None) -> None:
        run, self.run = self.run, None
        if run is None:
            return
        if error is not None:
            run.__exit__(type(error), error, error.__traceback__)
        else:
            run.finish("stopped" if self._is_stopped else "finished")


def _rate(trainer: Any) -> float | None:
    groups = trainer.optimizers[0].param_groups if trainer.optimizers else None
    return float(groups[0]["lr"]) if groups else None


def _loss(trainer: Any, module: Any, outputs: Any) -> Any:
    """The loss of one batch. Lightning has divided it by the number of batches that make a step."""
    loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
    if loss is not None:
        return loss * trainer.accumulate_grad_batches if module.automatic_optimization else loss
    logged = metrics_of(trainer.callback_metrics.items(), "train")  # a model that steps by itself may return none
    return logged.get("train_loss")


def _epoch(trainer: Any, batch_idx: int) -> float:
    batches = count(trainer.num_training_batches)
    return float(trainer.current_epoch) + ((batch_idx + 1) / batches if batches else 0.0)


def _size(trainer: Any) -> dict[str, Any]:
    """How long the training is, and on how much data; asked on every rank, as some of it is agreed among them."""
    steps, batches = count(trainer.estimated_stepping_batches), count(trainer.num_training_batches)
    per_epoch = -(-batches // trainer.accumulate_grad_batches)
    epochs = count(trainer.max_epochs)
    if steps and per_epoch:
        epochs = min(epochs or steps, -(-steps // per_epoch))
    data = getattr(trainer.train_dataloader, "dataset", None)
    return {"epochs": epochs or None, "steps_per_epoch": per_epoch or None, "n_train": length(data)}


def _settings(trainer: Any, module: Any) -> dict[str, Value]:
    found: dict[str, Any] = {}
    if trainer.optimizers:
        found |= optimizer_settings(trainer.optimizers[0])
    found["schedule"] = schedule_name(config.scheduler for config in trainer.lr_scheduler_configs)
    found["batch_size"] = getattr(trainer.train_dataloader, "batch_size", None)
    found["epochs"] = count(trainer.max_epochs) or None
    found["grad_clip"] = trainer.gradient_clip_val
    found["accumulate_grad_batches"] = None if trainer.accumulate_grad_batches == 1 else trainer.accumulate_grad_batches
    found["precision"] = None if str(trainer.precision) == "32-true" else trainer.precision
    return plain({**found, **getattr(trainer.datamodule, "hparams", {}), **module.hparams})


def _schedules(trainer: Any) -> list[Any]:
    return [config.scheduler for config in trainer.lr_scheduler_configs]
