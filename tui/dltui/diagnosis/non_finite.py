"""NaN or infinity in a loss."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed


def find(run: Observed) -> Finding | None:
    """The loss became NaN or infinite.

    Usual causes: a learning rate far too high, a logarithm or a division of 0, half precision that overflowed, a NaN
    in the data. A NaN never heals by itself when it has reached the weights, so a loss that ends in it is critical;
    single ones that were survived (a skipped step of mixed precision) are a warning.
    Source: CS231n, six steps, step 2; AWS SageMaker Debugger, ExplodingTensor.
    """
    found = run.non_finite()
    if found is None:
        return None
    return Finding(
        symptom=Symptom.NON_FINITE,
        severity=Severity.CRITICAL if found.at_end else Severity.WARNING,
        confidence=0.99 if found.at_end else 0.7,
        since_step=found.first_step,
        evidence=(
            Evidence(
                name="non_finite_loss",
                value=found.first_step,
                unit=Unit.STEP,
                numbers={"count": float(found.count)},
            ),
        ),
        guide_step=2,
    )
