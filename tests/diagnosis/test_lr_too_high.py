"""Steps too long."""

import numpy as np
import pytest
from diagnosis.curves import EPOCH, along, evidence, falling, found, jittered, plan, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict

T = along(60)
FLAT = np.full(60, 1.8)


@pytest.mark.parametrize("seed", range(5))
def test_means_of_epochs_that_jump_about(seed: int) -> None:
    jumps = jittered(FLAT, 0.25, seed)
    state = run(jumps, jittered(jumps, 0.05, seed + 50))
    finding = found(state, Symptom.LR_TOO_HIGH)
    told = evidence(finding, "oscillation")
    assert finding.severity is Severity.WARNING
    assert 0.1 < told.value < 0.5
    assert told.numbers["level"] == pytest.approx(1.8, rel=0.2)
    assert told.numbers["turns_share"] == pytest.approx(2 / 3, abs=0.2)
    assert finding.since_step == pytest.approx(30 * EPOCH, abs=2 * EPOCH)
    assert examine(state).verdict is Verdict.UNDERFITTING


@pytest.mark.parametrize("seed", range(5))
def test_jumps_that_are_none_of_the_steps_length(seed: int) -> None:
    jumps = jittered(FLAT, 0.25, seed)
    assert silent(run(jumps, FLAT), Symptom.LR_TOO_HIGH)  # validation is calm
    assert silent(run(jittered(FLAT, 0.04, seed), jittered(FLAT, 0.04, seed + 1)), Symptom.LR_TOO_HIGH)
    going_down = jittered(falling(60, rate=2), 0.12, seed)
    assert silent(run(going_down, going_down), Symptom.LR_TOO_HIGH)
    nearly_all_learned = jittered(falling(60, last=0.01, rate=20), 0.3, seed)
    assert silent(run(nearly_all_learned, nearly_all_learned), Symptom.LR_TOO_HIGH)


def test_the_noise_of_batches_is_no_oscillation() -> None:
    assert silent(run(jittered(np.full(6000, 1.8), 0.3), jittered(FLAT, 0.02)), Symptom.LR_TOO_HIGH)


def test_a_fall_that_waited_for_a_lower_learning_rate() -> None:
    curve = np.where(T <= 0.5, 2.3, 0.9 + 0.8 * np.exp(-9 * (T - 0.5)))
    state = run(curve, curve, lr=np.where(T <= 0.5, 1.0, 0.1))
    finding = found(state, Symptom.LR_TOO_HIGH)
    told = evidence(finding, "set_free")
    assert finding.since_step == EPOCH
    assert told.numbers["drop_step"] == 31 * EPOCH
    assert told.numbers["first"] == pytest.approx(2.3)
    assert told.value == pytest.approx(1 - told.numbers["last"] / told.numbers["first"])


def test_a_fall_at_a_drop_is_usual_where_something_was_learned_before() -> None:
    curve = np.where(T <= 0.5, falling(60, last=1.0), falling(60, last=0.5))
    assert silent(run(curve, curve, lr=np.where(T <= 0.5, 1.0, 0.1)), Symptom.LR_TOO_HIGH)


STUCK = jittered(2.3 - 0.3 * (1 - np.exp(-20 * T)), 0.003)


@pytest.mark.parametrize(("lr", "told"), [(0.01, False), (0.04, False), (0.06, True), (1.0, True)])
def test_far_above_what_is_usual_and_little_learned(lr: float, told: bool) -> None:
    manifest = plan(hparams={"optimizer": "adam", "lr": lr}, expected_initial_loss=2.3)
    state = run(STUCK, STUCK, lr=lr, manifest=manifest)
    assert silent(state, Symptom.LR_TOO_HIGH) is not told
    if told:
        numbers = evidence(found(state, Symptom.LR_TOO_HIGH), "high_lr").numbers
        assert numbers == {"low": 1e-4, "high": 1e-2}


@pytest.mark.parametrize(("ratio", "told"), [(1e-3, False), (2e-2, False), (5e-2, True)])
def test_updates_that_throw_away_what_was_learned(ratio: float, told: bool) -> None:
    state = run(STUCK, STUCK, update_ratio=ratio, manifest=plan(expected_initial_loss=2.3))
    assert silent(state, Symptom.LR_TOO_HIGH) is not told


def test_long_steps_that_learn_are_no_fault() -> None:
    manifest = plan(hparams={"optimizer": "adam"}, expected_initial_loss=2.3)
    state = run(falling(60), falling(60), lr=1.0, update_ratio=0.05, manifest=manifest)
    assert silent(state, Symptom.LR_TOO_HIGH)


def test_an_unknown_optimiser_has_no_usual_range() -> None:
    manifest = plan(hparams={"optimizer": "lion"}, expected_initial_loss=2.3)
    assert silent(run(STUCK, STUCK, lr=1.0, manifest=manifest), Symptom.LR_TOO_HIGH)
