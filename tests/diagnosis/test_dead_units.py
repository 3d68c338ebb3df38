"""Units that are 0 for every sample."""

import pytest
from diagnosis.curves import evidence, falling, found, layers, plan, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui.series.state import RunState
from dltui_trainers.runlog import LayerStats

STUCK = [2.3] * 60


def with_dead(*shares: float | None, learns: bool = True) -> RunState:
    """A run; of each layer's units that share is dead."""
    named = {f"layer{number}": LayerStats(weight_norm=1.0, dead=share) for number, share in enumerate(shares)}
    curve = falling(60) if learns else STUCK
    return run(curve, curve, layers=layers(500, **named), manifest=plan(expected_initial_loss=2.3))


@pytest.mark.parametrize(
    ("worst", "severity"),
    [(0.0, None), (0.2, None), (0.3, Severity.INFO), (0.5, Severity.INFO), (0.6, Severity.WARNING)],
)
def test_the_worst_layer_counts(worst: float, severity: Severity | None) -> None:
    state = with_dead(0.01, worst, None, learns=False)
    if severity is None:
        assert silent(state, Symptom.DEAD_UNITS)
        return
    finding = found(state, Symptom.DEAD_UNITS)
    assert (finding.severity, finding.since_step) == (severity, 500)
    assert evidence(finding, "dead_share").value == worst


def test_where_the_training_learns_they_are_a_note() -> None:
    assert found(with_dead(0.9), Symptom.DEAD_UNITS).severity is Severity.INFO


def test_layers_without_such_units_say_nothing() -> None:
    assert silent(with_dead(None, None), Symptom.DEAD_UNITS)
    assert silent(with_dead(), Symptom.DEAD_UNITS)


def test_what_comes_later_is_not_known_yet() -> None:
    state = with_dead(0.9)
    assert examine(state, 499).find(Symptom.DEAD_UNITS) is None
    assert examine(state, 500).find(Symptom.DEAD_UNITS) is not None
    assert examine(state).verdict is Verdict.GOOD_FIT
