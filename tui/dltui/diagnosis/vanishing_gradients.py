"""Gradients that do not reach the first layers."""

import numpy as np

from dltui.diagnosis import signal
from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import explained, learns_little

TINY = 1e-7
"""AWS SageMaker Debugger and DeepDiagnosis: a mean gradient below this moves nothing in float32."""
LAYER_RATIO = 1e-3
"""AUTOTRAINER: the first layer's norm below a thousandth of the last one's."""


def find(run: Observed) -> Finding | None:
    """Almost no gradient arrives at the early layers while there is much left to learn.

    Causes: saturated sigmoids or tanhs, many layers without normalisation, weights that start too small or at 0. The
    outputs may tell it too: they are nearly the same for all samples after a few layers. A training that has learned
    everything has small gradients too, and is not meant: silent where more than half of the loss is explained. Where
    that is not known only what is measured layer by layer counts, and only if the loss does not fall.
    Source: AUTOTRAINER (Zhang et al. 2021); Glorot and Bengio 2010.
    """
    if not learns_little(run):
        return None
    known = explained(run) is not None
    told = (_whole(run) if known else None, _tensors(run) or (_layers(run) if known else None), _outputs(run))
    evidence = tuple(each for each in told if each is not None)
    if not evidence:
        return None
    return Finding(
        symptom=Symptom.VANISHING_GRADIENTS,
        severity=Severity.CRITICAL,
        confidence=0.9,
        since_step=run.first_step,
        evidence=evidence,
        guide_step=2,
    )


def _whole(run: Observed) -> Evidence | None:
    norms = run.metric("grad_norm").value
    if len(norms) < 4 or float(np.median(norms)) > TINY:
        return None
    return Evidence(name="grad_norm_tiny", value=float(np.median(norms)), unit=Unit.NUMBER)


def _layers(run: Observed) -> Evidence | None:
    if run.layers is None:
        return None
    norms = [float(each.grad_norm) for each in run.layers.layers.values() if each.grad_norm is not None]
    if len(norms) < 2 or not np.isfinite(norms).all() or not 0 <= norms[0] <= LAYER_RATIO * norms[-1] or not norms[-1]:
        return None
    return Evidence(
        name="layer_gradients",
        value=norms[0] / norms[-1],
        unit=Unit.FACTOR,
        numbers={"first": norms[0], "last": norms[-1]},
    )


def _tensors(run: Observed) -> Evidence | None:
    """The first and the last layer that connect units, as the records of the parameters have them."""
    found = [(layer.name, norms) for layer, norms in signal.gradients(run)]
    if len(found) < signal.LEAST_LAYERS or not np.isfinite([norms for _, norms in found]).all():
        return None
    (first, firsts), (last, lasts) = found[0], found[-1]
    apart = [one / other for one, other in zip(firsts, lasts, strict=True) if one > 0 and other > 0]
    if len(apart) < len(firsts) or float(np.median(apart)) > LAYER_RATIO:
        return None
    return Evidence(
        name="layer_gradients",
        value=float(np.median(apart)),
        unit=Unit.FACTOR,
        numbers={"first": firsts[-1], "last": lasts[-1]},
        layers=(first, last),
        words={"first_layer": first, "last_layer": last},
    )


def _outputs(run: Observed) -> Evidence | None:
    ends = signal.outputs(run)
    if ends is None or ends.last > ends.first:
        return None
    return Evidence(
        name="outputs_shrink",
        value=ends.last / ends.first,
        unit=Unit.FACTOR,
        numbers={"first": ends.first, "last": ends.last},
        layers=ends.names,
        words={"first_layer": ends.first_layer, "last_layer": ends.last_layer},
    )
