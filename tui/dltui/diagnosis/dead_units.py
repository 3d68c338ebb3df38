"""Units that are 0 for every sample."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import LITTLE_EXPLAINED, explained

MANY = 0.5
"""AWS SageMaker Debugger: half of a layer."""
SOME = 0.2


def find(run: Observed) -> Finding | None:
    """A large share of a layer's ReLU units never fires; no gradient passes through them, so they cannot recover.

    Causes: a learning rate that was too high for a moment, large negative biases, a bad initialisation. Some dead
    units are ordinary, and many are only a note where the training learns well without them.
    Source: CS231n neural-networks-1 (dying ReLU); AWS SageMaker Debugger, DeadRelu.
    """
    layers = run.layers.layers if run.layers else {}
    dead = [float(each.dead) for each in layers.values() if each.dead is not None and float(each.dead) >= 0]
    worst = max(dead, default=0.0)
    if not worst > SOME:
        return None
    share = explained(run)
    learns = share is None or share > LITTLE_EXPLAINED
    return Finding(
        symptom=Symptom.DEAD_UNITS,
        severity=Severity.WARNING if worst > MANY and not learns else Severity.INFO,
        confidence=0.9 if worst > MANY else 0.7,
        since_step=float(run.layers.step) if run.layers else run.last_step,
        evidence=(Evidence(name="dead_share", value=worst, unit=Unit.RATIO),),
        guide_step=2,
    )
