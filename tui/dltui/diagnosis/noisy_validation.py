"""The validation curve is too ragged to steer by."""

import math

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.rule import LEAST_VALIDATIONS
from dltui.diagnosis.statistics import confidence, noise

RAGGED = 0.05
VERY_RAGGED = 0.20
LOSS_DEVIATION = 0.8
"""The deviation of a cross-entropy from sample to sample is about its level early on, and less later: with n samples
the mean is known to 0.8 / sqrt(n)."""


def find(run: Observed) -> Finding | None:
    """Neighbouring validations differ by more than the trend between them.

    Causes: a validation set of some hundred samples (the error of its mean goes with 1 / sqrt(n)), a learning rate
    still high at the end, batch norm with small batches. No fault of the model, but a best epoch picked from such a
    curve is luck. Judged on the second half: the first steps are ragged everywhere.
    Source: Google Tuning Playbook (variance of late validations).
    """
    half = run.val.value[len(run.val) // 2 :]
    if run.validations < 4 * LEAST_VALIDATIONS:
        return None
    level = abs(float(np.median(half)))
    spread = noise(half)
    ragged = spread / level if level else 0.0
    descent = float(run.val_smooth[0]) - float(run.val_smooth.min())
    if ragged < RAGGED or spread < RAGGED * descent:
        return None
    evidence = [Evidence(name="val_noise", value=ragged, unit=Unit.RATIO, numbers={"level": level})]
    if run.data is not None and run.data.n_val > 0:
        expected = LOSS_DEVIATION / math.sqrt(run.data.n_val)
        evidence.append(
            Evidence(name="expected_noise", value=expected, unit=Unit.RATIO, numbers={"n_val": float(run.data.n_val)})
        )
    return Finding(
        symptom=Symptom.NOISY_VALIDATION,
        severity=Severity.WARNING if ragged > VERY_RAGGED else Severity.INFO,
        confidence=confidence(ragged, RAGGED, RAGGED / 3),
        since_step=float(run.val.step[len(run.val) // 2]),
        evidence=tuple(evidence),
        guide_step=6,
    )
