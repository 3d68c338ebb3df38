"""The loss does not move from where it began."""

import math

import numpy as np
import pytest
from diagnosis.curves import EPOCH, Values, along, evidence, falling, found, jittered, plan, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui_trainers.runlog import Parent

FLAT = jittered([math.log(10)] * 60, 0.002)

STUCK = Symptom.NOT_LEARNING


def test_two_flat_lines() -> None:
    state = run(FLAT, FLAT, manifest=plan(expected_initial_loss=math.log(10)))
    finding = found(state, Symptom.NOT_LEARNING)
    assert finding.severity is Severity.CRITICAL
    assert finding.since_step == EPOCH
    assert evidence(finding, "no_drop").value < 0.01
    assert evidence(finding, "near_chance").numbers["chance"] == pytest.approx(math.log(10))
    assert evidence(finding, "near_chance").value < 0.01
    assert examine(state).verdict is Verdict.UNDERFITTING


def test_without_a_plan_it_is_a_warning_and_says_nothing_of_chance() -> None:
    finding = found(run(FLAT, FLAT), Symptom.NOT_LEARNING)
    assert finding.severity is Severity.WARNING
    assert [each.name for each in finding.evidence] == ["no_drop"]


@pytest.mark.parametrize(
    ("name", "train", "val"),
    [
        ("both fall by a twentieth", 2.3 - 0.115 * along(60), 2.3 - 0.115 * along(60)),
        ("only validation falls", FLAT, 2.3 - 0.2 * along(60)),
        ("only training falls", 2.3 - 0.2 * along(60), FLAT),
        ("a sound curve", falling(60), falling(60)),
    ],
)
def test_the_near_miss(name: str, train: Values, val: Values) -> None:
    assert silent(run(train, val, manifest=plan()), Symptom.NOT_LEARNING)


@pytest.mark.parametrize(("epochs", "told"), [(60, True), (200, True), (241, False), (1000, False)])
def test_no_word_before_a_quarter_of_the_plan(epochs: int, told: bool) -> None:
    assert silent(run(FLAT, FLAT, manifest=plan(epochs=epochs)), Symptom.NOT_LEARNING) is not told


def test_all_learned_is_not_stuck() -> None:
    assert silent(run(FLAT / 100, FLAT / 100, accuracy=[0.99] * 60), Symptom.NOT_LEARNING)
    assert not silent(run(FLAT, FLAT, accuracy=[0.1] * 60), Symptom.NOT_LEARNING)
    assert silent(run(FLAT / 100, FLAT / 100, r2=[0.95] * 60), Symptom.NOT_LEARNING)
    assert not silent(run(FLAT, FLAT, r2=[-0.1] * 60), Symptom.NOT_LEARNING)


def test_what_was_learned_before_a_continuation_is_not_in_its_log() -> None:
    continued = plan(parent=Parent(run="before", step=500, changed={}))
    assert silent(run(FLAT, FLAT, manifest=continued), Symptom.NOT_LEARNING)


def test_training_alone_is_enough() -> None:
    assert examine(run(FLAT, manifest=plan(epochs=6))).verdict is Verdict.UNDERFITTING
    assert silent(run(FLAT[:3], manifest=plan(epochs=1)), Symptom.NOT_LEARNING)


@pytest.mark.parametrize("known", [2.3, None])
def test_what_was_learned_in_the_first_epoch_was_learned(known: float | None) -> None:
    train, val = np.r_[0.5, jittered(np.full(59, 0.1), 0.003)], np.r_[0.3, jittered(np.full(59, 0.2), 0.003)]
    assert silent(run(train, val, manifest=plan(expected_initial_loss=known)), Symptom.NOT_LEARNING)


@pytest.mark.parametrize("noise", [0.03, 0.05, 0.1])
def test_the_noise_of_batches_is_no_progress(noise: float) -> None:
    """The lowest of many noisy values is no fall."""
    found_in = [
        not silent(run(jittered(np.full(600, 2.303), noise, seed), jittered(np.full(60, 2.303), 0.002, seed)), STUCK)
        for seed in range(20)
    ]
    assert sum(found_in) >= 16
