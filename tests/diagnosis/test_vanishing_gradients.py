"""Gradients that do not reach the first layers."""

import pytest
from diagnosis.curves import EPOCH, evidence, falling, found, layers, plan, run, silent

from dltui.diagnosis.finding import Severity, Symptom
from dltui.series.state import RunState
from dltui_trainers.runlog import LayerStats

STUCK = [2.3] * 60
MANIFEST = plan(expected_initial_loss=2.3)


def with_layers(first: float | None, last: float | None, learned: bool = False) -> RunState:
    """A run whose first and last layers have gradients of that length."""
    curve = falling(60) if learned else STUCK
    named = {
        name: LayerStats(weight_norm=1.0, grad_norm=norm)
        for name, norm in (("first", first), ("middle", None), ("last", last))
    }
    return run(curve, curve, layers=layers(600, **named), manifest=MANIFEST)


def test_almost_nothing_arrives() -> None:
    finding = found(run(STUCK, STUCK, grad_norm=1e-9, manifest=MANIFEST), Symptom.VANISHING_GRADIENTS)
    assert (finding.severity, finding.since_step) == (Severity.CRITICAL, EPOCH)
    assert evidence(finding, "grad_norm_tiny").value == pytest.approx(1e-9)


@pytest.mark.parametrize("norm", [1e-6, 1e-3, 1.0, None])
def test_a_small_gradient_is_not_a_vanished_one(norm: float | None) -> None:
    assert silent(run(STUCK, STUCK, grad_norm=norm, manifest=MANIFEST), Symptom.VANISHING_GRADIENTS)


def test_a_thousandth_of_it_reaches_the_first_layer() -> None:
    told = evidence(found(with_layers(1e-6, 1e-1), Symptom.VANISHING_GRADIENTS), "layer_gradients")
    assert told.value == pytest.approx(1e-5)
    assert told.numbers == {"first": 1e-6, "last": 1e-1}


@pytest.mark.parametrize(("first", "last"), [(1e-2, 1e-1), (1e-1, 1e-6), (0.0, 0.0), (None, 1.0), (1.0, None)])
def test_the_near_miss(first: float | None, last: float | None) -> None:
    assert silent(with_layers(first, last), Symptom.VANISHING_GRADIENTS)


def test_a_training_that_has_learned_has_small_gradients() -> None:
    assert silent(with_layers(1e-6, 1e-1, learned=True), Symptom.VANISHING_GRADIENTS)
    learned = falling(60)
    assert silent(run(learned, learned, grad_norm=1e-9, manifest=MANIFEST), Symptom.VANISHING_GRADIENTS)


def test_where_it_is_not_known_how_much_was_learned_nothing_is_said() -> None:
    assert silent(run(STUCK, STUCK, grad_norm=1e-9), Symptom.VANISHING_GRADIENTS)
