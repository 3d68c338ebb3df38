"""The state of a run: what rows of a log become."""

import math

import numpy as np
import pytest
from runlogs import end, evaluation, manifest, step, whole_run

from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Rows, RunUpdate
from dltui.series.smoothing import Ema
from dltui.series.state import RunState
from dltui_trainers.runlog import STEP_METRICS, AnyRecord, to_line


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


def _logged(*given: dict[str, float]) -> Batch:
    """Rows of steps, of which each tells only what is given."""
    names = ("train_loss", "lr", "grad_norm", "update_ratio", "throughput")
    numbers = np.array([each["step"] for each in given], dtype=np.float64)
    values = {name: np.array([each.get(name, np.nan) for each in given]) for name in names}
    unknown = {name: np.array([name not in each for each in given]) for name in names}
    return Batch(steps=Rows(step=numbers, epoch=numbers / 10, time=100 + numbers, values=values, unknown=unknown))


def _points(state: RunState, name: str) -> list[tuple[float, float]]:
    curve = state.train_loss if name == "train_loss" else state.step_metrics[name]
    steps, times = (curve.track.axis(axis).values for axis in ("step", "time"))
    assert len(curve) == len(steps) == len(curve.raw.values)
    assert np.array_equal(times, steps - state.start_s + 100)
    return list(zip(steps.tolist(), curve.raw.values.tolist(), strict=True))


def test_metrics_of_the_same_records_share_their_axes() -> None:
    state = RunState()
    for first in (1, 4):
        state.extend(_logged(*({"step": each, "train_loss": 1.0, "lr": 0.1} for each in range(first, first + 3))))
    assert state.step_metrics["lr"].track is state.train_loss.track
    assert _points(state, "lr") == [(each, 0.1) for each in range(1, 7)]
    assert state.step_metrics["grad_norm"].track is not state.train_loss.track
    assert _points(state, "grad_norm") == []


def test_a_metric_that_parts_from_the_loss_has_axes_of_its_own_from_then_on() -> None:
    state = RunState()
    state.extend(_logged({"step": 1, "train_loss": 1, "lr": 1, "grad_norm": 1}, {"step": 2, "train_loss": 2, "lr": 2}))
    state.extend(_logged({"step": 3, "train_loss": 3, "lr": 3}, {"step": 4, "lr": 4, "grad_norm": 4}))
    state.extend(_logged({"step": 5, "train_loss": 5, "lr": 5, "grad_norm": 5}))
    assert _points(state, "train_loss") == [(1, 1), (2, 2), (3, 3), (5, 5)]
    assert _points(state, "lr") == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]
    assert _points(state, "grad_norm") == [(1, 1), (4, 4), (5, 5)]
    tracks = [state.train_loss.track, *(curve.track for curve in state.step_metrics.values())]
    assert len({id(track) for track in tracks}) == len(STEP_METRICS)


def test_metrics_that_lack_the_same_records_as_the_loss_share_too() -> None:
    state = RunState()
    state.extend(_logged({"step": 1, "train_loss": 1, "lr": 1}, {"step": 2}, {"step": 3, "train_loss": 3, "lr": 3}))
    assert state.step_metrics["lr"].track is state.train_loss.track
    assert _points(state, "lr") == [(1, 1), (3, 3)]


def test_a_metric_that_parts_keeps_the_restarts_that_it_shared() -> None:
    state = RunState()
    state.extend(_logged(*({"step": each, "train_loss": 1, "lr": 1} for each in (1, 2, 3, 2, 3, 4))))
    state.extend(_logged({"step": 5, "train_loss": 1}, {"step": 1, "train_loss": 1, "lr": 1}))
    for axis in ("step", "epoch", "time"):
        lr, loss = state.step_metrics["lr"].track.axis(axis), state.train_loss.track.axis(axis)
        assert lr.segments(7) == [(0, 3), (3, 6), (6, 7)]
        assert loss.segments(8) == [(0, 3), (3, 7), (7, 8)]
    assert state.step_metrics["lr"].raw.window("step", 0, 10, 20).broken.tolist() == [
        state.step_metrics["lr"].raw.window("step", 0, 10, 20).position[each] in (0, 3, 6) for each in range(7)
    ]


def test_a_curve_that_parts_while_it_is_drawn_is_drawn_from_its_own_axes() -> None:
    state = RunState()
    state.extend(_logged(*({"step": each, "train_loss": 1, "lr": each} for each in (1, 2, 3))))
    curve = state.step_metrics["lr"].raw
    assert curve.value_at("step", 3) == (3, 3)
    state.extend(_logged({"step": 4, "train_loss": 1}, {"step": 5, "train_loss": 1, "lr": 5}))
    assert curve.value_at("step", 4.6) == (5, 5) and curve.value_at("step", 3.4) == (3, 3)
    assert curve.x_range("step") == (1, 5)


def test_the_epoch_of_a_step_is_that_of_the_records_around_it() -> None:
    state = RunState()
    state.extend(_logged(*({"step": each, "train_loss": 1.0} for each in (10, 20, 20, 40))))
    asked = [0, 10, 15, 20, 30, 40, 50]
    assert [state.epoch_at(each) for each in asked] == pytest.approx([1, 1, 1.5, 2, 3, 4, 4])


def test_the_room_that_is_made_while_loading_changes_nothing() -> None:
    whole, pieces = RunState(), RunState()
    records = whole_run()
    whole.extend(batch(*records))
    for number in range(0, len(records), 10):
        share = (number + 10) / len(records) / 3  # more comes than was expected
        pieces.take(RunUpdate(batch=batch(*records[number : number + 10]), loading=True, share=share))
    for name in ("train_loss", "grad_norm"):
        curves = [each.train_loss if name == "train_loss" else each.step_metrics[name] for each in (whole, pieces)]
        assert np.array_equal(*(curve.raw.values for curve in curves))
    assert pieces.loading and pieces.share > 0
