"""How often a training records, decided before it starts from the size of the model.

Not from the clock: the same seed must give the same log. So the time of a step is estimated, roughly, and the records
are spread such that they cost less than 1 % of it.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from dltui_trainers.health.cadence import LEAST_S
from dltui_trainers.metrics import evaluating

RECORDS_PER_S = 40.0
"""A record costs about 40 us between the steps of a small network: 3 us in a loop of its own, the rest are cold caches
on both sides of it."""
GRADIENT_EVERY = 4
"""Records to one that has the gradient norm, which costs 90 us more."""
RATIO_EVERY = 16
"""Records to one that has the update ratio, which needs a copy of the weights."""
LAYERS_PER_S = 1.0
LEAST_RECORDS = 100
"""A training of less than a second records more often, for a curve that can be drawn: a few milliseconds in all."""
LEAST_LAYERS = 4
MOST_EVALUATIONS = 200
"""Validations of a training, beside that of the untrained network: a chart shows no more, and thousands of short epochs
would otherwise only validate."""

STEP_OVERHEAD_S = 30e-6
"""Measured on one core: a step costs about 30 us for each parameter tensor before it computes anything."""
PLACE_OVERHEAD_S = 80e-6
"""Measured alike: of a GRU for each place and direction, forwards and backwards."""
CPU_FLOPS = 5e10
CUDA_FLOPS = 1e13
MULTIPLYING = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.GRU, nn.MultiheadAttention)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Every how many steps there is a record, and one with each measurement; ``eval_every`` counts epochs.

    The measurements fall on steps that have a record, and the layers on one with all of them. All parameters are
    measured ever more rarely, from the first record on and at least ``parameters_least`` steps apart. The dead units of
    the layers are looked for anew where ``dead_every`` says so, too.
    """

    record_every: int
    gradient_every: int
    ratio_every: int
    layers_every: int
    eval_every: int
    parameters_least: int = 1
    dead_every: int = 1


def choose_pace(step_s: float, steps_per_epoch: int, epochs: int, max_steps: int = 0) -> Pace:
    """Return the pace of a training whose steps take about ``step_s`` seconds; it ends after ``max_steps``, 0: of none.

    Slow steps are each recorded with their gradient norm, which then costs nothing that could be noticed.
    """
    steps = steps_per_epoch * epochs
    if 0 < max_steps < steps:
        steps, epochs = max_steps, math.ceil(max_steps / steps_per_epoch)
    record = max(1, min(_steps_in(1 / RECORDS_PER_S, step_s), steps // LEAST_RECORDS))
    layers = max(1, min(_steps_in(1 / LAYERS_PER_S, step_s), steps // LEAST_LAYERS))
    return Pace(
        record_every=record,
        gradient_every=record * min(GRADIENT_EVERY, _steps_in(GRADIENT_EVERY / RECORDS_PER_S, step_s)),
        ratio_every=record * min(RATIO_EVERY, _steps_in(RATIO_EVERY / RECORDS_PER_S, step_s)),
        layers_every=max(1, layers // record) * record,
        eval_every=math.ceil(epochs / MOST_EVALUATIONS),
        dead_every=max(1, layers // record) * record,
        parameters_least=max(1, min(_steps_in(LEAST_S, step_s), steps // LEAST_LAYERS)),
    )


def as_wanted(pace: Pace, *, log_every: int, watch_every: int) -> Pace:
    """Return ``pace`` with what a person wants of it, in steps; 0 leaves it as it is.

    The gauges keep their place among the records, and the layers fall on a step that has one. Dead units are looked for
    no more often than they would be: that is a pass more through the network.
    """
    record = log_every or min(pace.record_every, watch_every or pace.record_every)
    layers = max(1, round((watch_every or pace.layers_every) / record)) * record
    return replace(
        pace,
        record_every=record,
        gradient_every=record * max(1, pace.gradient_every // pace.record_every),
        ratio_every=record * max(1, pace.ratio_every // pace.record_every),
        layers_every=layers,
        dead_every=layers * max(1, pace.layers_every // layers),
    )


def _steps_in(seconds: float, step_s: float) -> int:
    return max(1, round(seconds / step_s))


def estimate_step_s(model: nn.Module, sample: Tensor, batch_size: int) -> float:
    """Return about how long a step of ``batch_size`` samples takes, from one forward pass of ``sample`` (a batch of 1).

    Forward and backward are about three times the multiply-adds of the forward pass. A recurrent layer goes from place
    to place, which takes its time also where there is little to compute.
    """
    outputs = _outputs(model, sample)
    flops = 6.0 * batch_size * sum(_multiply_adds_of(layer, shape) for layer, shape in outputs)
    overhead = STEP_OVERHEAD_S * (1 + sum(1 for _ in model.parameters()))
    if not sample.is_cuda:
        places = (shape[1] * (1 + layer.bidirectional) for layer, shape in outputs if isinstance(layer, nn.GRU))
        overhead += PLACE_OVERHEAD_S * sum(places)
    return overhead + flops / (CUDA_FLOPS if sample.is_cuda else CPU_FLOPS)


def multiply_adds(model: nn.Module, sample: Tensor) -> int:
    """Return the multiplications in the forward pass of ``sample``: each weight once for each place.

    Attention also multiplies each place with each other one, twice.
    """
    return sum(_multiply_adds_of(layer, shape) for layer, shape in _outputs(model, sample))


def _outputs(model: nn.Module, sample: Tensor) -> list[tuple[nn.Module, torch.Size]]:
    """The layers that multiply, and the shape of what each makes of ``sample``."""
    found = []

    def ran(module: nn.Module, inputs: object, output: Tensor | tuple[Tensor, ...]) -> None:
        found.append((module, (output if isinstance(output, Tensor) else output[0]).shape))

    hooks = [each.register_forward_hook(ran) for each in model.modules() if isinstance(each, MULTIPLYING)]
    try:
        with evaluating(model):
            model(sample)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _multiply_adds_of(layer: nn.Module, output: torch.Size) -> int:
    if isinstance(layer, (nn.GRU, nn.MultiheadAttention)) and len(output) == 3:
        samples, places, width = output
        weights = sum(each.numel() for each in layer.parameters() if each.ndim > 1)
        pairs = 2 * places * width if isinstance(layer, nn.MultiheadAttention) else 0
        return samples * places * (weights + pairs)
    weight = layer.weight
    assert isinstance(weight, Tensor)
    return output.numel() * weight[0].numel()
