"""Learned by heart."""

import numpy as np
import pytest
from diagnosis.curves import (
    EPOCH,
    Values,
    along,
    epoch_means,
    evidence,
    falling,
    found,
    jittered,
    run,
    silent,
    turning,
)

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict

LEARNED = falling(60, last=0.05, rate=5)


@pytest.mark.parametrize(
    ("name", "val", "severity"),
    [
        ("turns up early", turning(60, turn=0.2, end=0.8), Severity.WARNING),
        ("turns up late", turning(60, turn=0.7, end=0.8), Severity.WARNING),
        ("doubles", turning(60, turn=0.3, end=1.2), Severity.CRITICAL),
        ("a tenth above its best", turning(60, turn=0.3, end=0.66), Severity.WARNING),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_validation_rises_while_training_falls(name: str, val: Values, severity: Severity, seed: int) -> None:
    state = run(jittered(LEARNED, 0.02, seed), jittered(val, 0.01, seed + 1))
    assert found(state, Symptom.OVERFITTING).severity is severity
    assert examine(state).verdict is Verdict.OVERFITTING


@pytest.mark.parametrize(
    ("name", "train", "val"),
    [
        ("both come down", LEARNED, falling(60)),
        ("a gap that does not grow", falling(60, last=0.1, rate=8), falling(60, last=0.5, rate=8)),
        ("a hundredth above its best", falling(60, rate=5), turning(60, turn=0.5, end=0.606)),
        ("both rise", turning(60, end=0.8), turning(60, end=0.8)),
        ("training stands still", turning(60, end=0.6), turning(60, end=0.7)),
        ("the last two validations are high", LEARNED, np.where(along(60) > 0.97, 1.0, falling(60))),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_the_near_miss(name: str, train: Values, val: Values, seed: int) -> None:
    assert silent(run(jittered(train, 0.005, seed), jittered(val, 0.003, seed + 1)), Symptom.OVERFITTING)


def test_since_when_and_how_much() -> None:
    finding = found(run(LEARNED, turning(60, turn=0.3, end=0.9)), Symptom.OVERFITTING)
    assert 18 * EPOCH < finding.since_step <= 26 * EPOCH  # 3 % above the best
    rise, fall = evidence(finding, "val_rise"), evidence(finding, "train_fall")
    assert rise.numbers["best_step"] == pytest.approx(18 * EPOCH, abs=2 * EPOCH)
    assert rise.numbers["best"] == pytest.approx(0.6, rel=0.02)
    assert rise.numbers["last"] == pytest.approx(0.9, rel=0.05)
    assert rise.value == pytest.approx(rise.numbers["last"] / rise.numbers["best"] - 1)
    assert fall.value == pytest.approx(1 - fall.numbers["last"] / fall.numbers["first"])
    assert fall.numbers["last"] == pytest.approx(LEARNED[-1], rel=0.1)


def test_a_validation_that_stays_while_training_falls_on() -> None:
    val = np.concatenate([falling(20, last=0.6, rate=6), np.full(40, 0.6)])
    finding = found(run(falling(60, last=0.01, rate=4), val), Symptom.OVERFITTING)
    assert [each.name for each in finding.evidence] == ["val_flat", "train_fall", "gap"]
    assert evidence(finding, "val_flat").value < 0.01
    assert evidence(finding, "gap").value > 1
    assert finding.severity is Severity.WARNING


def test_the_gap_counts_only_while_training_falls() -> None:
    val = np.concatenate([falling(20, last=0.6, rate=6), np.full(40, 0.6)])
    assert silent(run(falling(60, last=0.1, rate=20), val), Symptom.OVERFITTING)
    assert silent(run(falling(60, last=0.4, rate=4), val), Symptom.OVERFITTING)


@pytest.mark.parametrize(("validations", "told"), [(5, False), (8, True)])
def test_five_validations_tell_no_trend(validations: int, told: bool) -> None:
    val = turning(validations, turn=0.3, end=2.0)
    train = falling(validations, last=0.05, rate=4)
    assert silent(run(train, val), Symptom.OVERFITTING) is not told


def test_each_step_or_each_epoch_says_the_same() -> None:
    steps, val = jittered(falling(600, last=0.05, rate=5), 0.1), turning(60, end=0.9)
    one, other = found(run(steps, val), Symptom.OVERFITTING), found(run(epoch_means(steps), val), Symptom.OVERFITTING)
    assert one.since_step == other.since_step
    assert [each.value for each in one.evidence] == pytest.approx([each.value for each in other.evidence])


def test_errors_are_judged_where_there_is_no_loss() -> None:
    val = 1 - turning(60, turn=0.3, lowest=0.2, end=0.3, first=0.9)
    state = run(None, None, accuracy=val, train_accuracy=1 - falling(60, first=0.9, last=0.01))
    assert evidence(found(state, Symptom.OVERFITTING), "val_rise").numbers["best"] == pytest.approx(0.2, abs=0.01)


def test_without_training_nothing_is_said() -> None:
    diagnosis = examine(run(None, turning(60, end=0.9)))
    assert (diagnosis.verdict, diagnosis.reason) == (Verdict.INCONCLUSIVE, "no_training_loss")
    assert diagnosis.find(Symptom.OVERFITTING) is None


def test_a_gap_beside_a_rising_accuracy_is_overconfidence() -> None:
    accuracy = jittered(0.8 + 0.12 * along(60), 0.002)
    state = run(falling(60, last=0.02, rate=5), turning(60, end=0.9), accuracy=accuracy)
    assert silent(state, Symptom.OVERFITTING) and not silent(state, Symptom.OVERCONFIDENT)
    assert examine(state).verdict is Verdict.GOOD_FIT


def test_learned_by_heart_from_the_start() -> None:
    """Training solved at once, validation at chance from first to last: nothing is left that could part."""
    state = run(falling(60, last=0.05, rate=30), jittered(np.full(60, 2.3), 0.003))
    assert examine(state).verdict is Verdict.OVERFITTING
    assert found(state, Symptom.OVERFITTING).since_step <= 5 * EPOCH


def test_a_rise_that_is_nothing_beside_the_descent() -> None:
    val = np.r_[2.0, turning(59, turn=0.3, lowest=0.118, end=0.13, first=0.3)]
    assert silent(run(np.r_[2.0, falling(59, last=0.06, first=0.3)], val), Symptom.OVERFITTING)


def test_a_gap_that_is_nothing_beside_the_descent() -> None:
    val = np.r_[2.3, falling(59, first=0.3, last=0.065, rate=30)]
    assert silent(run(np.r_[2.3, falling(59, first=0.3, last=2e-4, rate=8)], val), Symptom.OVERFITTING)


def test_a_rise_under_heavy_noise_is_told_by_its_trend() -> None:
    rising = [
        not silent(run(LEARNED, jittered(turning(60, lowest=0.13, end=0.3, first=1.2), 0.3, seed)), Symptom.OVERFITTING)
        for seed in range(20)
    ]
    flat = np.r_[falling(20, last=0.6), np.full(40, 0.6)]
    level = [
        not silent(run(falling(60, last=0.5, rate=3), jittered(flat, 0.3, seed)), Symptom.OVERFITTING)
        for seed in range(20)
    ]
    assert sum(rising) >= 15
    assert sum(level) <= 3  # with a third of the level as noise, chance looks like a rise now and then
