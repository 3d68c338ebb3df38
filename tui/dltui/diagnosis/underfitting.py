"""Too little capacity: training and validation agree, and both are high."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.not_learning import find as find_not_learning
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import explained, is_flat, train_curve
from dltui.diagnosis.rule import LEAST_VALIDATIONS
from dltui.diagnosis.statistics import confidence

LITTLE_EXPLAINED = 0.5
"""Where the loss of knowing nothing is known: a model that takes away less than half of it has much left to learn,
unless the data hold no more."""


def find(run: Observed) -> Finding | None:
    """Training and validation agree, are flat, and still far from what a model could learn.

    It looks like two curves that level off together, high up. Causes: too little capacity, too much regularisation, a
    learning rate that decayed too early. Only where the loss of knowing nothing is known (from the manifest or the
    untrained network) or the accuracy is.
    Source: CS231n neural-networks-3 (no gap: capacity too low).
    """
    share = explained(run)
    if (
        run.validations < LEAST_VALIDATIONS
        or share is None
        or share > LITTLE_EXPLAINED
        or find_not_learning(run) is not None
    ):
        return None
    train = train_curve(run).value
    return Finding(
        symptom=Symptom.UNDERFITTING,
        severity=Severity.WARNING if is_flat(run) and run.plan_known else Severity.INFO,
        confidence=confidence(-share, -LITTLE_EXPLAINED, 0.1),
        since_step=run.first_step,
        evidence=(
            Evidence(
                name="train_high",
                value=1 - share,
                unit=Unit.RATIO,
                numbers={"train": float(train[-1])},
            ),
        ),
        guide_step=4,
    )
