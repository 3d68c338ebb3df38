"""Units that are 0 for every sample."""

import math
from collections.abc import Mapping

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed, once
from dltui.diagnosis.progress import explained, learns_little
from dltui_trainers.runlog import LayerStats, OutputStats

MANY = 0.5
"""AWS SageMaker Debugger: half of a layer."""
SOME = 0.2


NEARLY_ALL = 0.9
"""Where nothing tells what the loss should come to, only this much beside a loss that does not fall is a warning."""
ALL = 1.0


def find(run: Observed) -> Finding | None:
    """A large share of a layer's ReLU units never fires; no gradient passes through them, so they cannot recover.

    Causes: a learning rate that was too high for a moment, large negative biases, a bad initialisation. Some dead
    units are ordinary, and many are only a note where the training learns well without them.
    Source: CS231n neural-networks-1 (dying ReLU); AWS SageMaker Debugger, DeadRelu.
    """
    step, dead = _shares(run)
    worst = max(dead.values(), default=0.0)
    if not worst > SOME:
        return None
    share = explained(run)
    stuck = learns_little(run) if share is not None or worst >= NEARLY_ALL else False
    return Finding(
        symptom=Symptom.DEAD_UNITS,
        severity=Severity.WARNING if worst > MANY and stuck else Severity.INFO,
        confidence=0.9 if worst > MANY else 0.7,
        since_step=step,
        evidence=(
            Evidence(
                name="dead_share",
                value=worst,
                unit=Unit.RATIO,
                layers=tuple(name for name, share in dead.items() if share > SOME),
            ),
        ),
        guide_step=2,
    )


def all_dead(run: Observed) -> bool:
    """Whether no unit of some layer fires: what comes before it gets a gradient of 0."""
    return max(_shares(run)[1].values(), default=0.0) >= ALL


@once
def _shares(run: Observed) -> tuple[float, dict[str, float]]:
    """The share of dead units by layer, and the step at which it was measured last."""
    told: list[tuple[int, Mapping[str, LayerStats | OutputStats]]] = []
    if run.layers is not None:
        told.append((run.layers.step, run.layers.layers))
    if run.output_records:
        told.append((run.output_records[-1].step, run.output_records[-1].outputs))
    for step, stats in told:
        shares = {name: float(each.dead) for name, each in stats.items() if each.dead is not None and _is_sound(each)}
        if known := {name: share for name, share in shares.items() if share >= 0}:
            return float(step), known
    return run.last_step, {}


def _is_sound(stats: LayerStats | OutputStats) -> bool:
    """Whether it tells of numbers: what is NaN is not above 0 either."""
    return math.isfinite(float(stats.weight_norm if isinstance(stats, LayerStats) else stats.mean))
