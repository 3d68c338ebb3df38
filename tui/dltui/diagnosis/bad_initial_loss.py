"""The very first loss is not that of guessing."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed

HIGH = 1.5
"""Random logits of an ordinary initialisation add some 10 to 20 % to ln C: from 1.5 times on the scale is wrong."""
VERY_HIGH = 3.0
LOW = 0.5
"""Half the loss of guessing, before the first step: pretrained weights, or the labels leak into the inputs."""


def find(run: Observed) -> Finding | None:
    """The untrained network does not start at the loss of knowing nothing.

    It should be ln C for a softmax over C classes, ln 2 for a binary one, the variance of the targets for a squared
    error. Above: the initialisation or the inputs are on a wrong scale, or the loss is summed where it should be
    averaged. Below: pretrained weights (fine) or leakage (not). Silent where the expected loss is not known, or the log
    does not have the loss of the untrained network.
    Source: CS231n, six steps, step 1; Karpathy 2019 (verify the loss at init).
    """
    expected, initial = run.expected_initial_loss, run.initial_loss
    if expected is None or initial is None or expected <= 0:
        return None
    ratio = initial / expected
    if LOW <= ratio <= HIGH:
        return None
    return Finding(
        symptom=Symptom.BAD_INITIAL_LOSS,
        severity=Severity.CRITICAL if ratio > VERY_HIGH else Severity.WARNING if ratio > HIGH else Severity.INFO,
        confidence=0.9,
        since_step=run.first_step,
        evidence=(
            Evidence(
                name="initial_loss", value=ratio, unit=Unit.FACTOR, numbers={"loss": initial, "expected": expected}
            ),
        ),
        guide_step=1,
    )
