"""Gradients that are now and then far longer than usual."""

import math

import numpy as np

from dltui.diagnosis import signal
from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import LITTLE_EXPLAINED, explained
from dltui.diagnosis.rule import WARM_UP_SHARE
from dltui.diagnosis.statistics import running_median

RATIO = 70.0
"""AUTOTRAINER's limit for an explosion (Zhang et al. 2021)."""
AROUND = 10.0
"""So many times the median of the records around it: while a training comes down its norms are long without a jump."""
LEAST_POINTS = 12
SENSITIVE = 1e4
"""The norm of a layer's gradient times that of its weights, over the first loss: a ten-thousandth of the weights would
change the loss by the whole of it. In sound networks it is 0.1 to 100, whatever the loss is summed or averaged over."""


def find(run: Observed) -> Finding | None:
    """The gradient norm shoots up to many times its median, after the first steps; or it is so long from the start.

    Causes: deep or recurrent networks, a learning rate too high, no normalisation, weights that start too large. Often
    seen just before the loss diverges. Silent in the first twentieth of the run, where norms are large everywhere,
    and for norms below those: a training that has converged has tiny ones, and any is many times as long. What is long
    from the start is seen at the layers: the first gradient is thousands of times too long for their weights and the
    loss, or the outputs grow with each layer; not where most of the loss is explained all the same.
    Source: AUTOTRAINER (Zhang et al. 2021); Pascanu et al. 2013; Google Tuning Playbook (clip at the 90th percentile).
    """
    spike = _spike(run)
    share = explained(run)
    learned = share is not None and share > LITTLE_EXPLAINED
    told = [spike, *([] if learned else [_sensitive(run), _outputs(run)])]
    found = [each for each in told if each is not None]
    if not found:
        return None
    return Finding(
        symptom=Symptom.EXPLODING_GRADIENTS,
        severity=Severity.WARNING,
        confidence=0.8,
        since_step=min(since for since, _ in found),
        evidence=tuple(evidence for _, evidence in found),
        guide_step=3,
    )


def _spike(run: Observed) -> tuple[float, Evidence] | None:
    """The first step at which the norm of the whole gradient shot up, and how far it did at most."""
    norms = run.metric("grad_norm")
    peaks, infinite = run.metric_peaks("grad_norm")
    if len(norms) < LEAST_POINTS:
        return None
    late = norms.step > run.first_step + WARM_UP_SHARE * (run.last_step - run.first_step)
    usual = float(np.median(norms.value[late])) if late.any() else 0.0
    late = peaks.step > run.first_step + WARM_UP_SHARE * (run.last_step - run.first_step)
    step, value = peaks.step[late], peaks.value[late]
    at_start = float(np.max(peaks.value[~late], initial=float(peaks.value[0])))
    around = np.interp(step, norms.step, running_median(norms.value))
    beyond = np.flatnonzero((value > RATIO * usual) & (value > at_start) & (value > AROUND * around))
    if usual <= 0 or not len(beyond):
        return None
    largest = float(value.max())
    return float(step[beyond[0]]), Evidence(
        name="grad_norm_spike",
        value=largest / usual,
        unit=Unit.FACTOR,
        numbers={"median": usual, "largest": math.inf if infinite else largest},
    )


def _sensitive(run: Observed) -> tuple[float, Evidence] | None:
    """The layers whose gradient is too long for their weights and the loss when the training begins.

    Later it may be a spike, or look sound: one such step throws the weights to where nothing has a gradient.
    """
    loss = abs(float(run.train.value[0])) if len(run.train) else 0.0
    if not loss:
        return None
    beyond = {}
    for layer, gradients in signal.gradients(run):
        weights = [float(each.norm) for each in layer.core[0].stats]
        sensitivity = gradients[0] * weights[0] / loss
        if SENSITIVE < sensitivity < math.inf:
            beyond[layer.name] = (sensitivity, gradients[0], weights[0])
    if not beyond:
        return None
    worst = max(beyond, key=lambda name: beyond[name][0])
    _, gradient, weight = beyond[worst]
    return run.network.steps[0], Evidence(
        name="gradient_long",
        value=gradient,
        unit=Unit.NUMBER,
        numbers={"weights": weight, "loss": loss},
        layers=(worst, *(name for name in beyond if name != worst)),
    )


def _outputs(run: Observed) -> tuple[float, Evidence] | None:
    ends = signal.outputs(run)
    if ends is None or ends.last < ends.first:
        return None
    return float(run.output_records[0].step), Evidence(
        name="outputs_grow",
        value=ends.last / ends.first,
        unit=Unit.FACTOR,
        numbers={"first": ends.first, "last": ends.last},
        layers=ends.names,
        words={"first_layer": ends.first_layer, "last_layer": ends.last_layer},
    )
