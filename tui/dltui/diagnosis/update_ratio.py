"""Updates that are too long or too short for the weights."""

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import LITTLE_EXPLAINED, explained
from dltui.diagnosis.rule import WARM_UP_SHARE

LOW, HIGH = 1e-5, 1e-1
"""CS231n wants about 1e-3; a hundred times more or less is a warning, ten times a note."""
NOTE_LOW, NOTE_HIGH = 1e-4, 1e-2
LEAST_POINTS = 4


def find(run: Observed) -> Finding | None:
    """The norm of an update over the norm of the weights is far from 1e-3.

    Longer: each step throws away a part of what was learned. Shorter: the weights stand still. Judged where the
    learning rate is at work: after the first twentieth, and while it is above a tenth of its highest. Short updates are
    only a note where much is learned: a training that has converged stands still.
    Source: CS231n neural-networks-3 (ratio of weights:updates).
    """
    ratios = run.metric("update_ratio")
    active = ratios.step > run.first_step + WARM_UP_SHARE * (run.last_step - run.first_step)
    if len(run.lr):
        active &= run.lr.at(ratios.step) > 0.1 * float(run.lr.value.max())
    values = ratios.value[active]
    if len(values) < LEAST_POINTS:
        return None
    usual = float(np.median(values))
    if NOTE_LOW <= usual <= NOTE_HIGH:
        return None
    share = explained(run)
    learned = share is not None and share > LITTLE_EXPLAINED
    return Finding(
        symptom=Symptom.UPDATE_RATIO,
        severity=Severity.WARNING if usual > HIGH or (usual < LOW and not learned) else Severity.INFO,
        confidence=0.8,
        since_step=float(ratios.step[active][0]),
        evidence=(
            Evidence(name="update_ratio", value=usual, unit=Unit.NUMBER, numbers={"low": NOTE_LOW, "high": NOTE_HIGH}),
        ),
        guide_step=3,
    )
