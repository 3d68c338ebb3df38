"""What looks like a fault and is none: each trap that the literature or a real log laid for such rules."""

import numpy as np
import pytest
from diagnosis.curves import (
    EPOCH,
    along,
    epoch_means,
    evidence,
    falling,
    found,
    jittered,
    plan,
    run,
    silent,
    turning,
    warned,
)

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui.diagnosis.observed import Observed
from dltui.series.state import RunState
from dltui_trainers.runlog import Value

T = along(60)
BARE: dict[str, Value] = {"dropout": 0.0, "augment": "none", "label_smoothing": 0.0, "label_noise": 0.0}


@pytest.mark.parametrize(
    ("hparams", "leaks"), [({"dropout": 0.3}, False), ({}, False), ({**BARE, "augment": "crop"}, False), (BARE, True)]
)
def test_dropout_makes_training_look_worse_than_validation(hparams: dict[str, Value], leaks: bool) -> None:
    state = run(jittered(falling(600, last=0.45), 0.1), jittered(falling(60), 0.01), hparams=hparams)
    diagnosis = examine(state)
    assert diagnosis.verdict is Verdict.GOOD_FIT
    assert warned(diagnosis) == ({Symptom.TRAIN_VAL_MISMATCH} if leaks else set())
    assert evidence(found(state, Symptom.GOOD_FIT), "val_below_train").value == pytest.approx(0.33, abs=0.05)


@pytest.mark.parametrize("time_constant", [1, 2, 5, 20])
def test_the_mean_of_an_epoch_lags_behind_its_end(time_constant: float) -> None:
    epochs = 60
    steps = 0.01 + 2.3 * np.exp(-along(epochs * EPOCH) * epochs / time_constant)
    diagnosis = examine(run(epoch_means(steps), steps[EPOCH - 1 :: EPOCH], hparams=BARE))
    assert diagnosis.find(Symptom.TRAIN_VAL_MISMATCH) is None
    assert diagnosis.find(Symptom.OVERFITTING) is None


def stepped(*, seed: int = 0) -> RunState:
    """A schedule that divides the learning rate by ten at 40 and at 70 % of the run; the loss falls at each."""
    t = along(600)
    lr = np.where(t <= 0.4, 0.1, np.where(t <= 0.7, 0.01, 0.001))
    curve = np.where(t <= 0.4, 0.9 + 1.4 * np.exp(-25 * t), np.where(t <= 0.7, 0.45, 0.38))
    return run(jittered(curve, 0.05, seed), jittered(curve[9::10] * 1.05, 0.01, seed), lr=lr)


@pytest.mark.parametrize("seed", range(5))
def test_a_learning_rate_that_drops(seed: int) -> None:
    state = stepped(seed=seed)
    for step in range(100, 601, 10):
        diagnosis = examine(state, step)
        assert warned(diagnosis) == set(), step
        assert diagnosis.verdict in (Verdict.GOOD_FIT, Verdict.INCONCLUSIVE, Verdict.UNDERFITTING)
    assert examine(state).verdict is Verdict.GOOD_FIT
    assert silent(state, Symptom.STILL_IMPROVING)


def test_what_was_gained_before_a_drop_is_not_promised_again() -> None:
    curve = np.where(T <= 0.8, 2.3 - 1.5 * T, 1.0)
    assert silent(run(curve, curve, lr=np.where(T <= 0.8, 0.1, 0.01)), Symptom.STILL_IMPROVING)
    assert not silent(run(curve[:48], curve[:48], lr=0.1), Symptom.STILL_IMPROVING)


@pytest.mark.parametrize("seed", range(5))
def test_a_warm_up(seed: int) -> None:
    t = along(600)
    lr = np.minimum(t / 0.1, 1.0)
    train = np.where(t < 0.04, 2.3 + 20 * t, falling(600, first=3.1))  # the loss rises at first
    state = run(
        jittered(train, 0.05, seed), jittered(falling(60), 0.01, seed), lr=lr, grad_norm=50 * np.exp(-40 * t) + 1
    )
    assert warned(examine(state)) == set()
    assert examine(state).verdict is Verdict.GOOD_FIT


@pytest.mark.parametrize("seed", range(5))
def test_early_spikes_of_validation_under_batch_norm(seed: int) -> None:
    val = jittered(falling(60, last=0.35), 0.01, seed)
    val[1:4] = [14.0, 2.0, 9.0]
    state = run(jittered(falling(600), 0.1, seed), val)
    assert examine(state).verdict is Verdict.GOOD_FIT
    for epochs in range(6, 61):
        assert warned(examine(state, epochs * EPOCH)) <= {Symptom.NOISY_VALIDATION}


def test_a_hundred_validation_samples_are_no_overfitting() -> None:
    false_alarms = 0
    for seed in range(100):
        val = falling(60, last=0.5) + 0.08 * np.random.default_rng(seed).normal(size=60)
        state = run(jittered(falling(600, last=0.4), 0.1, seed), val, manifest=plan(n_val=100))
        false_alarms += not silent(state, Symptom.OVERFITTING)
    assert false_alarms <= 2


def appended(*parts: tuple[np.ndarray, np.ndarray]) -> RunState:
    """A log to which several trainings wrote, one after the other: (steps, curve) of each; both losses are alike."""
    steps, values = (np.concatenate(each) for each in zip(*parts, strict=True))
    return run(values, values, train_step=steps, val_step=steps)


STEPS = EPOCH * np.arange(1, 61)


def test_a_restart_in_the_same_log_is_another_training() -> None:
    overfitted, sound = turning(60, end=1.5), falling(60)
    last_is_sound, last_is_lost = (
        appended((STEPS, 2.3 + 3 * T), (STEPS, sound)),
        appended((STEPS, sound), (STEPS, 2.3 + 3 * T)),
    )
    assert examine(last_is_sound).verdict is Verdict.GOOD_FIT
    assert examine(last_is_lost).verdict is Verdict.DIVERGED
    assert Observed(last_is_sound).restarts == 1
    fell = falling(60, last=0.05, rate=5)
    both = run(
        np.concatenate([fell, fell]),
        np.concatenate([sound, overfitted]),
        train_step=np.concatenate([STEPS, STEPS]),
        val_step=np.concatenate([STEPS, STEPS]),
    )
    assert examine(both).verdict is Verdict.OVERFITTING


def test_what_has_just_been_restarted_cannot_be_judged() -> None:
    diagnosis = examine(appended((STEPS, 2.3 + 3 * T), (STEPS[:4], falling(60)[:4])))
    assert (diagnosis.verdict, diagnosis.reason) == (Verdict.INCONCLUSIVE, "restarted")


def test_a_training_that_was_resumed_is_one() -> None:
    curve = jittered(falling(60), 0.005)
    whole, resumed = (
        appended((STEPS, curve)),
        appended((STEPS[:40], np.append(curve[:30], [9.0] * 10)), (STEPS[30:], curve[30:])),
    )
    assert examine(resumed) == examine(whole)
    assert Observed(resumed).restarts == 0


def test_a_validation_loss_that_rises_with_its_accuracy_is_overconfident() -> None:
    state = run(falling(60, last=0.5, rate=5), turning(60, end=0.9), accuracy=jittered(0.80 + 0.12 * T, 0.002))
    diagnosis = examine(state)
    assert warned(diagnosis) == set()
    assert diagnosis.find(Symptom.OVERCONFIDENT) is not None
    assert diagnosis.verdict is Verdict.GOOD_FIT


@pytest.mark.parametrize("width", [1, 3, 5])
def test_spikes_that_heal(width: int) -> None:
    train = jittered(falling(600, last=1e-3, rate=12), 0.1)
    for at in (250, 400, 591):
        train[at : at + width] = 1.5
    for step in range(60, 601, 10):
        assert examine(run(train, falling(60, last=0.02, rate=12)), step).verdict is not Verdict.DIVERGED


def initial_plateau(share: float, length: int = 600) -> np.ndarray:
    """Nothing is learned for that share of the run, then all is."""
    t = along(length)
    return np.where(t < share, 2.3, 0.3 + 2.0 * np.exp(-15 * np.maximum(0, t - share)))


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_a_plateau_before_the_learning_begins(share: float, seed: int) -> None:
    curve = initial_plateau(share)
    state = run(
        jittered(curve, 0.03, seed), jittered(curve[9::10], 0.005, seed), manifest=plan(expected_initial_loss=2.3)
    )
    diagnosis = examine(state)
    assert warned(diagnosis) == set()
    assert diagnosis.verdict in (Verdict.GOOD_FIT, Verdict.UNDERFITTING)
    for step in range(10, 150, 10):
        assert warned(examine(state, step)) == set(), step


def test_a_second_descent() -> None:
    first = np.where(T < 0.25, 2.3 - 6 * T, 0.8 + 1.2 * (T - 0.25))
    val = np.where(T < 0.5, first, 1.1 - 0.9 * (1 - np.exp(-6 * (T - 0.5))))
    train = falling(60, last=0.15, rate=4)
    state = run(jittered(train, 0.01), jittered(val, 0.01))
    assert not any(each.symptom is Symptom.OVERFITTING for each in examine(state).findings)
    assert examine(state, 30 * EPOCH).find(Symptom.OVERFITTING) is not None  # as it must have looked by then


@pytest.mark.parametrize(
    ("last", "verdict", "severity"),
    [(41, Verdict.GOOD_FIT, Severity.WARNING), (60, Verdict.DIVERGED, Severity.CRITICAL)],
)
def test_a_nan_that_was_survived_and_one_that_was_not(last: int, verdict: Verdict, severity: Severity) -> None:
    train = jittered(falling(60), 0.01)
    train[40:last] = np.nan
    state = run(train, falling(60))
    assert examine(state).verdict is verdict
    assert found(state, Symptom.NON_FINITE).severity is severity


@pytest.mark.parametrize("validations", range(1, 6))
@pytest.mark.parametrize("end", [0.3, 3.0])
def test_too_few_validations(validations: int, end: float) -> None:
    val = np.linspace(2.0, end, validations)
    diagnosis = examine(run(falling(validations * EPOCH), val))
    assert (diagnosis.verdict, diagnosis.reason) == (Verdict.INCONCLUSIVE, "too_few_validations")


@pytest.mark.parametrize("train", [falling(600), falling(600, rate=1), jittered(falling(600), 0.3)])
def test_training_alone(train: np.ndarray) -> None:
    diagnosis = examine(run(train))
    assert (diagnosis.verdict, diagnosis.reason) == (Verdict.INCONCLUSIVE, "no_validation")
    assert warned(diagnosis) == set()


def test_a_log_of_a_crash_has_nothing_to_judge() -> None:
    diagnosis = examine(RunState())
    assert (diagnosis.verdict, diagnosis.findings, diagnosis.reason) == (Verdict.INCONCLUSIVE, (), "no_loss")


def test_two_copies_of_one_curve() -> None:
    state = run(falling(60), falling(60), train_step=np.repeat(STEPS[::2], 2), val_step=np.repeat(STEPS[::2], 2))
    assert examine(state).verdict is Verdict.GOOD_FIT
