"""The callback for Keras 3: ``model.fit(..., callbacks=[dltui.KerasCallback()])``, with any of its backends.

Nothing of torch is imported here: a training on JAX or TensorFlow would lose seconds and memory to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from dltui_trainers.integrations.about import About, missing
from dltui_trainers.integrations.branched import Keeping, Start, UnfitStateError, bring_back
from dltui_trainers.integrations.keras_dials import KerasDials
from dltui_trainers.integrations.names import metrics_of, part_of
from dltui_trainers.integrations.settings import count, plain
from dltui_trainers.recorder import Run, start_run
from dltui_trainers.runlog import Value

try:
    from keras import backend
    from keras.callbacks import Callback
except ImportError as error:
    raise missing("KerasCallback", "keras", error) from None

_OURS = {"learning_rate": "lr", "beta_1": "momentum", "clipnorm": "grad_clip", "global_clipnorm": "grad_clip"}
"""What an optimiser's configuration calls a value -> our name for it."""
_UNTOLD = ("name", "gradient_accumulation_steps", "loss_scale_factor", "ema_overwrite_frequency", "ema_momentum")


class KerasCallback(Callback):
    """Records a ``fit`` as a run of dltui, and lets it be paused, stopped and tuned while it trains.

    A second ``fit`` is a second run. Keras tells the mean of the loss since the epoch began; the loss of each batch is
    computed from two of these means.
    """

    def __init__(
        self,
        name: str = "",
        *,
        hparams: Mapping[str, Value] | None = None,
        watch: bool = True,
        **about: Unpack[About],
    ) -> None:
        """``name``: of the run, else the model's; ``hparams``: beside the optimiser's, and the place for the batch
        size, of which Keras tells nothing; ``watch``: whether values can be set live."""
        super().__init__()
        self.run: Run | None = None
        self._name, self._hparams, self._watch, self._about = name, dict(hparams or {}), watch, about
        self._clear()

    def _clear(self) -> None:
        self._dials: KerasDials | None = None
        self._keeping: Keeping | None = None
        self._start = Start()
        self._last: float | None = None
        self._epochs_before: float | None = None
        self._is_stopped = False
        self._lr: float | None = None
        self._steps_per_epoch = 0
        self._step = 0
        self._mean = _RunningMean()
        self._epoch, self._begun_at = 0.0, 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin a run. One that is still open belongs to a training that never came to its end."""
        if self.run is not None:
            self.run.finish("failed", "the training broke off: fit() was called again")
        self._clear()
        self._steps_per_epoch = count(self.params.get("steps"))
        size = {"epochs": count(self.params.get("epochs")) or None, "steps_per_epoch": self._steps_per_epoch or None}
        hparams = {**_settings(self.model.optimizer, self.params), **self._hparams}
        told: dict[str, Any] = {**size, **self._about}
        self.run = start_run(self._name or self.model.name, hparams=hparams, **told)
        if backend.backend() == "torch":  # checkpoints are written by torch
            self._go_on(self.run)
            self._keeping = Keeping(self.run, self._state)
        if self._watch:
            self._dials = KerasDials(self.model, backend.backend())
            self.run.set_by(self._dials)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """The means begin anew."""
        if self._step == 0:  # a fit that goes on has its ``initial_epoch``
            self._step = epoch * self._steps_per_epoch
        if self._epochs_before is None:
            self._epochs_before = self._start.epoch - epoch if self._start.step else 0.0
        self._epoch, self._begun_at = epoch + self._epochs_before, self._step
        self._mean = _RunningMean()

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Wait here while the run is paused."""
        if self.run is None:
            return
        self.run.pause_point()
        if self._dials is not None:
            self._lr = self._dials.lr_at(self._step, is_readable=self._step == self._begun_at)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Tell the step, or the steps in one execution, that were done, and stop if that was asked for."""
        if self.run is None:
            return
        done = batch + 1
        self._step = self._begun_at + done
        loss = (logs or {}).get("loss")
        if loss is not None:
            epoch = self._epoch + (done / self._steps_per_epoch if self._steps_per_epoch else 0.0)
            self.run.log(self._step, train_loss=self._mean.of_last(float(loss), done), lr=self._lr, epoch=epoch)
        if self.run.should_stop:
            self._is_stopped = self.model.stop_training = True
        if self._steps_per_epoch:
            self._end_if_due(self._epoch + done / self._steps_per_epoch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Tell what the epoch came to, and what the validation measured."""
        if self.run is None or not logs:
            return
        if not self._steps_per_epoch:  # of a generator it is known after the first epoch
            self._steps_per_epoch = self._step - self._begun_at
        validated = {name: value for name, value in logs.items() if part_of(name) == "val"}
        trained = {name: value for name, value in logs.items() if name not in validated and name not in _NO_MEASURES}
        metrics = {**metrics_of(validated.items(), "val"), **metrics_of(trained.items(), "train")}
        if metrics:
            self.run.log(self._step, epoch=self._epoch + 1.0, **metrics)
        if self._keeping is not None:
            self._keeping.keep()
        self._end_if_due(self._epoch + 1.0)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """The training has come to its end, or was stopped."""
        run, self.run = self.run, None
        if run is not None:
            run.finish("stopped" if self._is_stopped else "finished")
        self._clear()

    def _state(self) -> dict[str, Any]:
        """What a checkpoint keeps: the weights, and where the optimiser stands."""
        model = self.model
        return {
            "model": {each.path: each.numpy() for each in model.weights},
            "optimizer": {each.path: each.numpy() for each in model.optimizer.variables},
            "epoch": self._epoch + (self._step - self._begun_at) / (self._steps_per_epoch or 1),
            "global_step": self._step,
        }

    def _go_on(self, run: Run) -> None:
        """Put back what a branch goes on from. Keras itself counts from 0, so the end is ours to find."""
        self._start = bring_back(run, self._put_back)
        self._step = self._start.step
        epochs = count(self.params.get("epochs"))
        self._last = epochs if epochs and 0 < self._start.epoch < epochs else None

    def _put_back(self, kept: Mapping[str, Any]) -> str:
        weights, of_optimizer = self.model.weights, self.model.optimizer.variables
        if not _fits(weights, kept["model"]):
            raise UnfitStateError("the model has other weights")
        _assign(weights, kept["model"])
        if not _fits(of_optimizer, kept["optimizer"]):
            return "only the weights were put back: the optimiser is another"
        _assign(of_optimizer, kept["optimizer"])
        return ""

    def _end_if_due(self, epoch: float) -> None:
        if self._last is not None and epoch >= self._last - 1e-6:
            self.model.stop_training = True


def _fits(variables: Sequence[Any], kept: Mapping[str, Any]) -> bool:
    """Whether they have the same shapes, in their order: in a name there may be a number that counts all layers."""
    return [tuple(each.shape) for each in variables] == [tuple(each.shape) for each in kept.values()]


def _assign(variables: Sequence[Any], kept: Mapping[str, Any]) -> None:
    for variable, value in zip(variables, kept.values(), strict=True):
        variable.assign(value)


_NO_MEASURES = ("loss", "lr", "learning_rate")
"""Of the training of an epoch these are known from its steps; the rate is told by some callbacks of Keras."""


class _RunningMean:
    """The mean since an epoch began, taken apart."""

    def __init__(self) -> None:
        self._mean, self._count = 0.0, 0

    def of_last(self, mean: float, count: int) -> float:
        """Return the mean of what was added since the last call, now that it is ``mean`` over ``count``."""
        new = count - self._count
        last = (mean * count - self._mean * self._count) / new if new > 0 else mean
        self._mean, self._count = mean, count
        return last


def _settings(optimizer: Any, params: Mapping[str, Any]) -> dict[str, Value]:
    """What the optimiser says of itself; a schedule's name and values stand beside the rate that it begins with."""
    config = {name: value for name, value in optimizer.get_config().items() if name not in _UNTOLD}
    rate = config.get("learning_rate")
    if isinstance(rate, Mapping):
        config["schedule"] = rate.get("class_name")
        config["learning_rate"] = float(optimizer.learning_rate)
    told = {_OURS.get(name, name): value for name, value in config.items() if value is not None and value is not False}
    return plain({"optimizer": _optimizer_name(optimizer, config), **told, "epochs": params.get("epochs")})


def _optimizer_name(optimizer: Any, config: Mapping[str, Any]) -> str:
    name = type(optimizer).__name__.lower()
    if name == "sgd" and config.get("momentum"):
        return "nesterov" if config.get("nesterov") else "momentum"
    return name
