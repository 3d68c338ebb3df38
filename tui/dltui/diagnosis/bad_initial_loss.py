"""The very first loss is not that of guessing."""

import math

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed

HIGH = 1.5
"""Random logits of an ordinary initialisation add some 10 to 20 % to ln C: from 1.5 times on the scale is wrong."""
VERY_HIGH = 3.0
OF_SQUARES = 2.0
"""A squared error adds what the outputs vary to what the targets do: an initialisation that keeps the variance of
standardised inputs, as He's and Glorot's mean to, starts at twice the variance of the targets."""
LOW = 0.5
"""Half the loss of guessing, before the first step: pretrained weights, or the labels leak into the inputs."""


def find(run: Observed) -> Finding | None:
    """The untrained network does not start at the loss of knowing nothing.

    It should be ln C for a softmax over C classes, ln 2 for a binary one, the variance of the targets for a squared
    error, 1 / C for one of classes taken as 0 and 1. Above: the initialisation or the inputs are on a wrong scale, or
    the loss is summed where it should be averaged. Below: pretrained weights (fine) or leakage (not). Silent where the
    expected loss is not known, or the log does not have the loss of the untrained network.
    Source: CS231n, six steps, step 1; Karpathy 2019 (verify the loss at init).
    """
    expected, initial = run.expected_initial_loss, run.initial_loss
    if expected is None or initial is None or expected <= 0:
        return None
    ratio = initial / expected
    height = height_of(initial, expected, run.takes_squares, run.squared_classes)
    if ratio >= LOW and height <= HIGH:
        return None
    return Finding(
        symptom=Symptom.BAD_INITIAL_LOSS,
        severity=Severity.CRITICAL if height > VERY_HIGH else Severity.WARNING if height > HIGH else Severity.INFO,
        confidence=0.9,
        since_step=run.first_step,
        evidence=(
            Evidence(
                name="initial_loss", value=ratio, unit=Unit.FACTOR, numbers={"loss": initial, "expected": expected}
            ),
        ),
        guide_step=1,
    )


def height_of(initial: float, expected: float, takes_squares: bool, squared_classes: int | None) -> float:
    """How many times the loss of guessing it is; of squares, how many times as these outputs would be elsewhere.

    ``squared_classes``: how many classes a squared error is taken of, None where it is of numbers. Outputs of variance
    v, which know nothing of the sample, add v to a squared error and about v / 2 to ln C.
    """
    if squared_classes is not None:
        return 1 + (initial - expected) / (2 * math.log(squared_classes))
    return initial / expected / (OF_SQUARES if takes_squares else 1.0)
