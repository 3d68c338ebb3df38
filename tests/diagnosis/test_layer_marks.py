"""The health of each parameter: what the findings name, and what the record itself tells."""

from typing import Any

import pytest
from models import stats

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.layer_marks import MARKS, Mark, layer_marks
from dltui.series.parameters import Parameter, Part
from dltui_trainers.runlog import OutputStats, ParameterStats

WELL = stats()


def parameter(name: str = "a.weight", **rest: Any) -> Parameter:
    """Return a parameter that is well but for what is said of it."""
    usual: dict[str, Any] = {"shape": (4, 4), "count": 16, "part": Part.WEIGHT, "kind": "Linear", "stats": WELL}
    return Parameter(name=name, module=name.rpartition(".")[0], **{**usual, **rest})


def finding(symptom: Symptom, *layers: str, name: str = "x", severity: Severity = Severity.WARNING) -> Finding:
    """Return a finding that names those layers."""
    evidence = Evidence(name=name, value=1.0, unit=Unit.RATIO, layers=layers)
    return Finding(symptom=symptom, severity=severity, confidence=0.9, since_step=0, evidence=(evidence,), guide_step=2)


def mark_of(one: Parameter, *findings: Finding) -> Mark:
    """Return the mark of one parameter."""
    (mark,) = layer_marks([one], findings)
    return mark


@pytest.mark.parametrize(
    ("given", "mark"),
    [
        ({}, Mark.OK),
        ({"stats": None}, Mark.UNKNOWN),
        ({"trainable": False}, Mark.FROZEN),
        ({"trainable": False, "stats": None}, Mark.FROZEN),
        ({"optimized": False}, Mark.NOT_OPTIMIZED),
        ({"stats": ParameterStats(norm="nan")}, Mark.NON_FINITE),
        ({"stats": ParameterStats(norm=1.0, grad_norm="inf")}, Mark.NON_FINITE),
        ({"outputs": OutputStats(mean=0, deviation=0, dead=0.51)}, Mark.DEAD),
        ({"outputs": OutputStats(mean=0, deviation=0, dead=0.49)}, Mark.OK),
        ({"outputs": OutputStats(mean=0, deviation=0, dead="nan")}, Mark.OK),
        ({"outputs": OutputStats(mean=0, deviation=1, saturated=0.95)}, Mark.SATURATED),
        ({"outputs": OutputStats(mean=0, deviation=1, saturated=0.85)}, Mark.OK),
    ],
)
def test_what_the_record_and_the_manifest_tell(given: dict[str, Any], mark: Mark) -> None:
    assert mark_of(parameter(**given)) is mark


@pytest.mark.parametrize(("symptom", "mark"), MARKS.items(), ids=lambda each: str(each))
def test_a_layer_that_a_finding_names_is_marked(symptom: Symptom, mark: Mark) -> None:
    sick = parameter(stats=stats(ratio=0.0, grad_norm=None))
    assert mark_of(sick, finding(symptom, "a")) is mark
    assert mark_of(sick, finding(symptom, "a.weight")) is mark
    assert mark_of(sick, finding(symptom, "b")) is Mark.OK


def test_the_worst_of_several_counts() -> None:
    found = (finding(Symptom.VANISHING_GRADIENTS, "a"), finding(Symptom.EXPLODING_GRADIENTS, "a"))
    assert mark_of(parameter(), *found) is Mark.EXPLODING


@pytest.mark.parametrize(
    ("evidence", "symptom", "first", "last"),
    [
        ("layer_gradients", Symptom.VANISHING_GRADIENTS, Mark.VANISHING, Mark.OK),
        ("outputs_shrink", Symptom.VANISHING_GRADIENTS, Mark.OK, Mark.VANISHING),
        ("outputs_grow", Symptom.EXPLODING_GRADIENTS, Mark.OK, Mark.EXPLODING),
        ("layer_explodes", Symptom.EXPLODING_GRADIENTS, Mark.EXPLODING, Mark.EXPLODING),
    ],
)
def test_of_two_ends_only_the_one_where_it_is_seen(evidence: str, symptom: Symptom, first: Mark, last: Mark) -> None:
    found = finding(symptom, "a", "b", name=evidence)
    assert layer_marks([parameter(), parameter("b.weight")], [found]) == [first, last]


def test_a_note_on_some_dead_units_does_not_make_a_layer_dead() -> None:
    assert mark_of(parameter(), finding(Symptom.DEAD_UNITS, "a", severity=Severity.INFO)) is Mark.OK
    assert mark_of(parameter(), finding(Symptom.NO_GRADIENT, "a", severity=Severity.INFO)) is Mark.OK
    unreached = parameter(stats=stats(grad_norm=None))
    assert mark_of(unreached, finding(Symptom.NO_GRADIENT, "a", severity=Severity.INFO)) is Mark.NO_GRADIENT


def test_the_finding_may_name_the_activation_or_the_kind_of_a_model_that_is_one_layer() -> None:
    assert mark_of(parameter(told_by="act"), finding(Symptom.DEAD_UNITS, "act")) is Mark.DEAD
    assert mark_of(parameter("weight"), finding(Symptom.EXPLODING_GRADIENTS, "Linear")) is Mark.EXPLODING


def test_what_is_said_of_a_layer_is_not_said_of_a_bias_that_is_well() -> None:
    bias = parameter("a.bias", part=Part.BIAS)
    for symptom in (Symptom.NEVER_UPDATED, Symptom.ZERO_INIT, Symptom.NO_GRADIENT):
        assert mark_of(bias, finding(symptom, "a")) is Mark.OK


def test_in_no_optimiser_is_why_it_is_never_updated() -> None:
    left_out = parameter(optimized=False, stats=stats(ratio=0.0))
    assert mark_of(left_out, finding(Symptom.NEVER_UPDATED, "a")) is Mark.NOT_OPTIMIZED


def test_frozen_and_unknown_are_no_faults() -> None:
    assert [mark for mark in Mark if not mark.is_sick] == [Mark.FROZEN, Mark.UNKNOWN, Mark.OK]
    assert [mark.rank for mark in Mark] == sorted(mark.rank for mark in Mark)
