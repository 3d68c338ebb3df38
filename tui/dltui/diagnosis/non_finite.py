"""NaN or infinity in a loss."""

import math

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui_trainers.runlog import EventRecord

ORIGINS = {
    "output": "began_in_output",
    "gradient": "began_in_gradient",
    "weights": "began_in_weights",
    "input": "began_in_input",
    "loss": "began_in_loss",
}
"""Where the first value that was no number was found -> the evidence that tells it."""


def find(run: Observed) -> Finding | None:
    """The loss became NaN or infinite.

    Usual causes: a learning rate far too high, a logarithm or a division of 0, half precision that overflowed, a NaN
    in the data. A NaN never heals by itself when it has reached the weights, so a loss that ends in it is critical;
    single ones that were survived (a skipped step of mixed precision) are a warning. Where the log traces the first
    such value to a layer, that is told. A trace alone counts only of weights or of the loss: gradients that overflow
    are ordinary in mixed precision, and a mask puts out -inf.
    Source: CS231n, six steps, step 2; AWS SageMaker Debugger, ExplodingTensor.
    """
    found, origin = run.non_finite(), run.non_finite_origin
    traced = _traced(origin) if origin is not None else None
    if found is None:
        lost = origin is not None and origin.to in ("weights", "loss")
        return _finding(Severity.WARNING, 0.7, math.inf, traced) if lost else None
    loss = Evidence(
        name="non_finite_loss", value=found.first_step, unit=Unit.STEP, numbers={"count": float(found.count)}
    )
    severity = Severity.CRITICAL if found.at_end else Severity.WARNING
    return _finding(severity, 0.99 if found.at_end else 0.7, found.first_step, loss, traced)


def _traced(origin: EventRecord) -> Evidence | None:
    """The evidence of where it began; None for a kind of place that is not known."""
    name = ORIGINS.get(str(origin.to))
    if name is None:
        return None
    layer = origin.from_ if isinstance(origin.from_, str) else ""
    return Evidence(name=name, value=float(origin.step), unit=Unit.STEP, layers=(layer,) if layer else ())


def _finding(severity: Severity, confidence: float, first_step: float, *evidence: Evidence | None) -> Finding:
    told = tuple(each for each in evidence if each is not None)
    return Finding(
        symptom=Symptom.NON_FINITE,
        severity=severity,
        confidence=confidence,
        since_step=min(first_step, *(each.value for each in told)),
        evidence=told,
        guide_step=2,
    )
