"""Two runs with different settings and the same curve."""

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import SHOWS_NOTHING, Observed

SAME = 1e-3
"""Not even the order of the batches gives two trainings the same curve to a thousandth."""
LEAST_POINTS = 6
MAY_CHANGE_NOTHING = SHOWS_NOTHING | {"grad_clip"}
"""How long is trained, what is logged, and how long a gradient may be, need not show in the part of the curve that two
runs share."""


def find(run: Observed, other: Observed) -> Finding | None:
    """The curves of two runs agree although their configurations do not: the option that differs is not read.

    Causes: a flag that is parsed and forgotten, a value that is overwritten later, a cached log. Silent when the
    hyperparameters of either are unknown, or the same.
    Source: AWS SageMaker Debugger, SimilarAcrossRuns.
    """
    shared_names = (run.hparams.keys() & other.hparams.keys()) - MAY_CHANGE_NOTHING
    changed = [name for name in shared_names if run.hparams[name] != other.hparams[name]]
    if not changed or min(len(run.val), len(other.val)) < LEAST_POINTS:
        return None
    stop = min(run.last_step, other.last_step)
    shared = run.val.step[run.val.step <= stop]
    if len(shared) < LEAST_POINTS:
        return None
    here, there = run.val.at(shared), other.val.at(shared)
    apart = float(np.max(np.abs(here - there) / np.maximum(np.abs(there), 1e-12)))
    if apart > SAME:
        return None
    return Finding(
        symptom=Symptom.OPTION_WITHOUT_EFFECT,
        severity=Severity.WARNING,
        confidence=0.95,
        since_step=run.first_step,
        evidence=(Evidence(name="same_curve", value=apart, unit=Unit.RATIO, numbers={"changed": float(len(changed))}),),
        guide_step=4,
    )
