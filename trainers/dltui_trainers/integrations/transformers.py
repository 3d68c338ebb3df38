"""The callback for Hugging Face Transformers: ``Trainer(..., callbacks=[dltui.TransformersCallback()])``.

The ``Trainer`` tells the mean of the loss every ``logging_steps`` (500, unless said otherwise), and shows callbacks
nothing else. So the loss of each step is heard where the model returns it, and compared with the ``Trainer``'s own: if
they differ (a ``compute_loss`` of the user's), its is taken from then on.
"""

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import PurePath
from typing import Any, Unpack

from dltui_trainers.integrations.about import About, missing
from dltui_trainers.integrations.branched import Keeping, Start, bring_back, tell_first_rate
from dltui_trainers.integrations.losses import LossMean
from dltui_trainers.integrations.names import metrics_of
from dltui_trainers.integrations.settings import count, length, optimizer_settings, plain
from dltui_trainers.integrations.torch_state import put_back, state_of
from dltui_trainers.recorder import Run, start_run
from dltui_trainers.runlog import Value

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise missing("TransformersCallback", "transformers", error) from None

_TOLERANCE, _TOLERANCE_OF_MANY = 0.02, 0.5
"""How far the loss that we heard may be from the ``Trainer``'s. That is the mean over all processes, ours of one."""
_NO_MEASURES = ("runtime", "samples_per_second", "steps_per_second", "model_preparation_time", "jit_compilation_time")
_OURS = {
    "learning_rate": "lr",
    "per_device_train_batch_size": "batch_size",
    "num_train_epochs": "epochs",
    "lr_scheduler_type": "schedule",
    "max_grad_norm": "grad_clip",
    "optim": "optimizer",
}
"""A training argument -> our name for it."""
_ALWAYS = (*_OURS, "weight_decay", "warmup_steps", "warmup_ratio", "gradient_accumulation_steps", "seed")
"""These are told even where they have their default."""
_UNTOLD = (
    *("logging_", "hub_", "push_to_hub", "report_to", "output_dir", "run_name", "disable_tqdm", "save_", "local_"),
    *("do_", "eval_", "dataloader_", "use_cpu", "log_level"),
)
"""How the names of arguments begin that say nothing of the training itself."""


class TransformersCallback(TrainerCallback):
    """Records a ``train()`` as a run of dltui, and lets it be paused, stopped and tuned while it trains.

    A second ``train()`` is a second run. A branch goes on from what was kept, and its steps count on. An
    ``evaluate()`` outside of a training is not recorded.
    """

    def __init__(
        self,
        name: str = "",
        *,
        hparams: Mapping[str, Value] | None = None,
        watch: bool = True,
        **about: Unpack[About],
    ) -> None:
        """``name``: of the run, else the arguments' ``run_name`` or the model's; ``hparams``: beside the arguments;
        ``watch``: whether layers are measured, and values can be set live."""
        super().__init__()
        self.run: Run | None = None
        self._name, self._hparams, self._watch, self._about = name, dict(hparams or {}), watch, about
        self._clear()

    def _clear(self) -> None:
        self._ear: _Ear | None = None
        self._keeping: Keeping | None = None
        self._start = Start()
        self._last: float | None = None
        self._offset = 0
        self._is_stopped = False
        self._losses = LossMean()
        self._unchecked = LossMean()
        self._lr: float | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin a run. One that is still open belongs to a training that never came to its end."""
        if self.run is not None:
            self.run.finish("failed", "the training broke off: train() was called again")
        self._close()
        model, optimizer = kwargs.get("model"), kwargs.get("optimizer")
        hparams = {**_settings(args, optimizer), **self._hparams}
        told: dict[str, Any] = {**_size(args, state, kwargs.get("train_dataloader")), **self._about}
        self.run = start_run(self._name or _name(args, model), hparams=hparams, **told)
        if self._watch and model is not None and optimizer is not None:
            self.run.watch(model, optimizer)
        if _is_whole(args) and model is not None:
            parts = _Parts(model, optimizer, kwargs.get("lr_scheduler"))
            self._go_on(self.run, state, parts)
            self._keeping = Keeping(self.run, lambda: self._state(state, parts))
        if model is not None and args.n_gpu <= 1 and not args.torch_compile:
            self._ear = _Ear(model, args.world_size if getattr(args, "average_tokens_across_devices", False) else 1)

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Wait here while the run is paused."""
        if self.run is None:
            return
        self.run.pause_point()
        self._lr = _rate(kwargs.get("optimizer"))

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Tell the step that was done, and stop if that was asked for."""
        if self.run is None:
            return
        if self._ear is not None and (loss := self._ear.take()) is not None:
            self._losses.add(loss)
            self._unchecked.add(loss)
            self._tell_step(state, self._losses.read())
        if self.run.should_stop:
            self._is_stopped = control.should_training_stop = True
        if self._last is not None and self._now(state) >= self._last:
            control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """Compare our losses with what the ``Trainer`` says of the last steps; where they differ, its are told."""
        if self.run is None or not logs or "loss" not in logs:
            return
        loss, ours = float(logs["loss"]), self._unchecked.read_now()
        if not _agree(ours, loss, args.world_size):
            self._deafen()
        if self._ear is None:
            self._lr = float(logs.get("learning_rate", self._lr or math.nan))
            self._tell_step(state, loss)

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Tell what the validation measured."""
        if self.run is None:
            return
        self._tell_step(state, self._losses.read_now())
        measured = [(name, value) for name, value in (metrics or {}).items() if _is_measure(name)]
        if found := metrics_of(measured, "val"):
            self.run.log(self._now(state), epoch=self._epoch(state), **found)
        self._keep()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Keep the state: somebody may want to go on from here."""
        if self.run is not None:
            self._tell_step(state, self._losses.read_now())
            self._keep()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The training has come to its end, or was stopped."""
        if self.run is None:
            return
        self._tell_step(state, self._losses.read_now())
        self.run.finish("stopped" if self._is_stopped else "finished")
        self._close()

    def _tell_step(self, state: Any, loss: float | None) -> None:
        if self.run is not None and loss is not None:
            self.run.log(self._now(state), train_loss=loss, lr=self._lr, epoch=self._epoch(state))

    def _go_on(self, run: Run, state: Any, parts: "_Parts") -> None:
        """Put back what a branch goes on from. The ``Trainer`` itself counts from 0, so the end is ours to find."""
        total = count(state.max_steps)

        def put(kept: Mapping[str, Any]) -> str:
            is_over = Start(kept["global_step"]).is_over(total)
            return put_back(kept, parts.model, parts.optimizers, parts.schedules, schedules_anew=is_over)

        self._start = bring_back(run, put)
        if self._start.step:
            self._offset = self._start.step - state.global_step
        self._last = self._start.last_of(total)
        for optimizer in parts.optimizers:
            tell_first_rate(run, optimizer, self._take_rate)

    def _take_rate(self, lr: float) -> None:
        self._lr = lr

    def _keep(self) -> None:
        if self._keeping is not None:
            self._keeping.keep()

    def _now(self, state: Any) -> int:
        """The steps that were done, with those of the run that this one goes on from."""
        return int(state.global_step) + self._offset

    def _epoch(self, state: Any) -> float:
        return self._start.epoch + float(state.epoch or 0.0)

    def _state(self, state: Any, parts: "_Parts") -> dict[str, Any]:
        kept = state_of(parts.model, parts.optimizers, parts.schedules)
        return {**kept, "epoch": self._epoch(state), "global_step": self._now(state)}

    def _deafen(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()

    def _close(self) -> None:
        self._deafen()
        self.run = None
        self._clear()


class _Parts:
    """What has a state that is kept."""

    def __init__(self, model: Any, optimizer: Any, schedule: Any) -> None:
        self.model = model
        self.optimizers = [] if optimizer is None else [_bare(optimizer)]
        self.schedules = [] if schedule is None else [schedule]


class _Ear:
    """Hears the loss that a model returns while it trains, of each of the batches that make a step."""

    def __init__(self, model: Any, processes: int) -> None:
        """``processes``: over how many of them tokens are counted together, where they are counted at all."""
        self._processes = processes
        self._heard: list[Any] = []
        self._is_share = False
        self._hook = model.register_forward_hook(self._hear, with_kwargs=True)

    def _hear(self, model: Any, args: Any, kwargs: Mapping[str, Any], output: Any) -> None:
        loss = output.get("loss") if model.training and isinstance(output, Mapping) else None
        if loss is not None and loss.numel() == 1:
            self._heard.append(loss.detach().clone().reshape(()))  # the Trainer multiplies it in place
            # With it each batch's loss is its share of the whole step's, else its own mean.
            self._is_share = kwargs.get("num_items_in_batch") is not None

    def take(self) -> Any:
        """Return the loss of the step that is done, a tensor; None if nothing was heard."""
        heard, self._heard = self._heard, []
        if not heard:
            return None
        return sum(heard) * self._processes if self._is_share else sum(heard) / len(heard)

    def close(self) -> None:
        """Leave the model as it was."""
        self._hook.remove()


def _agree(ours: float | None, theirs: float, processes: int) -> bool:
    """Whether two means of the loss over the same steps are the same. NaN the ``Trainer`` replaces by what was before.

    None of ours: the model returned no loss, as with ``label_smoothing_factor``.
    """
    if ours is None:
        return False
    if not (math.isfinite(ours) and math.isfinite(theirs)):
        return True
    tolerance = _TOLERANCE if processes == 1 else _TOLERANCE_OF_MANY
    return abs(ours - theirs) <= tolerance * abs(theirs) + 1e-3


def _is_measure(name: str) -> bool:
    return name != "epoch" and not name.endswith(_NO_MEASURES) and "_mem_" not in name


def _rate(optimizer: Any) -> float | None:
    groups = getattr(optimizer, "param_groups", None)
    return float(groups[0]["lr"]) if groups else None


def _name(args: Any, model: Any) -> str:
    if args.run_name and args.run_name != args.output_dir:
        return str(args.run_name)
    of_model = str(getattr(getattr(model, "config", None), "name_or_path", "") or "")
    return PurePath(of_model).name or type(model).__name__


def _size(args: Any, state: Any, loader: Any) -> dict[str, Any]:
    batches, steps = length(loader), count(state.max_steps)
    per_epoch = -(-batches // args.gradient_accumulation_steps) if batches else 0
    epochs = -(-steps // per_epoch) if per_epoch else count(args.num_train_epochs)
    n_train = length(getattr(loader, "dataset", None))
    return {"epochs": epochs or None, "steps_per_epoch": per_epoch or None, "n_train": n_train, "seed": args.seed}


def _settings(args: Any, optimizer: Any) -> dict[str, Value]:
    """The arguments that were given another value than their default, and those that everybody asks for."""
    found: dict[str, Any] = {}
    for field in fields(args):
        value = getattr(args, field.name, None)
        is_told = field.name in _ALWAYS or not _is_default(field, value)
        if field.init and is_told and not field.name.startswith(_UNTOLD):
            found[_OURS.get(field.name, field.name)] = value
    if optimizer is not None:
        found |= {name: value for name, value in optimizer_settings(_bare(optimizer)).items() if name != "lr"}
    return plain(found)


def _is_default(field: Any, value: Any) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    # By their texts: the arguments make enumerations and devices of words when they are made.
    return not (value or default) or value == default or str(getattr(value, "value", value)) == str(default)


def _bare(optimizer: Any) -> Any:
    """Accelerate wraps the optimiser into one of its own."""
    return getattr(optimizer, "optimizer", optimizer)


def _is_whole(args: Any) -> bool:
    """Whether this process has the whole model, and not a part of it."""
    return not (getattr(args, "fsdp", None) or getattr(args, "deepspeed", None))
