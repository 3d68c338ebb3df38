"""Nothing has come for long."""

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed

LEAST_S = 60.0
TIMES = 10.0
"""Ten times the usual pause between two records, and at least a minute: a validation or a checkpoint may take long."""


def find(run: Observed) -> Finding | None:
    """The process is there and the log does not grow.

    Causes: a data loader that waits for a disk or for itself, a deadlock between processes, a machine that swaps.
    Silent for a run that has ended, and where the log has no times.
    Source: AWS SageMaker Debugger, StalledTrainingRule (there 30 minutes).
    """
    silent = run.silent_s
    if silent is None:
        return None
    pauses = np.diff(run.record_times)
    if len(pauses) < 3:
        return None
    usual = float(np.median(pauses))
    longest = max(LEAST_S, TIMES * usual, 2 * float(pauses.max()))
    if not silent > longest:
        return None
    return Finding(
        symptom=Symptom.STALLED,
        severity=Severity.WARNING,
        confidence=0.8,
        since_step=run.last_step,
        evidence=(Evidence(name="silent_for", value=silent, unit=Unit.SECONDS, numbers={"usual": usual}),),
        guide_step=2,
    )
