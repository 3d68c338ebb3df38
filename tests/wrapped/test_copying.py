"""Rows of a log become records, each once, whatever the log does."""

import math

import numpy as np
import pytest

from dltui.runs.update import Batch, Rows
from dltui.wrapped.copying import Copied, best_of, steps_per_epoch
from dltui_trainers.runlog import EvalRecord, StepRecord


def rows(steps: list[float], name: str, values: list[float], times: list[float] | None = None) -> Rows:
    """Return rows with one metric."""
    unknown = np.full(len(steps), math.nan)
    return Rows(
        step=np.array(steps, float),
        epoch=unknown,
        time=unknown if times is None else np.array(times, float),
        values={name: np.array(values, float)},
    )


def test_only_what_is_new_is_copied() -> None:
    copied = Copied(1000.0)
    first, anew = copied.news(Batch(steps=rows([1, 2], "train_loss", [4, 3])), 1002.0)
    assert [(each.step, each.time) for each in first] == [(1, 1001.0), (2, 1002.0)] and not anew
    more, anew = copied.news(Batch(steps=rows([1, 2, 3], "train_loss", [4, 3, 2])), 1005.0)
    assert [(each.step, each.time) for each in more] == [(3, 1005.0)] and not anew
    assert copied.news(Batch(steps=rows([1, 2, 3], "train_loss", [4, 3, 2])), 1006.0) == ([], False)


def test_a_log_that_means_something_else_than_it_seemed_is_copied_anew_at_its_times() -> None:
    copied = Copied(1000.0)
    copied.news(Batch(steps=rows([1, 2], "train_loss", [4, 3])), 1002.0)
    all_of_it, anew = copied.news(Batch(steps=rows([50, 100, 150], "train_loss", [4, 3, 2])), 1004.0)
    assert anew
    assert [(each.step, each.time) for each in all_of_it] == [(50, 1001.0), (100, 1002.0), (150, 1004.0)]


def test_a_last_row_that_is_taken_back_is_waited_for() -> None:
    copied = Copied(1000.0)
    copied.news(Batch(steps=rows([1, 2], "train_loss", [4, 3])), 1002.0)
    assert copied.news(Batch(steps=rows([1], "train_loss", [4])), 1003.0) == ([], False)
    again, anew = copied.news(Batch(steps=rows([1, 2, 3], "train_loss", [4, 3, 2])), 1004.0)
    assert [each.step for each in again] == [3] and not anew


def test_what_could_not_be_written_comes_again() -> None:
    copied, batch = Copied(1000.0), Batch(steps=rows([1, 2], "train_loss", [4, 3]))
    copied.news(batch, 1002.0)
    copied.forget()
    again, anew = copied.news(batch, 1003.0)
    assert [each.step for each in again] == [1, 2] and anew


@pytest.mark.parametrize(
    ("times", "copied_times"), [([5.0, 9.0], [1005.0, 1009.0]), ([1.7e9, 1.7e9 + 1], [1.7e9, 1.7e9 + 1])]
)
def test_a_log_that_tells_the_time_is_believed(times: list[float], copied_times: list[float]) -> None:
    copied = Copied(1000.0)
    found, _ = copied.news(Batch(steps=rows([1, 2], "train_loss", [4, 3], times)), 1002.0)
    assert [each.time for each in found] == copied_times


def test_both_kinds_come_in_one_order_and_odd_numbers_are_kept() -> None:
    copied = Copied(0.0)
    batch = Batch(steps=rows([1, 2], "train_loss", [math.nan, math.inf]), evals=rows([1], "val_loss", [0.5]))
    found, _ = copied.news(batch, 1.0)
    assert [(type(each), each.step) for each in found] == [(StepRecord, 1), (EvalRecord, 1), (StepRecord, 2)]
    assert isinstance(found[0], StepRecord) and found[0].train_loss == "nan"


def test_a_line_with_the_learning_rate_alone_goes_to_the_next_loss() -> None:
    told = Rows(
        step=np.array([1.0, 1.0, 2.0]),
        epoch=np.full(3, math.nan),
        time=np.full(3, math.nan),
        values={"train_loss": np.array([math.nan, 2.0, 1.0]), "lr": np.array([0.1, math.nan, 0.05])},
        unknown={"train_loss": np.array([True, False, False]), "lr": np.array([False, True, False])},
    )
    found, _ = Copied(0.0).news(Batch(steps=told), 1.0)
    assert [(each.step, each.lr) for each in found if isinstance(each, StepRecord)] == [(1, 0.1), (2, 0.05)]


def test_the_best_validation() -> None:
    assert best_of(Batch(evals=rows([1, 2, 3], "val_loss", [2, 1, math.nan]))) == (2, 1.0)
    assert best_of(Batch()) == best_of(None) == (None, None)
    assert best_of(Batch(evals=rows([1], "val_loss", [math.nan]))) == (None, None)


def test_how_many_steps_make_an_epoch() -> None:
    told = rows([100.0], "train_loss", [1.0])
    assert steps_per_epoch(told) == steps_per_epoch(None) == 0
    assert steps_per_epoch(Rows(step=told.step, epoch=np.array([2.5]), time=told.time, values=told.values)) == 40
