"""The gradient noise scale, from what Adam keeps anyway: about the batch size from which on larger ones gain little.

S. McCandlish et al., "An Empirical Model of Large-Batch Training", 2018, arXiv:1812.06162: B = tr(S) / |G|^2, the
variance of the gradient of one sample, summed over the weights, over the squared length of the true gradient. A batch
far below it gains from being larger, in proportion; one far above wastes its samples.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, optim

from dltui_trainers.health.readings import Readings

FEWEST_STEPS = 20
"""Until then Adam's mean, about ten steps long, is still that of a network which was just made."""
MOST_NOISE = 0.4
"""Share of the squared length of Adam's mean that may be noise. Above, what is left of it is no more than chance:
beside a direct measurement the estimate was within a factor of 2 below this, and off by any factor above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """This step's gradient of one tensor, and Adam's means of the gradient and of its square up to the step before."""

    gradient: Tensor
    mean: Tensor
    squares: Tensor
    steps: Tensor
    betas: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lengths:
    """Squared lengths, the bias of Adam's start taken out: of the mean, of what lies between it and this step's
    gradient, and of the mean of the squares. ``noise``: the share of a gradient's variance that is left in the mean."""

    mean: float
    apart: float
    squares: float
    noise: float


def from_adam(optimizer: optim.Optimizer, batch_size: int, samples: int | None = None) -> float | None:
    """Return the noise scale in samples; to be asked when the gradients are complete, before the update.

    How far this step's gradient lies from Adam's mean of the last ten tells the variance, and the length of that mean,
    less the noise that is left in it, the true gradient. The mean of the squares is asked only whether it agrees that
    there is a gradient beside the noise: it is a thousand steps long, and few gradients stay the same so long.

    ``batch_size``: samples of the usual step; ``samples``: of this one. ``None`` for another optimiser, in the first
    steps, and where the gradient cannot be told from its noise: mostly so in a network that has learned.
    """
    with torch.no_grad():
        lengths = _lengths(list(_moments(optimizer)))
    mean = variance = left = left_of_squares = 0.0
    for each in lengths:
        of_tensor = each.apart / (1 / (samples or batch_size) + each.noise / batch_size)
        mean += each.mean
        variance += of_tensor
        left += each.noise * of_tensor / batch_size
        left_of_squares += each.noise * (each.squares - each.mean) / (1 - each.noise)
    if not math.isfinite(variance) or not mean or left > MOST_NOISE * mean or left_of_squares > mean:
        return None
    return variance / (mean - left)


def _moments(optimizer: optim.Optimizer) -> Iterator[_Moments]:
    """Of what can be measured here; nothing while the gradients are scaled or only part of them is in this process."""
    if getattr(optimizer, "grad_scale", None) is not None:
        return
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            gradient, state = parameter.grad, optimizer.state.get(parameter, {})
            if gradient is None or gradient.layout is not torch.strided or not gradient.is_floating_point():
                continue
            if hasattr(gradient, "to_local") or not {"exp_avg", "exp_avg_sq", "step"} <= state.keys():
                continue
            yield _Moments(
                gradient=_with_decay(gradient, parameter, group),
                mean=state["exp_avg"],
                squares=state["exp_avg_sq"],
                steps=torch.as_tensor(state["step"]),
                betas=group["betas"],
            )


def _with_decay(gradient: Tensor, parameter: Tensor, group: dict[str, Any]) -> Tensor:
    """The gradient as Adam takes it: turned round where it climbs, and with that of the weights' own penalty."""
    gradient = -gradient if group.get("maximize") else gradient
    if group.get("weight_decay") and not group.get("decoupled_weight_decay"):
        return gradient.add(parameter, alpha=group["weight_decay"])
    return gradient


def _lengths(moments: list[_Moments]) -> list[_Lengths]:
    steps: Readings[int] = Readings()
    for place, each in enumerate(moments):
        steps.add(place, each.steps)
    known = [(moments[place], done) for place, (done,) in steps.read().items() if done >= FEWEST_STEPS]
    squared: Readings[int] = Readings()
    for place, (each, done) in enumerate(known):
        share, share_of_squares = (1 - beta**done for beta in each.betas)
        mean = each.mean / share
        lengths = (mean, each.gradient - mean)
        squared.add(
            place, torch.stack([torch.linalg.vector_norm(length, dtype=torch.float32) ** 2 for length in lengths])
        )
        squared.add(-1 - place, each.squares.sum(dtype=torch.float32) / share_of_squares)
    read = squared.read()
    return [
        _Lengths(mean=read[place][0], apart=read[place][1], squares=read[-1 - place][0], noise=_left_in_mean(*each))
        for place, each in enumerate((moment.betas[0], done) for moment, done in known)
    ]


def _left_in_mean(beta: float, steps: float) -> float:
    """The share of the variance of one value that is left in their mean, of which each weighs ``beta`` of the next."""
    forgotten = math.pow(beta, steps)
    return (1 - beta) / (1 + beta) * (1 + forgotten) / (1 - forgotten)
