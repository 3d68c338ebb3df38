"""The memory of the device does not hold what the training needs at once."""

import math

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui_trainers.runlog import EventRecord, Value

SIGNS = ("out of memory", "outofmemory", "memoryerror", "can't allocate memory")
"""How torch, Python and the drivers call it."""


def find(run: Observed) -> Finding | None:
    """A batch, or a validation, had to be divided; or there was nothing left to divide, and the training failed.

    A divided batch gives the same step, because the gradients of its parts are added up (a batch norm sees parts); only
    a pass a part takes longer than one for all. So a training that goes on is warned of, and nothing is lost.
    Source: Google Deep Learning Tuning Playbook (the batch size is a matter of speed).
    """
    if any(sign in run.error.lower() for sign in SIGNS):
        return _finding(run.last_step, Severity.CRITICAL, _failed(run))
    divided = [each for each in run.out_of_memory if each.hparam == "batch_size"]
    parts = _parts(run, divided[-1]) if divided else None
    if parts is not None:
        return _finding(divided[0].step, Severity.WARNING, parts)
    validations = [each for each in run.out_of_memory if not each.hparam]
    size = _size(validations[-1].to) if validations else None
    if size is None:
        return None
    evidence = Evidence(name="memory_validation", value=size, unit=Unit.NUMBER)
    return _finding(validations[0].step, Severity.INFO, evidence)


def _parts(run: Observed, event: EventRecord) -> Evidence | None:
    """Into how many parts a batch is divided; None where the batch was made smaller since."""
    batch, part = _size(run.hparams.get("batch_size")), _size(event.to)
    if batch is None or part is None or part >= batch:
        return None
    numbers = {"batch": batch, "part": part}
    return Evidence(name="memory_parts", value=float(math.ceil(batch / part)), unit=Unit.NUMBER, numbers=numbers)


def _failed(run: Observed) -> Evidence:
    """The smallest part that was tried, where that is known."""
    tried = _size(run.out_of_memory[-1].to) if run.out_of_memory else _size(run.hparams.get("batch_size"))
    numbers = {} if tried is None else {"part": tried}
    return Evidence(name="memory_failed", value=run.last_step, unit=Unit.STEP, numbers=numbers)


def _size(value: Value) -> float | None:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and 1 <= value < math.inf
    return float(value) if known and isinstance(value, (int, float)) else None


def _finding(since: float, severity: Severity, evidence: Evidence) -> Finding:
    return Finding(
        symptom=Symptom.OUT_OF_MEMORY,
        severity=severity,
        confidence=0.99,
        since_step=since,
        evidence=(evidence,),
        guide_step=4,
    )
