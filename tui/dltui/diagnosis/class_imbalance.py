"""Some classes are rare, and the model may have learned only that."""

import math

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import BUDGET_SHARE

RATIO = 10.0
"""AWS SageMaker Debugger, ClassImbalance: the largest class over the smallest."""
AT_PRIOR = 0.05
ONE_CLASS = 1.2
"""Who always names the same class has a mean recall of 1 / C; hardly more than that is hardly more."""


def find(run: Observed) -> Finding | None:
    """One class has ten times the samples of another.

    By itself only a note. A warning when the model shows it: the loss rests at the entropy of the class frequencies, a
    squared error at their variance (it predicts them and nothing else), or the recall, averaged over classes, is that
    of naming one class always.
    Source: AWS SageMaker Debugger, ClassImbalance; Lin et al. 2017, focal loss (prior as the bias).
    """
    counts = [count for count in (run.data.class_counts or [])] if run.data else []
    if len(counts) < 2 or max(counts) <= 0 or min(counts) * RATIO > max(counts):
        return None
    smallest = max(min(counts), 1)
    evidence = [
        Evidence(
            name="class_ratio",
            value=max(counts) / smallest,
            unit=Unit.FACTOR,
            numbers={"largest": float(max(counts)), "smallest": float(min(counts))},
        )
    ]
    shown = [each for each in (_at_prior(run, counts), _one_class(run, counts)) if each is not None]
    return Finding(
        symptom=Symptom.CLASS_IMBALANCE,
        severity=Severity.WARNING if shown else Severity.INFO,
        confidence=0.9,
        since_step=run.first_step,
        evidence=(*evidence, *shown),
        guide_step=1,
    )


def _at_prior(run: Observed, counts: list[int]) -> Evidence | None:
    prior = _prior_loss(run, counts)
    if not len(run.val) or run.on_error or prior <= 0 or run.budget_share < BUDGET_SHARE:
        return None
    level = float(run.val_smooth[-1])
    if not math.isclose(level, prior, rel_tol=AT_PRIOR):
        return None
    return Evidence(
        name="at_prior", value=abs(level / prior - 1), unit=Unit.RATIO, numbers={"loss": level, "prior": prior}
    )


def _prior_loss(run: Observed, counts: list[int]) -> float:
    """The loss of who knows how often each class comes, and nothing else."""
    shares = np.array([count for count in counts if count], dtype=np.float64) / sum(counts)
    if run.squared_classes is not None:
        return float((shares * (1 - shares)).sum()) / run.squared_classes
    return -float((shares * np.log(shares)).sum())


def _one_class(run: Observed, counts: list[int]) -> Evidence | None:
    recall, accuracy = run.metric("val_recall").value, run.metric("val_accuracy").value
    if not len(recall) or not len(accuracy) or run.budget_share < BUDGET_SHARE:
        return None
    if recall[-1] > ONE_CLASS / len(counts):
        return None
    numbers = {"recall_share": float(recall[-1]), "accuracy_share": float(accuracy[-1])}
    return Evidence(name="poor_recall", value=float(recall[-1]), unit=Unit.RATIO, numbers=numbers)
