"""The validation loss rises while the validation accuracy does too."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.rise import accuracy_gain, rise_of
from dltui.diagnosis.rule import LEAST_VALIDATIONS


def find(run: Observed) -> Finding | None:
    """More and more predictions are right, and the wrong ones are wrong with more and more certainty.

    It looks like overfitting in the loss and like progress in the accuracy. If only the class counts, the training goes
    well; if the probabilities are used, they are too sharp. Usual without label smoothing or weight decay.
    Source: Guo et al. 2017, arXiv:1706.04599.
    """
    if run.on_error or run.validations < LEAST_VALIDATIONS or not run.comparable:
        return None
    rise = rise_of(run)
    if rise is None:
        return None
    gain = accuracy_gain(run, rise)
    if gain is None:
        return None
    first, last = gain
    numbers = {"first_share": first, "last_share": last}
    return Finding(
        symptom=Symptom.OVERCONFIDENT,
        severity=Severity.INFO,
        confidence=0.75,
        since_step=float(run.val.step[rise.since]),
        evidence=(
            Evidence(
                name="val_rise",
                value=rise.ratio,
                unit=Unit.RATIO,
                numbers={"best": rise.best, "last": rise.end, "best_step": float(run.val.step[rise.at_best])},
            ),
            Evidence(name="accuracy_rises", value=last - first, unit=Unit.RATIO, numbers=numbers),
        ),
        guide_step=6,
    )
