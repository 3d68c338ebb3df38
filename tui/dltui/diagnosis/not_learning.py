"""The loss does not move from where it began."""

from dltui.diagnosis.diverged import find as find_divergence
from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed, once
from dltui.diagnosis.progress import drop, explained, is_warming_up, reference_loss, train_curve
from dltui.diagnosis.rows import Series
from dltui.diagnosis.statistics import confidence, noise, running_median

LEAST_DROP = 0.02
"""TheDeepChecker wants 5 % in 5 checks, AWS 0.1 % in 10; 2 % of the start is far below what a first epoch brings."""
BUDGET_SHARE = 0.25
"""Some trainings wait for long before they begin to learn: no judgement before a quarter of the planned steps."""
LEAST_POINTS = 4
LEARNED = 0.9
"""Of the answers right, or of the variance of the targets explained."""


@once
def find(run: Observed) -> Finding | None:
    """Neither loss has left its first value, and a quarter of the budget is gone.

    It looks like two flat lines, often at ln C (guessing) or at the variance of the targets (predicting the mean).
    Causes: a learning rate that is far too low or far too high, weights that all start at 0, saturated activations, a
    loss that does not fit the output, labels or optimiser not connected. Silent where accuracy or R2 shows that all is
    learned already.
    Source: CS231n, six steps, steps 1 to 3; Karpathy 2019, overfit one batch.
    """
    train = train_curve(run)
    if (
        run.continued
        or is_warming_up(run)
        or len(train) < LEAST_POINTS
        or run.budget_share < BUDGET_SHARE
        or _has_learned(run)
    ):
        return None
    if find_divergence(run) is not None:
        return None
    fallen, val_fallen = _fallen(train), drop(run.val)
    learned = explained(run)
    if max(fallen, val_fallen, learned or 0.0) > LEAST_DROP:
        return None
    first, last = float(train.value[0]), float(train.value[-1])
    error = max(noise(train.value) / abs(first) if first else 0.0, LEAST_DROP / 5)
    evidence = [Evidence(name="no_drop", value=fallen, unit=Unit.RATIO, numbers={"first": first, "last": last})]
    reference = reference_loss(run)
    if reference is not None:
        away = abs(last / reference - 1)
        numbers = {"loss": last, "chance": reference}
        evidence.append(Evidence(name="near_chance", value=away, unit=Unit.RATIO, numbers=numbers))
    return Finding(
        symptom=Symptom.NOT_LEARNING,
        severity=Severity.CRITICAL if run.plan_known else Severity.WARNING,
        confidence=confidence(-max(fallen, val_fallen), -LEAST_DROP, error),
        since_step=run.first_step,
        evidence=tuple(evidence),
        guide_step=2,
    )


def _fallen(train: Series) -> float:
    """The share of its very first value that the loss lost, beyond noise: all may have happened in a first epoch."""
    first = float(train.value[0])
    at_once = (first - float(running_median(train.value).min()) - 3 * noise(train.value)) / abs(first) if first else 0.0
    return max(drop(train), at_once)


def _has_learned(run: Observed) -> bool:
    scores = (run.metric("val_accuracy"), run.metric("val_r2"))
    return any(len(score) > 0 and score.value[-1] >= LEARNED for score in scores)
