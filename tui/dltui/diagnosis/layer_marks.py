"""The state of each parameter in one word: what the findings say of it, so that a table and the rules never disagree.

Beside the findings stand only facts: what the manifest tells (frozen, in no optimiser), and what was measured in the
one record that is looked at (no number, most of the units dead).
"""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum

from dltui.diagnosis import dead_units, saturated_units
from dltui.diagnosis.finding import Finding, Severity, Symptom
from dltui.series.parameters import Parameter
from dltui_trainers.runlog import ParameterStats


class Mark(StrEnum):
    """What is to be said of a parameter, worst first."""

    NON_FINITE = "non_finite"
    EXPLODING = "exploding"
    NO_GRADIENT = "no_gradient"
    NEVER_UPDATED = "never_updated"
    ZERO_INIT = "zero_init"
    NOT_OPTIMIZED = "not_optimized"
    DEAD = "dead"
    SATURATED = "saturated"
    VANISHING = "vanishing"
    FROZEN = "frozen"
    UNKNOWN = "unknown"
    OK = "ok"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]

    @property
    def is_sick(self) -> bool:
        """Whether something is wrong; frozen is what somebody wanted."""
        return self not in (Mark.FROZEN, Mark.UNKNOWN, Mark.OK)


_RANKS = {mark: rank for rank, mark in enumerate(Mark)}
MARKS = {
    Symptom.NON_FINITE: Mark.NON_FINITE,
    Symptom.EXPLODING_GRADIENTS: Mark.EXPLODING,
    Symptom.NO_GRADIENT: Mark.NO_GRADIENT,
    Symptom.NEVER_UPDATED: Mark.NEVER_UPDATED,
    Symptom.ZERO_INIT: Mark.ZERO_INIT,
    Symptom.DEAD_UNITS: Mark.DEAD,
    Symptom.SATURATED_UNITS: Mark.SATURATED,
    Symptom.VANISHING_GRADIENTS: Mark.VANISHING,
}
"""What the layers are called that a finding names. Which parameters are frozen the manifest tells, one by one."""
ENDS = {"layer_gradients": 0, "outputs_shrink": -1, "outputs_grow": -1}
"""Evidence that names the first and the last layer -> the one of the two where it is to be seen."""
_IN_PART = frozenset({Mark.DEAD, Mark.SATURATED})
"""As a note such a finding means that some units are so: the share of them tells that."""


def layer_marks(parameters: Sequence[Parameter], findings: Iterable[Finding] = ()) -> list[Mark]:
    """Return the mark of each of the parameters; ``findings``: those of the run at the same moment."""
    named = _named(findings)
    return [_mark(each, named) for each in parameters]


def _named(findings: Iterable[Finding]) -> dict[str, list[Mark]]:
    """The marks that findings give to the layers and parameters that they name."""
    named: dict[str, list[Mark]] = {}
    for finding in findings:
        mark = MARKS.get(finding.symptom)
        if mark is None or (mark in _IN_PART and finding.severity is Severity.INFO):
            continue
        for evidence in finding.evidence:
            end = ENDS.get(evidence.name)
            for layer in evidence.layers if end is None else evidence.layers[end:][:1]:
                named.setdefault(layer, []).append(mark)
    return named


def _mark(parameter: Parameter, named: dict[str, list[Mark]]) -> Mark:
    if _is_non_finite(parameter.stats):
        return Mark.NON_FINITE
    if not parameter.trainable:
        return Mark.FROZEN
    names = dict.fromkeys((parameter.name, parameter.module or parameter.kind, parameter.told_by))
    found = [mark for name in names for mark in named.get(name, ()) if _may_be(mark, parameter)]
    marks = [*found, *_facts(parameter)]
    return min(marks, key=lambda each: each.rank, default=Mark.UNKNOWN if parameter.stats is None else Mark.OK)


def _may_be(mark: Mark, parameter: Parameter) -> bool:
    """Whether what is said of a layer holds for this one of its parameters: a bias may move where a weight does not."""
    stats = parameter.stats
    if mark is Mark.ZERO_INIT:
        return parameter.part.is_matrix
    if mark is Mark.NO_GRADIENT:
        return not parameter.grad_norm
    if mark is Mark.NEVER_UPDATED:  # in no optimiser: that is why
        return parameter.optimized and (stats is None or not stats.update_norm)
    return True


def _facts(parameter: Parameter) -> Iterable[Mark]:
    if not parameter.optimized:
        yield Mark.NOT_OPTIMIZED
    if (parameter.dead or 0.0) > dead_units.MANY:
        yield Mark.DEAD
    if (parameter.saturated or 0.0) > saturated_units.MANY:
        yield Mark.SATURATED


def _is_non_finite(stats: ParameterStats | None) -> bool:
    values = (stats.norm, stats.grad_norm, stats.update_norm) if stats is not None else ()
    return any(value is not None and not math.isfinite(float(value)) for value in values)
