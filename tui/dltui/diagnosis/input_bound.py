"""A training that waits for its data."""

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import RECENT_LEAST, RECENT_LEAST_S, Observed
from dltui.diagnosis.reduction import Values

SHARE = 0.3
"""AWS SageMaker Debugger's IOBottleneck asks for half of the steps; from a third on it pays to look at the loader."""
PARTS = 4
"""It must be so in each quarter of what is looked at: an epoch that begins waits by nature. Not in each record: batches
that are prepared by several workers arrive in bursts."""
LEAST_WAIT_S = 1e-3
"""Of steps that take less than a few milliseconds any batch is a large part, and nobody waits for such a training."""


def find(run: Observed) -> Finding | None:
    """A third or more of the time of a step goes by until its batch is there, as the newest records tell.

    They are a quarter of all, and those of the last 10 seconds at least.
    Causes: too few loader workers, samples decoded or augmented anew each time, a slow or distant disk, copies to the
    device that do not overlap with the work. The curves are as good as ever; the training could be faster. Silent
    with fewer than 20 records or 10 seconds, without times, and where a step waits for less than a millisecond.
    Source: AWS SageMaker Debugger, IOBottleneck; PyTorch performance tuning guide.
    """
    steps, times, shares = run.recent_waits
    if len(shares) < RECENT_LEAST or not times[-1] - times[0] >= RECENT_LEAST_S:
        return None
    passed = np.diff(times)
    waited = shares[1:] * passed
    whole_s, step_s = float(passed.sum()), float(passed.sum()) / max(1.0, float(steps[-1] - steps[0]))
    share = float(waited.sum()) / whole_s
    parts = [_share(*each) for each in zip(np.array_split(waited, PARTS), np.array_split(passed, PARTS), strict=True)]
    if not min(parts) > SHARE or share * step_s < LEAST_WAIT_S:
        return None
    return Finding(
        symptom=Symptom.INPUT_BOUND,
        severity=Severity.WARNING,
        confidence=0.9,
        since_step=float(steps[0]),
        evidence=(
            Evidence(
                name="data_wait",
                value=share,
                unit=Unit.RATIO,
                numbers={"wait_ms": float(f"{1000 * share * step_s:.2g}"), "step_ms": float(f"{1000 * step_s:.2g}")},
            ),
        ),
        guide_step=4,
    )


def _share(waited: Values, passed: Values) -> float:
    whole = float(passed.sum())
    return float(waited.sum()) / whole if whole > 0 else 0.0
