"""Gradients that do not reach the first layers."""

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import LITTLE_EXPLAINED, explained

TINY = 1e-7
"""AWS SageMaker Debugger and DeepDiagnosis: a mean gradient below this moves nothing in float32."""
LAYER_RATIO = 1e-3
"""AUTOTRAINER: the first layer's norm below a thousandth of the last one's."""


def find(run: Observed) -> Finding | None:
    """Almost no gradient arrives at the early layers while there is much left to learn.

    Causes: saturated sigmoids or tanhs, many layers without normalisation, weights that start too small or at 0. A
    training that has learned everything has small gradients too, and is not meant: silent where more than half of the
    loss is explained, or where that is not known.
    Source: AUTOTRAINER (Zhang et al. 2021); Glorot and Bengio 2010.
    """
    share = explained(run)
    if share is None or share > LITTLE_EXPLAINED:
        return None
    evidence = [each for each in (_whole(run), _layers(run)) if each is not None]
    if not evidence:
        return None
    return Finding(
        symptom=Symptom.VANISHING_GRADIENTS,
        severity=Severity.CRITICAL,
        confidence=0.9,
        since_step=run.first_step,
        evidence=tuple(evidence),
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
