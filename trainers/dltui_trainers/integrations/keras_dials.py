"""What can be turned in a Keras model while it trains, whatever its backend. Nothing of torch is imported here.

A backend that compiles (JAX, TensorFlow) reads the learning rate from a variable at each step, and everything else as
it was when the step was compiled: after a change of that the step is compiled anew.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

SCHEDULED = "the learning rate follows a LearningRateSchedule of Keras, which cannot be set while it trains"
_WHY_NOT = {
    "lr": SCHEDULED,
    "weight_decay": "the optimiser of this model has no weight decay",
    "momentum": "the optimiser of this model has no momentum",
    "dropout": "the model has no dropout layer with a rate above 0",
}
_MOMENTA = ("momentum", "beta_1")


class KerasDials:
    """The dials of one model: a :class:`~dltui_trainers.recorder.script_dials.Dials`."""

    def __init__(self, model: Any, backend: str) -> None:
        self._model = model
        self._backend = backend
        # With mixed precision the optimiser stands in another one that scales the loss.
        self._optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        self._momentum = next((name for name in _MOMENTA if getattr(self._optimizer, name, 0)), "")
        # A layer that was made with a rate of 0 has no random numbers.
        self._layers = [each for each in _layers(model) if "Dropout" in type(each).__name__ and _rate(each)]
        self._lr = self._read_lr()
        self._turn: dict[str, Callable[[float], None]] = {
            "lr": self._turn_lr,
            "weight_decay": self._turn_weight_decay,
            "momentum": self._turn_momentum,
            "dropout": self._turn_dropout,
        }

    @property
    def is_scheduled(self) -> bool:
        """Whether a schedule moves the rate; it has no variable then that could be set."""
        return not hasattr(self._optimizer.learning_rate, "assign")

    def lr_at(self, step: int, *, is_readable: bool) -> float:
        """Return the rate of the step after ``step`` steps. Under JAX the variables are empty within an epoch: then
        it is the last one that was seen."""
        if is_readable or self._backend != "jax":
            self._lr = self._read_lr()
        elif self.is_scheduled:
            self._lr = float(self._optimizer._learning_rate(step))
        return self._lr

    def present(self, name: str) -> float | None:
        """Return the value of ``name`` as it is now; None where the model has none that could be set."""
        if name == "lr":
            return None if self.is_scheduled else self._lr
        if name == "weight_decay" and hasattr(self._optimizer, "weight_decay"):
            return float(self._optimizer.weight_decay or 0.0)
        if name == "momentum" and self._momentum:
            return float(getattr(self._optimizer, self._momentum))
        return _rate(self._layers[0]) if name == "dropout" and self._layers else None

    def why_not(self, name: str) -> str:
        """Return why ``name`` cannot be set; nothing if it can."""
        return "" if self.present(name) is not None else _WHY_NOT[name]

    def turn(self, values: Mapping[str, float]) -> str:
        """Let each have its value from the next step on; return what else is to be said."""
        for name, value in values.items():
            self._turn[name](value)
        if not self._is_compiled or set(values) == {"lr"}:
            return ""
        self._model.make_train_function(force=True)
        return "The step is compiled anew."

    @property
    def _is_compiled(self) -> bool:
        model = self._model
        return not model.run_eagerly and (self._backend != "torch" or bool(model.jit_compile))

    def _read_lr(self) -> float:
        return float(self._optimizer.learning_rate)

    def _turn_lr(self, value: float) -> None:
        if self._backend == "jax":  # within an epoch the values are elsewhere, and would be written back over this one
            self._model.jax_state_sync()
        self._optimizer.learning_rate.assign(value)
        self._lr = value

    def _turn_weight_decay(self, value: float) -> None:
        self._optimizer.weight_decay = value

    def _turn_momentum(self, value: float) -> None:
        setattr(self._optimizer, self._momentum, value)

    def _turn_dropout(self, value: float) -> None:
        for each in self._layers:
            each.rate = value


def _layers(model: Any) -> Iterator[Any]:
    """The layers of a model, and of the models in it."""
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from _layers(layer)


def _rate(layer: Any) -> float:
    return float(getattr(layer, "rate", 0.0) or 0.0)
