"""The benchmarks of diagnosis and advice measure what they say: draws repeat, labels hold, every task trains."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.faults.cases import all_cases
from benchmarks.faults.config import Config
from benchmarks.faults.faults import draw_all
from benchmarks.faults.follow_advice import trail
from benchmarks.faults.judge import finished, growing
from benchmarks.faults.label import Label, label
from benchmarks.faults.outcome import Outcome, outcome_of
from benchmarks.faults.references import SETTINGS, Reference
from benchmarks.faults.scores import Pairs, accuracy, macro_f1, score, scored
from benchmarks.faults.tasks import FRESH
from benchmarks.faults.train import train

from dltui.advice.change import Apply, Change
from dltui.diagnosis.finding import Diagnosis, Symptom, Verdict
from dltui.series.state import RunState

REFERENCE = Reference(val_loss=0.5, val_noise=0.01, train_loss=0.4, train_noise=0.01)
GOOD = Outcome(
    finite=True,
    steps=1000,
    best_step=900.0,
    best_val_loss=0.5,
    end_val_loss=0.505,
    initial_train_loss=1.0,
    end_train_loss=0.4,
    logged_train_at_best=0.42,
    logged_train_at_end=0.4,
)
WORSE = replace(GOOD, best_val_loss=0.6, end_val_loss=0.6, end_train_loss=0.55)


def test_a_seed_draws_the_same_list_and_a_quarter_of_it_is_healthy() -> None:
    drawn = draw_all(1)
    assert drawn == draw_all(1) != draw_all(2)
    assert len(drawn) >= 200
    assert sum(each.fault == "healthy" for each in drawn) >= len(drawn) / 4
    assert len({each.config.key for each in drawn}) == len(drawn)


@pytest.mark.parametrize(
    ("outcome", "same_data", "expected"),
    [
        (GOOD, True, Label.GOOD_FIT),
        (replace(GOOD, finite=False), True, Label.DIVERGED),
        (replace(GOOD, end_train_loss=1.2), True, Label.DIVERGED),
        (replace(GOOD, end_val_loss=0.56), True, Label.OVERFITTING),
        (replace(GOOD, end_val_loss=0.56), False, Label.OVERFITTING),
        (replace(GOOD, end_val_loss=0.52), True, Label.GOOD_FIT),
        (replace(GOOD, end_val_loss=0.56, logged_train_at_end=0.5), True, Label.BORDERLINE),
        (replace(GOOD, end_val_loss=0.56, end_train_loss=0.98), True, Label.BORDERLINE),
        (WORSE, True, Label.UNDERFITTING),
        (WORSE, False, Label.BORDERLINE),
        (replace(WORSE, end_train_loss=0.4), True, Label.BORDERLINE),
        (replace(GOOD, best_val_loss=0.54, end_val_loss=0.54), True, Label.BORDERLINE),
    ],
)
def test_a_label_follows_from_the_outcome(outcome: Outcome, same_data: bool, expected: Label) -> None:
    assert label(outcome, REFERENCE, same_data=same_data) is expected


def test_what_seeds_differ_by_is_neither_overfitting_nor_underfitting() -> None:
    noisy = replace(REFERENCE, val_noise=0.1)
    assert label(replace(GOOD, end_val_loss=0.56), noisy, same_data=True) is Label.GOOD_FIT
    assert label(WORSE, noisy, same_data=True) is Label.GOOD_FIT


@pytest.mark.parametrize("task", FRESH)
def test_a_task_trains_and_its_run_can_be_judged(task: str, tmp_path: Path) -> None:
    train(Config(task=task, settings=SETTINGS[task] | {"epochs": "1"}), tmp_path / "run")
    outcome = outcome_of(tmp_path / "run")
    assert outcome.finite and outcome.steps > 0
    assert math.isclose(outcome.initial_train_loss, 1, rel_tol=1)
    whole = finished(tmp_path / "run")
    assert whole.status == "finished" and whole.skipped == 0
    *_, (share, last) = growing(tmp_path / "run", looks=4)
    assert share == 1 and last.status == "running" and last.end is None
    assert len(last.train_loss) == len(whole.train_loss)


def test_a_living_run_shows_nothing_of_what_comes_later(tmp_path: Path) -> None:
    train(Config(task="blobs", settings={"epochs": "4"}), tmp_path / "run")
    steps = [(state.step, len(state.val_loss)) for _, state in growing(tmp_path / "run", looks=4)]
    assert steps == [(7, 2), (14, 3), (21, 4), (28, 5)]


def test_the_scores_of_a_small_table() -> None:
    pairs: Pairs = Pairs(
        {
            (Label.GOOD_FIT, Verdict.GOOD_FIT): 3,
            (Label.GOOD_FIT, Verdict.INCONCLUSIVE): 1,
            (Label.OVERFITTING, Verdict.GOOD_FIT): 1,
            (Label.OVERFITTING, Verdict.OVERFITTING): 1,
            (Label.BORDERLINE, Verdict.OVERFITTING): 5,
        }
    )
    sure = scored(pairs)
    good = score(sure, Label.GOOD_FIT)
    assert (good.precision, good.recall, good.f1) == (0.75, 0.75, 0.75)
    assert accuracy(sure) == 4 / 6
    assert macro_f1(sure) == pytest.approx((0.75 + 2 / 3) / 4)


def test_every_case_can_be_configured() -> None:
    cases = all_cases()
    assert len(cases) >= 40
    assert len({each.config.key for each in cases}) == len(cases)
    assert {each.task for each in cases} <= SETTINGS.keys()


def test_a_trail_follows_settable_advice_and_ends_without(tmp_path: Path) -> None:
    def examine(state: RunState) -> Diagnosis:
        return Diagnosis(verdict=Verdict.UNDERFITTING, confidence=1.0, findings=(), at_step=state.step)

    def prescribe(state: RunState, diagnosis: Diagnosis) -> tuple[Change, ...]:
        symptom = Symptom.UNDERFITTING
        by_hand = Change(hyperparameter="labels", from_=None, to=None, apply=Apply.RESTART, symptom=symptom, key="data")
        if state.planned_epochs > 1:
            return (by_hand,)
        longer = Change(hyperparameter="epochs", from_=1, to=2, apply=Apply.RESTART, symptom=symptom, key="epochs")
        return by_hand, longer

    followed = trail(Config(task="blobs", settings={"epochs": "1"}), examine, prescribe, tmp_path)
    assert [each.change for each in followed.tries] == [{"epochs": "2"}, {}]
    assert followed.val_loss(1) == followed.val_loss(3) < followed.val_loss(0)
