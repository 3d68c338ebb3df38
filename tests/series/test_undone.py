"""What live changes make of the state: undone rows leave the curves, settings and plan are those of now."""

import math
import random

import numpy as np
import pytest
from msgspec.structs import replace
from runlogs import START_S, end, evaluation, event, later, manifest, random_log, step, tuned_run, whole_run

from dltui.diagnosis.observed import Observed
from dltui.runs.joined import joined
from dltui.runs.kept_batch import from_columns, to_columns
from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch
from dltui.series.curve import Curve
from dltui.series.plan import first_plan
from dltui.series.smoothing import Ema
from dltui.series.state import RunState
from dltui.series.undone import undone_rows
from dltui_trainers.runlog import AnyRecord, LayersRecord, LayerStats, to_line


def batch(*records: AnyRecord) -> Batch:
    """Return the rows of ``records``."""
    return decode(b"".join(map(to_line, records)).rstrip(b"\n"))


def state_of(*batches: Batch) -> RunState:
    """Return what the batches make of a run at work."""
    state = RunState()
    state.manifest, state.status = manifest(), RunStatus.RUNNING
    for each in batches:
        state.extend(each)
    return state


def points(curve: Curve) -> list[list[float]]:
    """The columns of a curve."""
    axes = [curve.track.axis(axis).values.tolist() for axis in ("step", "epoch", "time")]
    return [*axes, curve.raw.values.tolist()]


def everything(state: RunState) -> list[object]:
    """What two states must agree in."""
    curves = [state.train_loss, *state.step_metrics.values(), *state.eval_metrics.values()]
    return [
        *(points(curve) for curve in curves),
        [(each.since_step, each.until_step, points(each.train_loss), points(each.val_loss)) for each in state.undone],
        (state.best, state.step, state.epoch, state.last_s, state.hparams, state.planned_steps, state.paused),
        [state.train_loss.raw.gaps(0, 10**6), state.val_loss.raw.gaps(0, 10**6)],
    ]


def test_undone_rows_leave_the_curves_and_are_kept() -> None:
    state = state_of(batch(*tuned_run()))
    assert state.train_loss.track.axis("step").values.tolist() == list(range(1, 101))
    assert state.val_loss.track.axis("step").values.tolist() == list(range(10, 101, 10))
    [undone] = state.undone
    assert (undone.since_step, undone.until_step) == (40, 60) and undone.time_s == pytest.approx(5.95)
    assert undone.train_loss.track.axis("step").values.tolist() == list(range(41, 61))
    assert undone.val_loss.track.axis("step").values.tolist() == [50, 60]
    assert undone.val_loss.raw.values[0] > 1.5 > state.val_loss.raw.values[4]


def test_best_step_and_epoch_are_those_of_what_is_left() -> None:
    records = [*(step(each) for each in range(1, 31)), evaluation(10, 0.5), evaluation(30, 0.1)]
    state = state_of(batch(*records))
    assert state.best is not None and state.best.val_loss == 0.1
    state.extend(batch(event("undo", 15, 3.1, from_=30, to=15)))
    assert state.best is not None and (state.best.val_loss, state.best.step, state.best.epoch) == (0.5, 10, 1)
    assert (state.step, state.epoch) == (15, 1.5)
    state.extend(batch(event("undo", 0, 3.2, from_=15, to=0)))
    assert (state.best, state.step, state.epoch, len(state.train_loss)) == (None, 0, 0, 0)
    assert [len(each.train_loss) for each in state.undone] == [15, 15]


def test_the_average_goes_on_from_where_the_training_went_back_to() -> None:
    state = state_of(batch(*tuned_run()))
    expected = Ema(state.smoothing).extend(state.train_loss.raw.values)
    assert np.allclose(state.train_loss.smooth.values, expected)
    state.smooth_with(0.5)
    assert np.allclose(state.undone[0].train_loss.smooth.values, Ema(0.5).extend(state.undone[0].train_loss.raw.values))


def test_an_undo_that_was_refused_takes_nothing_back() -> None:
    state = state_of(batch(*whole_run()[:50], event("undo", 20, 9.0, done=False, reason="nothing to undo")))
    assert not state.undone and len(state.train_loss) > 40


@pytest.mark.parametrize("seed", range(60))
def test_a_log_at_once_and_line_by_line_give_the_same_state(seed: int) -> None:
    records = random_log(seed)
    one_by_one = [batch(record) for record in records]
    expected = everything(state_of(*one_by_one))
    cut = random.Random(seed).randrange(len(records) + 1)
    whole = batch(*records)
    for batches in ([whole], [batch(*records[:cut]), batch(*records[cut:])], [joined(one_by_one)]):
        np.testing.assert_equal(everything(state_of(*batches)), expected)
    np.testing.assert_equal(everything(state_of(from_columns(*to_columns(whole)))), expected)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_left_is_told_from_what_was_undone(seed: int) -> None:
    whole = batch(*random_log(seed))
    steps, evals = undone_rows(whole)
    state = state_of(whole)
    if whole.steps is not None:
        assert whole.steps.step[~steps].tolist() == state.train_loss.track.axis("step").values.tolist()
        assert int(steps.sum()) == sum(len(each.train_loss) for each in state.undone)
    if whole.evals is not None:
        assert whole.evals.step[~evals].tolist() == state.val_loss.track.axis("step").values.tolist()


@pytest.mark.parametrize("seed", range(40))
def test_a_chart_cannot_tell_a_curve_that_was_cut_from_a_new_one(seed: int) -> None:
    state = state_of(*(batch(record) for record in random_log(seed)))
    trace = state.train_loss.raw
    trace.window("time", 0, 10, 40, positive=True)
    fresh = Curve()
    fresh.copy_from(state.train_loss, 0)
    for positive in (False, True):
        cut, new = (each.window("step", 0, 100, 40, positive=positive) for each in (trace, fresh.raw))
        for name in ("pixel", "first", "low", "high", "last", "broken", "position"):
            np.testing.assert_array_equal(getattr(cut, name), getattr(new, name))
        assert trace.hidden("step", 0, 1e9, positive=positive) == fresh.raw.hidden("step", 0, 1e9, positive=positive)
    assert trace.extent("step", 0, 1e9) == fresh.raw.extent("step", 0, 1e9)


def test_an_undo_is_no_restart_for_the_diagnosis() -> None:
    observed = Observed(state_of(batch(*tuned_run())))
    assert observed.restarts == 0 and observed.last_step == 100 and len(observed.train) == 100
    assert observed.hparams["lr"] == 0.0003


def test_layers_of_undone_steps_are_forgotten() -> None:
    layers = LayersRecord(step=20, time=START_S + 2.0, layers={"a": LayerStats(weight_norm=1.0)})
    undo = event("undo", 10, 3.0, from_=30, to=10)
    assert state_of(batch(step(10), layers, step(30), undo)).layers is None
    assert state_of(batch(step(10), layers), batch(step(30), event("undo", 25, 3.0))).layers is not None


class TestSettings:
    """The hyperparameters of now."""

    def test_a_set_holds_until_it_is_undone_and_several_of_one_command_go_together(self) -> None:
        def changed(*records: AnyRecord) -> dict[str, object]:
            state = state_of(batch(*records))
            return {name: value for name, value in state.hparams.items() if value != state.first_hparams.get(name)}

        first = event("set", 10, id=1, hparam="lr", to=0.5)
        both = [event("set", 20, id=2, hparam=name, to=0.7) for name in ("lr", "dropout")]
        of_log = event("set", 30, id=3, hparam="log_every", to=9)
        undo = event("undo", 20)
        assert changed(first) == {"lr": 0.5}
        assert changed(first, *both, of_log) == {"lr": 0.7, "dropout": 0.7, "log_every": 9}
        assert changed(first, *both, of_log, undo) == {"lr": 0.5, "log_every": 9}
        assert changed(first, *both, of_log, undo, undo, undo) == {"log_every": 9}

    def test_events_without_an_id_are_one_change_each(self) -> None:
        sets = [event("set", 10, hparam=name, to=0.7) for name in ("lr", "dropout")]
        assert state_of(batch(*sets, event("undo", 10))).hparams["lr"] == 0.7

    def test_what_was_refused_or_done_by_itself_sets_nothing(self) -> None:
        state = state_of(
            batch(
                event("set", 10, hparam="lr", to=9.0, done=False),
                event("oom", 10, hparam="batch_size", from_=64, to=32),
                event("lr_drop", 10, hparam="lr", from_=0.001, to=0.0001),
            )
        )
        assert state.hparams == state.first_hparams

    def test_a_copied_log_knows_what_was_set(self) -> None:
        state = RunState()
        state.told_hparams = {"lr": 0.2, "epochs": 4}
        state.extend(batch(step(1), event("set", 1, hparam="epochs", to=8)))
        assert state.hparams == {"lr": 0.2, "epochs": 8} and state.planned_epochs == 8


class TestPlan:
    """How far it is to the end."""

    def test_unchanged_it_is_what_was_asked_for(self) -> None:
        state = state_of(batch(step(5), event("set", 5, id=1, hparam="lr", to=0.1)))
        assert (state.planned_epochs, state.planned_steps) == (10, 100)

    def test_more_epochs_are_more_steps(self) -> None:
        state = state_of(batch(step(50), event("set", 50, id=1, hparam="epochs", to=20)))
        assert (state.planned_epochs, state.planned_steps, state.progress) == (20, 200, 0.25)
        state.extend(batch(event("undo", 50)))
        assert (state.planned_epochs, state.planned_steps) == (10, 100)

    def test_another_batch_size_counts_from_where_it_was_set(self) -> None:
        state = state_of(batch(step(50), event("set", 50, id=1, hparam="batch_size", to=32)))
        assert state.planned_steps == 50 + 5 * 20
        state.extend(batch(step(100), event("set", 100, id=2, hparam="batch_size", to=100)))
        assert state.planned_steps == 100 + math.ceil(2.5 * 7)
        state.extend(batch(event("set", 100, id=3, hparam="epochs", to=1)))
        assert state.planned_steps == 100

    def test_a_number_of_steps_ends_it_inside_an_epoch(self) -> None:
        state = state_of(batch(step(20)))
        assert state.manifest is not None
        state.manifest = replace(state.manifest, hparams={**state.manifest.hparams, "max_steps": 25})
        assert (state.planned_epochs, state.planned_steps, state.progress) == (2.5, 25, 0.8)
        assert first_plan(state.manifest) == 2.5
        state.extend(batch(event("set", 20, id=1, hparam="batch_size", to=32)))
        assert (state.planned_epochs, state.planned_steps) == (2.25, 25)
        state.extend(batch(event("set", 20, id=2, hparam="epochs", to=2)))
        assert state.planned_steps == 20
        state.manifest = replace(state.manifest, hparams={**state.manifest.hparams, "max_steps": 10**6})
        state.extend(batch(event("undo", 20), event("undo", 20)))
        assert (state.planned_epochs, state.planned_steps, first_plan(state.manifest)) == (10, 100, 10)

    @pytest.mark.parametrize("value", ["many", None, 0, -3, math.inf, True])
    def test_a_value_that_counts_nothing_changes_no_plan(self, value: object) -> None:
        sets = [event("set", 5, hparam=name, to=value) for name in ("epochs", "batch_size")]
        state = state_of(batch(step(5)))
        state.extend(Batch(events=tuple(sets)))
        assert (state.planned_epochs, state.planned_steps) == (10, 100)


class TestPause:
    """A pause is no part of the speed."""

    def test_while_it_lasts_nothing_is_promised(self) -> None:
        state = state_of(batch(*(step(each) for each in range(1, 26)), event("paused", 25)))
        assert state.paused and math.isnan(state.steps_per_s) and math.isnan(state.eta_s)
        state.extend(batch(event("resumed", 25, 100.0)))
        assert not state.paused and state.steps_per_s == pytest.approx(10)
        state.extend(batch(*(later(step(each), 98.0) for each in (26, 27))))
        assert state.steps_per_s == pytest.approx(10, 1e-4)
        assert state.eta_s == pytest.approx(7.3, 1e-4)

    def test_one_that_ended_the_training_is_over_with_it(self) -> None:
        state = state_of(batch(step(1), event("paused", 1), end("stopped")))
        state.status = RunStatus.STOPPED
        assert not state.paused

    def test_what_was_undone_is_no_part_of_the_speed(self) -> None:
        assert state_of(batch(*tuned_run()[:90])).steps_per_s == pytest.approx(10)
