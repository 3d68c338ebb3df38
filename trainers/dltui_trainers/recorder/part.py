"""One optimiser of a user's script and its share of a network, measured at some of its steps.

A step is measured *whole*, every parameter with its histogram and the outputs of the modules, ever more rarely; and in
passing, its norms alone, as often as that costs next to nothing.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.optim import Optimizer

from dltui_trainers.health.cadence import Cadence
from dltui_trainers.health.noise_scale import from_adam
from dltui_trainers.health.outputs import OutputGauge
from dltui_trainers.health.parameters import ParameterGauge
from dltui_trainers.recorder.layer_gauge import LayerGauge, Norms, norms_of
from dltui_trainers.runlog import OutputStats, ParametersRecord, ParameterStats, number

LAYERS_S = 1.0
"""Pause between two records of the layers, where nobody says how often."""
NORMS_S = 0.1
COST_LIMIT = 0.005
"""The norms may take this share of the time: of a large network on a processor they are measured less often."""
MOST_PAUSE_S = 5.0
"""On a GPU: to wait for it takes long, and costs little of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was measured at a step; ``has_layers``: a record of the layers is due as well."""

    norms: Norms
    whole: ParametersRecord | None
    has_layers: bool


class Part:
    """In a step: :meth:`before_update` when the gradients are complete, the optimiser's step, :meth:`after_update`."""

    def __init__(
        self,
        optimizer: Optimizer | None,
        named: Sequence[tuple[str, Tensor]],
        *,
        prefix: str,
        every: int | None,
        outputs: OutputGauge | None,
    ) -> None:
        """``named``: the parameters; ``prefix`` stands before their names; ``outputs`` of the network, None: of none.

        ``every``: steps from one measurement to the next, None: about ten times a second, and the layers once.
        """
        self.is_on_gpu = any(each.is_cuda for _, each in named)
        self._optimizer, self._named, self._prefix = optimizer, named, prefix
        self._every, self._outputs = every, outputs
        self._steps = self._samples = 0
        self._cadence = Cadence()
        self._whole: ParameterGauge | None = None
        self._gauge = LayerGauge(named)
        self._norms: LayerGauge | None = None
        self._noise_scale: float | None = None
        self._next_norms = self._next_layers = self._spent_s = 0.0
        self._choose_next()

    def before_update(self) -> None:
        """The gradients are complete: measure them, if it is time."""
        self._whole = self._norms = None
        if not self._is_next:
            return
        began = time.perf_counter()
        if self._is_whole_next:
            self._whole = ParameterGauge(self._named)
            self._whole.before_update()
            if self._optimizer is not None and self._samples:
                self._noise_scale = from_adam(self._optimizer, self._samples)
        else:
            self._norms = self._gauge
            self._norms.before_update()
        self._spent_s = time.perf_counter() - began

    def after_update(self) -> Found | None:
        """Return what was measured in this step, None where it was not."""
        self._steps += 1
        if self._norms is None and self._whole is None:
            self._choose_next()
            return None
        began = time.perf_counter()
        found = self._read()
        if found is not None:
            self._spent_s += time.perf_counter() - began
        self._choose_next()
        return found

    @property
    def is_measuring(self) -> bool:
        """Whether something is measured at this step."""
        return self._whole is not None or self._norms is not None

    def saw(self, inputs: object) -> None:
        """The network is given a batch: the number of its samples is that of the first tensor."""
        if self._is_whole_next and torch.is_grad_enabled() and isinstance(inputs, tuple):
            shapes = (each.shape for each in inputs if isinstance(each, Tensor))
            self._samples = next((shape[0] for shape in shapes if shape), 0)

    def end(self) -> None:
        """Leave the network as it was."""
        self._whole = self._norms = None
        self._is_whole_next = self._is_next = False
        if self._outputs is not None:
            self._outputs.detach()

    def _read(self) -> Found | None:
        scale = _scale_of(self._optimizer)
        if self._norms is not None:
            norms = self._norms.after_update(scale)
            return Found(norms=self._prefixed(norms), whole=None, has_layers=self._layers_due())
        if self._whole is None:
            return None
        stats = {name: _unscaled(each, scale) for name, each in self._whole.after_update().items()}
        outputs = self._read_outputs()
        norms = norms_of(stats, outputs, [name for name, each in self._named if each.ndim > 1])
        noise_scale, self._noise_scale = self._noise_scale, None
        record = ParametersRecord(
            step=0,
            time=time.time(),
            parameters={self._prefix + name: each for name, each in stats.items()},
            outputs={self._prefix + name: each for name, each in outputs.items()},
            noise_scale=None if noise_scale is None else number(noise_scale),
        )
        self._next_layers = 0.0
        return Found(norms=self._prefixed(norms), whole=record, has_layers=self._layers_due())

    def _prefixed(self, norms: Norms) -> Norms:
        if not self._prefix:
            return norms
        return replace(norms, layers={self._prefix + name: each for name, each in norms.layers.items()})

    def _read_outputs(self) -> dict[str, OutputStats]:
        if self._outputs is None:
            return {}
        self._outputs.detach()
        return self._outputs.read()

    def _layers_due(self) -> bool:
        now = time.monotonic()
        if self._every is None and now < self._next_layers:
            return False
        self._next_layers = now + LAYERS_S
        return True

    def _choose_next(self) -> None:
        """Decide what is measured at the step that comes: hooks must be in place before the network sees its batch."""
        self._is_whole_next = self._is_next = False
        step = self._steps + 1
        if self._every is not None and step % self._every and step != 1:  # most steps: these lines are run at each
            return
        now = time.monotonic()
        if self._every is None and self._spent_s:
            least, most = (LAYERS_S, MOST_PAUSE_S) if self.is_on_gpu else (NORMS_S, math.inf)
            self._next_norms = now + min(max(least, self._spent_s / COST_LIMIT), most)
            self._spent_s = 0.0
        if self._every is None and now < self._next_norms:
            return
        self._is_next = True
        self._is_whole_next = self._cadence.due(step, now)
        if self._is_whole_next and self._outputs is not None:
            self._outputs.attach()


def shares(
    named: Sequence[tuple[str, Tensor]], optimizers: Sequence[Optimizer]
) -> Iterator[tuple[Optimizer | None, list[tuple[str, Tensor]]]]:
    """Yield each optimiser with those of the parameters that it has; the first also with those that none has."""
    if not optimizers:
        yield None, list(named)
        return
    owners = {id(each): n for n, one in enumerate(optimizers) for group in one.param_groups for each in group["params"]}
    for n, optimizer in enumerate(optimizers):
        yield optimizer, [(name, each) for name, each in named if owners.get(id(each), 0) == n]


def _scale_of(optimizer: Optimizer | None) -> float:
    """What the gradients are multiplied by: a fused optimiser divides the scale of mixed precision out by itself."""
    scale = getattr(optimizer, "grad_scale", None)
    return float(scale) or 1.0 if isinstance(scale, Tensor) and scale.numel() == 1 else 1.0


def _unscaled(stats: ParameterStats, scale: float) -> ParameterStats:
    if scale != 1.0:
        for name in ("grad_norm", "grad_low", "grad_high"):
            if (value := getattr(stats, name)) is not None:
                setattr(stats, name, number(float(value) / scale))
    return stats
