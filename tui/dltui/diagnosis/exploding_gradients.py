"""Gradients that are now and then far longer than usual."""

import math

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.rule import WARM_UP_SHARE

RATIO = 70.0
"""AUTOTRAINER's limit for an explosion (Zhang et al. 2021)."""
LEAST_POINTS = 12


def find(run: Observed) -> Finding | None:
    """The gradient norm shoots up to many times its median, after the first steps.

    Causes: deep or recurrent networks, a learning rate too high, no normalisation. Often seen just before the loss
    diverges. Silent in the first twentieth of the run, where norms are large everywhere,
    and for norms below those: a training that has converged has tiny ones, and any is many times as long.
    Source: AUTOTRAINER (Zhang et al. 2021); Google Tuning Playbook (clip at the 90th percentile).
    """
    norms = run.metric("grad_norm")
    peaks, infinite = run.metric_peaks("grad_norm")
    if len(norms) < LEAST_POINTS:
        return None
    late = norms.step > run.first_step + WARM_UP_SHARE * (run.last_step - run.first_step)
    usual = float(np.median(norms.value[late])) if late.any() else 0.0
    late = peaks.step > run.first_step + WARM_UP_SHARE * (run.last_step - run.first_step)
    step, value = peaks.step[late], peaks.value[late]
    at_start = float(np.max(peaks.value[~late], initial=float(peaks.value[0])))
    beyond = np.flatnonzero((value > RATIO * usual) & (value > at_start))
    if usual <= 0 or not len(beyond):
        return None
    largest = float(value.max())
    return Finding(
        symptom=Symptom.EXPLODING_GRADIENTS,
        severity=Severity.WARNING,
        confidence=0.8,
        since_step=float(step[beyond[0]]),
        evidence=(
            Evidence(
                name="grad_norm_spike",
                value=largest / usual,
                unit=Unit.FACTOR,
                numbers={"median": usual, "largest": math.inf if infinite else largest},
            ),
        ),
        guide_step=3,
    )
