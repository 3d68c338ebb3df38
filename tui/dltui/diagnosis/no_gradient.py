"""Layers that the gradient never reaches."""

import math

from dltui.diagnosis import zero_init
from dltui.diagnosis.dead_units import all_dead
from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.network import Layer, names
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import drop, train_curve

UNUSED_SHARE = 0.1
"""Ready-made networks have parts that a task does not use (the pooler of BERT is half a percent); a tenth is much."""
LEARNED = 0.15
"""A training loss that came down by more was not brought down by layers without a gradient."""


def find(run: Observed) -> Finding | None:
    """A layer is to be trained, the optimiser has it, and in no record its parameters have a gradient.

    Causes: it is not used in ``forward``, or only within ``torch.no_grad()``; or the graph is cut after it, by
    ``.detach()``, ``.data``, a conversion to NumPy or a new tensor made from values. Then everything before the cut has
    none, and the border is named. A gradient that is there and exactly 0 comes from what follows: weights or a loss
    that are 0, or numbers too small for half precision. Unused layers are a note while they are less than a tenth of
    the network. Silent with fewer than three records, for what the optimiser does not have, where weights move all the
    same (something else keeps the gradients), and where a bad initialisation or dead units tell why it is 0.
    Source: PyTorch documentation, autograd mechanics; AWS SageMaker Debugger, VanishingGradient.
    """
    network = run.network
    layers = [each for each in network.measured if each.optimized]
    without = [each for each in layers if _never(each) and all(tensor.stands_still for tensor in each.core)]
    unused = [each for each in without if run.ran(each) is False]
    cut = [each for each in without if each not in unused]
    zero = [each for each in layers if _always_zero(each)]
    if zero and (zero_init.find(run) is not None or all_dead(run)):
        zero = []
    if len(without) + len(zero) == len(layers) and drop(train_curve(run)) > LEARNED:
        return None
    evidence = [_told(run, name, found) for name, found in zip(NAMES, (cut, zero, unused), strict=True) if found]
    if not evidence:
        return None
    matters = any(each.connects for each in cut + zero) or network.share(unused) >= UNUSED_SHARE
    return Finding(
        symptom=Symptom.NO_GRADIENT,
        severity=Severity.WARNING if matters else Severity.INFO,
        confidence=0.9,
        since_step=network.steps[0],
        evidence=tuple(evidence),
        guide_step=2,
    )


NAMES = ("detached", "gradient_zero", "not_used")


def _never(layer: Layer) -> bool:
    return all(stats.grad_norm is None for tensor in layer.tensors if tensor.info.trainable for stats in tensor.stats)


def _always_zero(layer: Layer) -> bool:
    norms = [norm for tensor in layer.tensors if tensor.info.trainable for norm in tensor.grad_norms]
    return any(norm == 0 for norm in norms) and all(norm == 0 or math.isnan(norm) for norm in norms)


def _told(run: Observed, name: str, layers: list[Layer]) -> Evidence:
    border = run.network.border(layers)
    return Evidence(
        name=name,
        value=run.network.share(layers),
        unit=Unit.RATIO,
        layers=names(layers),
        words={"border": border} if border else {},
    )
