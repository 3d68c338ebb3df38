"""All gauges of a network together, for a training that knows its optimiser: one record of everything."""

import time

from torch import Tensor, nn, optim

from dltui_trainers.health.noise_scale import from_adam
from dltui_trainers.health.outputs import OutputGauge
from dltui_trainers.health.parameters import ParameterGauge
from dltui_trainers.runlog import ParametersRecord, number_or_none


class Gauges:
    """Measures a whole step: :meth:`before_update`, the optimiser's step, then :meth:`record`.

    The outputs are those for ``samples``, always the same ones: so they tell what became of the network, not of the
    batch, and no hook is in the way of the step itself.
    """

    def __init__(self, model: nn.Module, optimizer: optim.Optimizer, samples: Tensor) -> None:
        self._parameters = ParameterGauge(model)
        self._outputs = OutputGauge(model)
        self._optimizer = optimizer
        self._samples = samples
        self._noise_scale: float | None = None

    def before_update(self, batch_size: int, samples: int) -> None:
        """The gradients of a batch of ``samples`` are complete; ``batch_size``: how many there usually are."""
        self._parameters.before_update()
        self._noise_scale = from_adam(self._optimizer, batch_size, samples)

    def record(self, step: int) -> ParametersRecord:
        """Return what was measured, and the outputs as they are after the update."""
        return ParametersRecord(
            step=step,
            time=time.time(),
            parameters=self._parameters.after_update(),
            outputs=self._outputs.look(self._samples),
            noise_scale=number_or_none(self._noise_scale),
        )
