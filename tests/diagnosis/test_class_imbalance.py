"""Some classes are rare."""

import math

import pytest
from diagnosis.curves import evidence, falling, found, jittered, plan, run, silent

from dltui.diagnosis.finding import Severity, Symptom

SOUND = falling(60)
RARE = [900, 90, 10]
PRIOR = -sum(share * math.log(share) for share in (0.9, 0.09, 0.01))


@pytest.mark.parametrize(
    ("counts", "told"),
    [([900, 90, 10], True), ([100, 10], True), ([99, 10], False), ([64] * 10, False), ([500], False), (None, False)],
)
def test_ten_times_as_many(counts: list[int] | None, told: bool) -> None:
    state = run(SOUND, SOUND, manifest=plan(class_counts=counts))
    assert silent(state, Symptom.CLASS_IMBALANCE) is not told


def test_by_itself_it_is_a_note() -> None:
    finding = found(run(SOUND, SOUND, manifest=plan(class_counts=RARE)), Symptom.CLASS_IMBALANCE)
    assert finding.severity is Severity.INFO
    assert [each.name for each in finding.evidence] == ["class_ratio"]
    assert finding.evidence[0].value == 90
    assert finding.evidence[0].numbers == {"largest": 900, "smallest": 10}


def test_a_class_without_samples() -> None:
    finding = found(run(SOUND, SOUND, manifest=plan(class_counts=[50, 0])), Symptom.CLASS_IMBALANCE)
    assert finding.evidence[0].value == 50


@pytest.mark.parametrize(("factor", "told"), [(1.0, True), (1.04, True), (0.97, True), (1.1, False), (0.9, False)])
def test_a_loss_that_rests_at_the_entropy_of_the_frequencies(factor: float, told: bool) -> None:
    curve = jittered(falling(60, first=1.0, last=factor * PRIOR, rate=20), 0.001)
    finding = found(run(curve, curve, manifest=plan(class_counts=RARE)), Symptom.CLASS_IMBALANCE)
    assert (finding.severity is Severity.WARNING) is told
    if told:
        numbers = evidence(finding, "at_prior").numbers
        assert numbers == pytest.approx({"loss": factor * PRIOR, "prior": PRIOR}, rel=0.01)


@pytest.mark.parametrize(("recall", "told"), [(0.34, True), (0.39, True), (0.45, False), (0.9, False)])
def test_a_recall_hardly_above_that_of_naming_one_class(recall: float, told: bool) -> None:
    state = run(SOUND, SOUND, accuracy=[0.9] * 60, recall=[recall] * 60, manifest=plan(class_counts=RARE))
    finding = found(state, Symptom.CLASS_IMBALANCE)
    assert (finding.severity is Severity.WARNING) is told
    if told:
        numbers = evidence(finding, "poor_recall").numbers
        assert numbers == pytest.approx({"recall_share": recall, "accuracy_share": 0.9})


def test_a_poor_recall_of_equal_classes_is_another_matter() -> None:
    state = run(SOUND, SOUND, accuracy=[0.9] * 60, recall=[0.3] * 60, manifest=plan(class_counts=[50, 50]))
    assert silent(state, Symptom.CLASS_IMBALANCE)


SPREAD = sum(share * (1 - share) for share in (0.9, 0.09, 0.01)) / 3


@pytest.mark.parametrize(
    ("level", "told"), [(SPREAD, True), (1.04 * SPREAD, True), (1.1 * SPREAD, False), (PRIOR, False)]
)
def test_a_squared_error_rests_at_the_variance_of_the_classes(level: float, told: bool) -> None:
    curve = jittered(falling(60, first=1 / 3, last=level, rate=20), 0.001)
    finding = found(run(curve, curve, manifest=plan(class_counts=RARE, loss="mse")), Symptom.CLASS_IMBALANCE)
    assert (finding.severity is Severity.WARNING) is told


def test_the_characters_of_a_text_are_rare_and_common_by_nature() -> None:
    curve = falling(60, first=4.2, last=2.0)
    state = run(curve, curve, accuracy=[0.4] * 60, recall=[0.02] * 60, manifest=plan(classes=65))
    assert silent(state, Symptom.CLASS_IMBALANCE)
