"""Too little capacity: training and validation agree, and both are high."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.not_learning import find as find_not_learning
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import LITTLE_EXPLAINED, explained, is_flat, reference_loss, train_curve
from dltui.diagnosis.rule import LEAST_VALIDATIONS
from dltui.diagnosis.statistics import confidence
from dltui.diagnosis.usual import augments, most_regularisation, strengths

NO_GAP = 1.1
"""Validation within a tenth of the training loss: what holds the training down is not needed against overfitting."""
NEARLY_ALL = 0.95
FEW = 3


def find(run: Observed) -> Finding | None:
    """Training and validation agree, and are far from what a model could learn.

    It looks like two curves that level off together, high up. Causes: too little capacity, too much regularisation, a
    learning rate that decayed too early. Told where the loss of knowing nothing is known (from the manifest or the
    untrained network) and less than half of it was taken away; or where a regularisation far stronger than usual holds
    the training down and there is no gap that would ask for it.
    Source: CS231n neural-networks-3 (no gap: capacity too low).
    """
    share = _explained(run)
    if share is None or not _enough(run) or find_not_learning(run) is not None:
        return None
    strong = _needless_regularisation(run, share) if share < NEARLY_ALL else None
    if share > LITTLE_EXPLAINED and strong is None:
        return None
    high = Evidence(
        name="train_high", value=1 - share, unit=Unit.RATIO, numbers={"train": float(train_curve(run).value[-1])}
    )
    return Finding(
        symptom=Symptom.UNDERFITTING,
        severity=Severity.WARNING if run.plan_known and (run.budget_share >= 1 or is_flat(run)) else Severity.INFO,
        confidence=confidence(-share, -LITTLE_EXPLAINED, 0.1) if strong is None else 0.75,
        since_step=run.first_step,
        evidence=(high,) if strong is None else (high, strong),
        guide_step=4,
    )


def _explained(run: Observed) -> float | None:
    """The share of the loss of knowing nothing that was taken away.

    Samples that are changed at random, or mixed, have a high loss by themselves: there validation may tell more.
    """
    share, reference = explained(run), reference_loss(run)
    if share is None or reference is None or run.on_error or not len(run.val) or not augments(run.hparams):
        return share
    return max(share, 1 - float(run.val_smooth.min()) / reference)


def _needless_regularisation(run: Observed, share: float) -> Evidence | None:
    """The first regulariser that is far stronger than usual, where no gap asks for it.

    Beneath random changes of the inputs there is never a gap: they are suspected only where little is learned.
    """
    if not run.comparable or run.on_error:
        return None
    if float(run.val_smooth[-1]) > NO_GAP * float(run.train_at_val_smooth[-1]):
        return None
    strong = strengths(run.hparams)
    for name, most in most_regularisation(run.hparams).items():
        value = strong.get(name, 0.0)
        if name == "augment_strength" and share > LITTLE_EXPLAINED:
            continue
        if value > most:
            return Evidence(name=f"strong_{name}", value=value, unit=Unit.NUMBER, numbers={"high": most})
    return None


def _enough(run: Observed) -> bool:
    """Whether there were validations enough; of a training that has done all its epochs a few will do."""
    complete = run.plan_known and run.budget_share >= 1
    return run.validations >= (FEW if complete else LEAST_VALIDATIONS)
