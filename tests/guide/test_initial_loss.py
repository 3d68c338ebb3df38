"""Step 1 on starts made by hand: where an untrained network may begin, and where it may not."""

import math
from collections.abc import Sequence
from typing import Any

import pytest
from guide import works

from dltui.guide.options import Options
from dltui.guide.result import Bars, Judgement, StepResult
from dltui.guide.steps.initial_loss import step as initial_loss
from dltui.guide.trial import Trial
from dltui.series.state import RunState
from dltui_trainers.looked import DataReport

SOUND, DOUBTFUL, FAULT = Judgement.SOUND, Judgement.DOUBTFUL, Judgement.FAULT
LN10 = math.log(10)
NAN = math.nan


def begun(val: Sequence[float], train: Sequence[float] | None = None, **rest: Any) -> works.Desk:
    """Return a work place in which the starts have those losses: on the validation, and in the first step."""
    first = train if train is not None else val

    def answer(trial: Trial) -> RunState:
        at = int(str(trial.settings["seed"]))
        return works.trained(train=[first[at]], val=[val[at], val[at]])

    return works.Desk(answer, **{"looked": works.report(), **rest})


def judged(work: works.Desk) -> tuple[Judgement, list[str]]:
    result = initial_loss.run(work)
    works.say_all(result)
    return result.judgement, [key.removeprefix("initial_loss.") for key in works.keys(result)]


STARTS = {
    "as it should": ([2.31, 2.29, 2.35], None, SOUND, "as_expected"),
    "random logits": ([2.9, 2.7, 3.0], None, SOUND, "as_expected"),
    "large weights": ([4.0, 3.8, 4.1], None, DOUBTFUL, "high"),
    "one odd start": ([2.3, 2.3, 9.0], None, SOUND, "as_expected"),
    "raw inputs": ([35.0, 31.0, 50.0], None, FAULT, "very_high"),
    "summed over the batch": ([64 * LN10] * 3, None, FAULT, "summed_batch"),
    "summed over the validation": ([360 * LN10] * 3, None, FAULT, "summed_validation"),
    "half of it": ([1.3, 1.2, 1.25], None, SOUND, "as_expected"),
    "knows it already": ([0.4, 0.5, 0.45], None, DOUBTFUL, "low"),
    "no number": ([2.3, NAN, 2.3], None, FAULT, "not_finite"),
    "no number in training": ([2.3] * 3, [2.3, math.inf, 2.3], FAULT, "not_finite"),
    "training summed": ([2.3] * 3, [64 * 2.3, 63 * 2.3, 66 * 2.3], FAULT, "train_summed"),
    "training far above": ([2.3] * 3, [23.0, 25.0, 21.0], FAULT, "train_above"),
    "one odd batch": ([2.3] * 3, [23.0, 2.4, 2.5], SOUND, "train_agrees"),
    "training three times as high": ([2.3] * 3, [6.9, 7.0, 6.8], DOUBTFUL, "train_apart"),
    "training far below": ([2.3] * 3, [0.5, 0.5, 0.6], DOUBTFUL, "train_apart"),
    "a batch norm at work": ([2.3] * 3, [2.6, 2.5, 2.7], SOUND, "train_agrees"),
}


@pytest.mark.parametrize(("val", "train", "judgement", "key"), STARTS.values(), ids=STARTS)
def test_starts_of_ten_classes(val: list[float], train: list[float] | None, judgement: Judgement, key: str) -> None:
    found, keys = judged(begun(val, train))
    assert (found, key in keys) == (judgement, True), keys


def of_numbers(**changes: Any) -> DataReport:
    return works.regression(**changes)


SQUARES = [
    ([1.98, 1.98, 2.0], [3.05, 3.0, 3.1], of_numbers(), SOUND),
    ([5.0, 5.5, 5.2], None, of_numbers(), SOUND),
    ([12.0, 13.0, 11.0], None, of_numbers(), DOUBTFUL),
    ([400.0, 420.0, 390.0], None, of_numbers(), FAULT),
    ([2.0] * 3, [14.0, 15.0, 15.5], of_numbers(), DOUBTFUL),
    ([2.0] * 3, [24.0, 26.0, 25.0], of_numbers(), FAULT),
    ([0.2] * 3, None, of_numbers(), DOUBTFUL),
]
"""Squares of numbers: expected 3.0, and answering 0 costs 2.5 on the validation; 12 samples a batch."""


@pytest.mark.parametrize(("val", "train", "looked", "judgement"), SQUARES)
def test_starts_of_numbers(
    val: list[float], train: list[float] | None, looked: DataReport, judgement: Judgement
) -> None:
    assert judged(begun(val, train, looked=looked, task="polynomial"))[0] is judgement


RARE = works.report(
    classes=2,
    class_counts=[1300, 137],
    val_class_counts=[326, 34],
    uniform_loss=math.log(2),
    expected_initial_loss=math.log(2),
    constant_loss=0.31,
)


@pytest.mark.parametrize(
    ("loss", "judgement", "key"), [(0.32, SOUND, "prior"), (0.2, DOUBTFUL, "low"), (0.69, SOUND, "as_expected")]
)
def test_a_bias_of_the_shares_is_fine(loss: float, judgement: Judgement, key: str) -> None:
    assert judged(begun([loss] * 3, looked=RARE))[1][0] == key
    assert judged(begun([loss] * 3, looked=RARE))[0] is judgement


@pytest.mark.parametrize(("loss", "judgement"), [(0.1, SOUND), (0.15, SOUND), (3.0, DOUBTFUL), (40.0, FAULT)])
def test_squares_of_classes_begin_at_one_over_their_number(loss: float, judgement: Judgement) -> None:
    looked = works.report(loss="mse", uniform_loss=0.1, constant_loss=0.09, expected_initial_loss=0.1)
    assert judged(begun([loss] * 3, looked=looked))[0] is judgement


def test_nothing_is_held_back_and_one_step_is_trained() -> None:
    work = begun([2.3] * 3, options=Options(settings={"dropout": "0.5", "weight_decay": "0.1"}))
    initial_loss.run(work)
    assert len(work.asked) == initial_loss.STARTS
    for seed, trial in enumerate(work.asked):
        hparams = work.hparams(trial.settings)
        assert (hparams.dropout, hparams.weight_decay, hparams.max_steps, hparams.seed) == (0, 0, 1, seed)
        assert not hparams.augment and hparams.label_smoothing == 0


def test_the_last_seeds_there_are_can_be_asked_for() -> None:
    work = works.Desk(looked=works.report(), options=Options(settings={"seed": str(2**32 - 1)}))
    initial_loss.run(work)
    assert len(set(work.names)) == initial_loss.STARTS


@pytest.mark.parametrize("broken", [1, 3])
def test_starts_that_fail_are_results(broken: int) -> None:
    def answer(trial: Trial) -> RunState:
        if int(str(trial.settings["seed"])) < broken:
            return works.failed("OSError: no disk", train=[], val=[])
        return works.trained()

    found, keys = judged(works.Desk(answer, looked=works.report()))
    assert (found, keys[-1]) == ((FAULT, "all_failed") if broken == 3 else (DOUBTFUL, keys[-1]))
    assert ("some_failed" in keys) is (broken == 1)


def test_without_time_nothing_is_said_against_it() -> None:
    assert judged(works.Desk(looked=works.report(), most=0)) == (DOUBTFUL, ["no_time"])


def test_one_start_is_enough() -> None:
    assert judged(works.Desk(looked=works.report(), most=1, workers=1))[0] is SOUND


def test_where_step_0_was_skipped_the_data_are_looked_at_now() -> None:
    work = begun([2.3] * 3)
    seen, work.looked = work.looked, None
    assert seen is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "look", lambda models: seen)
        assert judged(work)[0] is SOUND


def test_the_starts_are_drawn_beside_the_expected_loss() -> None:
    result: StepResult = initial_loss.run(begun([2.31, 2.29, 2.35], [2.4, 2.5, 2.6]))
    assert isinstance(result.plot, Bars) and result.plot.level is not None
    assert result.plot.values == [[2.31, 2.29, 2.35], [2.4, 2.5, 2.6]]
    assert result.plot.level.y == pytest.approx(LN10)
    assert result.table is not None and [row[0] for row in result.table.rows] == ["0", "1", "2"]


@pytest.mark.parametrize(("train", "judgement"), [(0.43, SOUND), (1.1, SOUND), (6.9, FAULT), (60.0, FAULT)])
def test_outputs_that_vary_in_training_alone_are_no_sum_of_squares(train: float, judgement: Judgement) -> None:
    """A batch norm scales the outputs in training only; squares of ten classes begin at 0.1."""
    looked = works.report(loss="mse", uniform_loss=0.1, constant_loss=0.09, expected_initial_loss=0.1)
    assert judged(begun([0.11] * 3, [train] * 3, looked=looked))[0] is judgement
