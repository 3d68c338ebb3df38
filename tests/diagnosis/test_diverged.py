"""The loss runs away."""

import numpy as np
import pytest
from diagnosis.curves import EPOCH, TRAININGS, Values, along, evidence, falling, found, jittered, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict

T = along(60)


def climbing(turn: float, end: float) -> Values:
    """A sound curve that climbs from the share ``turn`` of the run on, to ``end``."""
    sound = falling(60, rate=12)
    return np.where(turn > T, sound, 0.3 + (end - 0.3) * (T - turn) / (1 - turn))


@pytest.mark.parametrize(
    ("name", "train"),
    [
        ("climbs above where it began", climbing(0.5, 5.0)),
        ("loses more than half of what it had learned", climbing(0.5, 1.6)),
        ("from the first step on", 2.3 + 3 * T),
        ("jumps and stays", np.where(T < 0.7, falling(60), 2.3)),
        ("by orders of magnitude", 2.3 * 10 ** (6 * T)),
    ],
)
def test_the_hit(name: str, train: Values) -> None:
    state = run(jittered(train, 0.01), jittered(train * 1.02, 0.01, seed=1))
    assert found(state, Symptom.DIVERGED).severity is Severity.CRITICAL
    assert examine(state).verdict is Verdict.DIVERGED


@pytest.mark.parametrize(
    ("name", "train"),
    [
        ("a sound curve", falling(60)),
        ("loses a third of what it had learned", climbing(0.5, 0.9)),
        ("a tiny loss that doubles", np.where(T < 0.7, falling(60, last=1e-6, rate=20), 2e-6)),
        ("a spike that heals", np.where((T > 0.5) & (T < 0.53), 9.0, falling(60))),
        ("two points at the end", np.where(T > 0.98, 9.0, falling(60))),
        ("noise around one level", np.full(60, 2.3)),
        ("a little above where it began", 2.3 + 0.05 * T),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_the_near_miss(name: str, train: Values, seed: int) -> None:
    assert silent(run(jittered(train, 0.01, seed), jittered(falling(60), 0.01)), Symptom.DIVERGED)


def test_where_and_how_much() -> None:
    finding = found(run(climbing(0.5, 5.0), climbing(0.5, 5.0)), Symptom.DIVERGED)
    assert 30 * EPOCH <= finding.since_step <= 45 * EPOCH
    told = evidence(finding, "loss_above_start")
    assert told.numbers["last"] == pytest.approx(5.0, rel=0.05)
    assert told.value == told.numbers["last"] / told.numbers["first"]
    told = evidence(found(run(climbing(0.5, 1.5), falling(60)), Symptom.DIVERGED), "loss_above_best")
    assert told.numbers["best"] == pytest.approx(0.3, abs=0.03)
    assert told.value == told.numbers["last"] / told.numbers["best"]


def test_training_alone_is_enough() -> None:
    assert examine(run(2.3 + 3 * along(500))).verdict is Verdict.DIVERGED


def test_six_points_are_needed() -> None:
    assert silent(run(2.3 + 9 * along(5)), Symptom.DIVERGED)
    assert not silent(run(2.3 + 9 * along(6)), Symptom.DIVERGED)


def test_a_third_is_enough_when_validation_has_lost_all() -> None:
    train = np.where(T < 0.2, 3 - 5 * T, 2 + 0.4 * (T - 0.2))
    assert silent(run(train, train), Symptom.DIVERGED)
    lost = np.where(T < 0.2, 3 - 5 * T, 2 + 2 * (T - 0.2))
    assert not silent(run(train, lost), Symptom.DIVERGED)


@pytest.mark.parametrize("per_epoch", [10, 40])
def test_a_swing_that_comes_back_is_no_divergence(per_epoch: int) -> None:
    diverged = [
        not silent(TRAININGS["oscillating"].logged("step", seed=seed, per_epoch=per_epoch), Symptom.DIVERGED)
        for seed in range(24)
    ]
    assert sum(diverged) <= 1


def test_a_loss_beyond_all_measure_is_divergence() -> None:
    train = np.r_[3.0, np.geomspace(10, 1e18, 59)]
    diagnosis = examine(run(jittered(train, 0.3), jittered(train, 0.3)))
    assert diagnosis.verdict is Verdict.DIVERGED
    assert diagnosis.find(Symptom.NOT_LEARNING) is None
