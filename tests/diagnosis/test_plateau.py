"""Stuck from early on."""

import numpy as np
import pytest
from diagnosis.curves import EPOCH, Values, along, evidence, falling, found, jittered, plan, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui_trainers.runlog import Parent

T = along(60)


def step_down(share: float) -> Values:
    """A curve that loses that share of 2.3 in its first epochs, and then nothing."""
    return jittered(2.3 * (1 - share * (1 - np.exp(-40 * T))), 0.001)


def test_two_level_lines_after_a_small_first_step() -> None:
    curve = step_down(0.15)
    state = run(curve, curve, manifest=plan())
    finding = found(state, Symptom.PLATEAU)
    told = evidence(finding, "both_flat")
    assert (finding.severity, finding.since_step) == (Severity.WARNING, EPOCH)
    assert 0 < told.value < 0.15
    assert told.numbers == pytest.approx({"first": curve[0], "last": curve[-1]})
    assert examine(state).verdict is Verdict.UNDERFITTING
    assert found(run(curve, curve), Symptom.PLATEAU).severity is Severity.INFO


@pytest.mark.parametrize(
    ("name", "curve"),
    [
        ("a sound curve", falling(60)),
        ("flat because all is learned", falling(60, last=0.05, rate=40)),
        ("falls slowly but on", 2.3 - 0.3 * T),
        ("has not begun at all", jittered(np.full(60, 2.3), 0.001)),
    ],
)
def test_the_near_miss(name: str, curve: Values) -> None:
    assert silent(run(curve, curve, manifest=plan(expected_initial_loss=2.3)), Symptom.PLATEAU)


def test_an_untrained_loss_tells_that_much_was_learned_in_the_first_epoch() -> None:
    curve = step_down(0.1) / 3
    assert silent(run(curve, curve, manifest=plan(expected_initial_loss=2.3)), Symptom.PLATEAU)
    assert not silent(run(curve, curve, manifest=plan(expected_initial_loss=0.8)), Symptom.PLATEAU)


@pytest.mark.parametrize(("epochs", "told"), [(60, True), (240, True), (250, False)])
def test_no_word_before_a_quarter_of_the_plan(epochs: int, told: bool) -> None:
    curve = step_down(0.15)
    assert silent(run(curve, curve, manifest=plan(epochs=epochs)), Symptom.PLATEAU) is not told


def test_a_continuation_begins_where_it_is_flat() -> None:
    curve = step_down(0.15)
    manifest = plan(parent=Parent(run="before", step=10, changed={}))
    assert silent(run(curve, curve, manifest=manifest), Symptom.PLATEAU)


def test_a_loss_that_climbs_is_not_stuck() -> None:
    climbs = jittered(2.3 + 0.8 * along(60), 0.05)
    assert silent(run(climbs, climbs, manifest=plan(expected_initial_loss=2.3)), Symptom.PLATEAU)


@pytest.mark.parametrize(("fallen", "told"), [(0.02, True), (0.3, False)])
def test_six_validations_that_are_level_from_the_second_on(fallen: float, told: bool) -> None:
    """Too few for a trend, and enough to see that nothing moves after the first epoch."""
    train = np.r_[82.0, 36.0 * (1 - fallen * along(5))]
    assert silent(run(train, 36.5 * (1 - fallen * along(6))), Symptom.PLATEAU) is not told
