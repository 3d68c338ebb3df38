"""The state of a run: what rows of a log become."""

import math

import numpy as np
import pytest
from runlogs import end, evaluation, manifest, step, whole_run

from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, RunUpdate
from dltui.series.smoothing import Ema
from dltui.series.state import RunState
from dltui_trainers.runlog import AnyRecord, to_line


def batch(*records: AnyRecord) -> Batch:
    """Return the rows of ``records``."""
    return decode(b"".join(map(to_line, records)).rstrip(b"\n"))


def test_nothing_is_known_of_an_empty_run() -> None:
    state = RunState()
    assert state.best is None and state.step == 0
    assert all(math.isnan(value) for value in (state.progress, state.eta_s, state.steps_per_s, state.val_loss.last))


def test_the_best_is_the_lowest_finite_validation_loss_and_the_first_of_equals() -> None:
    state = RunState()
    state.extend(batch(evaluation(1, 3.0), evaluation(2, float("nan")), evaluation(3, 1.0), evaluation(4, 1.0)))
    state.extend(batch(evaluation(5, float("-inf")), evaluation(6, 2.0)))
    assert state.best is not None and (state.best.step, state.best.val_loss) == (3, 1.0)


def test_progress_speed_and_time_left() -> None:
    state = RunState()
    state.manifest = manifest()
    state.extend(batch(*(step(each) for each in range(1, 26))))
    assert state.progress == 0.25
    assert state.steps_per_s == pytest.approx(10)
    assert state.eta_s == pytest.approx(7.5)
    assert state.epoch_at(15) == 1.5 and math.isnan(RunState().epoch_at(15))
    assert state.last_x("time") == pytest.approx(2.4)


def test_the_speed_is_that_of_the_last_seconds() -> None:
    state = RunState()
    for each in range(200):
        record = step(each)
        record.time = float(each if each < 100 else 100 + (each - 100) / 10)  # one step a second, then ten
        state.extend(batch(record))
    assert state.steps_per_s == pytest.approx(10)


def test_the_speed_is_not_told_from_a_step_back() -> None:
    state = RunState()
    state.extend(batch(step(100), step(5)))
    assert math.isnan(state.steps_per_s)


def test_smoothing_again_gives_what_smoothing_from_the_start_gives() -> None:
    records = whole_run()
    state = RunState(smoothing=0.5)
    for each in records:
        state.extend(batch(each))
    state.smooth_with(0.9)
    assert np.allclose(state.train_loss.smooth.values, Ema(0.9).extend(state.train_loss.raw.values))
    state.extend(batch(step(101)))
    assert np.allclose(state.train_loss.smooth.values, Ema(0.9).extend(state.train_loss.raw.values))
    state.smooth_with(0.0)
    assert np.array_equal(state.train_loss.smooth.values, state.train_loss.raw.values)


def test_a_replaced_log_forgets_the_old_one_and_keeps_the_rest() -> None:
    state = RunState()
    state.take(RunUpdate(manifest=manifest(), status=RunStatus.RUNNING, batch=batch(*whole_run())))
    state.take(RunUpdate(batch=batch(step(1)), restarted=True))
    assert len(state.train_loss) == 1 and state.best is None and state.end is None
    assert state.manifest is not None and state.status is RunStatus.RUNNING


def test_an_end_that_is_followed_by_steps_is_none() -> None:
    state = RunState()
    state.extend(batch(step(1), end()))
    assert state.end is not None
    state.extend(batch(step(2)))
    assert state.end is None


def test_steps_and_validations_of_one_reading_tell_the_later_place() -> None:
    state = RunState()
    state.extend(batch(step(9), step(10), evaluation(10, 1.0), step(11), step(12)))
    assert state.step == 12
    state.extend(batch(step(13), evaluation(13, 1.0)))
    assert state.step == 13
