"""What a change did: the objective of a training beside that of the one it came from, and the noise of both."""

import math

import numpy as np

from dltui.diagnosis.reduction import Values
from dltui.diagnosis.statistics import noise
from dltui.interventions.verdict import Outcome
from dltui.search.study.options import Objective
from dltui.series.state import RunState

VAL_LOSS = "val_loss"
LEAST_SHARE = 0.002
"""Of the objective: less is no difference, however still both curves lie."""
NEAR = 0.2
"""Of the validations, those nearest to the best, whose scatter tells how much of it was luck."""
FEWEST = 6


def judge(value: float | None, before: float | None, margin: float, *, rises: bool = False) -> Outcome:
    """Return what became of the objective, which was ``before``; None is one that is no number, or none at all.

    ``margin``: a smaller difference is none, see :func:`margin_of`.
    """
    if value is None or before is None:
        return Outcome.NO_CLEAR_EFFECT if value is before else Outcome.HELPED if before is None else Outcome.HURT
    gain = value - before if rises else before - value
    if abs(gain) <= margin:
        return Outcome.NO_CLEAR_EFFECT
    return Outcome.HELPED if gain > 0 else Outcome.HURT


def margin_of(objective: Objective, *states: RunState | None) -> float:
    """Return how far the best values of these curves may lie apart by the luck of single validations.

    The best of a curve is the luckiest of the validations near it: another look at the same weights would find it
    higher by about the scatter of its neighbours, divided by the root of how many of them it was the luckiest of.
    """
    found = [each for state in states if state is not None and (each := _scatter(objective, state)) is not None]
    return max((scatter for scatter, _ in found), default=0.0) + LEAST_SHARE * max(
        (abs(b) for _, b in found), default=0
    )


def _scatter(objective: Objective, state: RunState) -> tuple[float, float] | None:
    """The scatter of the best value, and that value; None without one."""
    values = _values(state, objective)
    if not len(values):
        return None
    best = int(np.argmax(values) if objective.rises else np.argmin(values))
    count = max(FEWEST, math.ceil(NEAR * len(values)))
    first = max(0, min(best - count // 2, len(values) - count))
    near = values[first : first + count]
    return noise(near) / math.sqrt(len(near)), float(values[best])


def _values(state: RunState, objective: Objective) -> Values:
    raw = state.val_loss.raw if objective.metric == VAL_LOSS else state.eval_metrics[objective.metric].raw
    values = np.asarray(raw.values, dtype=np.float64)
    return values[np.isfinite(values)]
