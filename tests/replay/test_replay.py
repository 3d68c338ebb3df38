"""A replay without a screen: how a log is laid out, where the head stands, and what is told of each moment."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from runlogs import START_S, end, evaluation, random_log, step, tuned_run, whole_run

from dltui.errors import UsageError
from dltui.formats.saved import SavedLog
from dltui.replay.player import SPEEDS, Player, ReplayFollower, ReplayStart
from dltui.replay.recording import Recording, Ruler, record
from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Rows, RunUpdate
from dltui.series.state import RunState
from dltui_trainers.runlog import AnyRecord, EventRecord, LayersRecord, LayerStats, to_line


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def recorded(records: list[AnyRecord], status: RunStatus = RunStatus.FINISHED) -> Recording:
    """Return the recording of a log with those records."""
    return recording_of(decode(b"".join(map(to_line, records)).rstrip(b"\n")), status)


def recording_of(batch: Batch, status: RunStatus = RunStatus.FINISHED) -> Recording:
    return record(SavedLog(path=Path("some-run"), format="csv", batch=batch, status=status), {}, "csv")


def rows(steps: list[float], *, epoch: list[float] | None = None, time: list[float] | None = None) -> Rows:
    """Return rows of a training loss, without times and epochs unless given."""
    unknown = [math.nan] * len(steps)
    columns = {"train_loss": np.linspace(1, 0.1, len(steps)), "val_loss": np.linspace(1, 0.1, len(steps))}
    for name in ("lr", "grad_norm", "update_ratio", "throughput", "val_accuracy", "val_precision", "val_recall"):
        columns[name] = np.full(len(steps), np.nan)
    columns["train_accuracy"] = columns["lr"]
    return Rows(
        step=np.array(steps),
        epoch=np.array(epoch or unknown),
        time=np.array(time or unknown),
        values=columns,
        unknown={name: np.ones(len(steps), dtype=np.bool_) for name in columns if not name.endswith("_loss")},
    )


def player(recording: Recording, **wish: object) -> tuple[Player, Clock]:
    clock = Clock()
    return Player(recording, ReplayStart(**wish), clock), clock  # type: ignore[arg-type]


def replayed(recording: Recording, *moments: int) -> RunState:
    """Return the state of a screen that was shown those moments, one after the other."""
    state = RunState()
    updates: list[RunUpdate] = []
    follower = ReplayFollower(updates.append)
    follower.begin(recording)
    for rows_shown in moments:
        follower.show(rows_shown)
        while updates:
            state.take(updates.pop(0))
            follower.acknowledge()
    return state


def test_by_time_a_second_is_a_second_at_1x() -> None:
    head, clock = player(recorded(whole_run()), speed=1.0)
    assert head.by is Ruler.PLAYED and head.playing
    clock.now_s = 3.0
    head.tick()
    assert head.head == pytest.approx(3.0)
    assert replayed(head.recording, head.rows).step == 31


def test_a_long_absence_is_made_up_for_in_one_go_and_it_ends_at_the_end() -> None:
    head, clock = player(recorded(whole_run()), speed=1000.0)
    clock.now_s = 1e6
    head.tick()
    assert head.at_end and not head.playing and head.rows == head.recording.total


def test_paused_it_stands_still_and_goes_on_from_there() -> None:
    head, clock = player(recorded(whole_run()), speed=1.0)
    clock.now_s = 2.0
    head.pause()
    clock.now_s = 50.0
    head.tick()
    assert head.head == pytest.approx(2.0)
    head.play()
    clock.now_s = 51.0
    head.tick()
    assert head.head == pytest.approx(3.0)


def test_played_at_the_end_it_begins_anew() -> None:
    head, _ = player(recorded(whole_run()))
    head.skip(1.0)
    assert head.at_end and not head.playing
    head.play()
    assert head.head == head.span[0] and head.playing


def test_speeds_go_up_and_down_the_ladder_and_stay_at_its_ends() -> None:
    head, _ = player(recorded(whole_run()), speed=7.0)
    head.faster(1)
    assert head.speed == 10.0
    head.faster(-1)
    assert head.speed == 5.0
    for _ in SPEEDS:
        head.faster(-1)
    assert head.speed == 0.1
    for _ in SPEEDS:
        head.faster(1)
    assert head.speed == 1000.0


@pytest.mark.parametrize(("seconds", "speed"), [(3.0, 0.1), (60.0, 2.0), (3600.0, 100.0), (1e6, 1000.0)])
def test_unless_told_the_whole_run_takes_about_half_a_minute(seconds: float, speed: float) -> None:
    times = np.linspace(0, seconds, 1000).tolist()
    head, _ = player(recording_of(Batch(steps=rows(list(range(1000)), time=times))))
    assert head.speed == speed


def test_by_steps_1x_is_the_mean_pace_of_the_recording() -> None:
    times = np.linspace(0, 500, 1001).tolist()
    recording = recording_of(Batch(steps=rows([float(each) for each in range(1001)], time=times)))
    head, clock = player(recording, by=Ruler.STEPS, speed=10.0)
    assert head.pace == pytest.approx(2.0)
    clock.now_s = 5.0
    head.tick()
    assert head.head == pytest.approx(100.0)


def test_without_times_it_is_played_by_steps_in_a_hundred_seconds() -> None:
    recording = recording_of(Batch(steps=rows([float(each) for each in range(201)])))
    head, _ = player(recording)
    assert head.by is Ruler.STEPS and head.pace == pytest.approx(2.0)
    assert not head.switch()
    with pytest.raises(UsageError, match="--by steps"):
        player(recording, by=Ruler.PLAYED)


def test_from_time_to_steps_and_back_the_moment_stays() -> None:
    head, _ = player(recorded(whole_run()), at_step=40)
    before = head.rows
    assert head.switch() and head.by is Ruler.STEPS
    assert head.rows == before
    assert head.switch() and head.by is Ruler.PLAYED
    assert head.rows == before


def test_at_a_step_it_waits() -> None:
    head, _ = player(recorded(whole_run()), at_step=40)
    assert not head.playing
    assert replayed(head.recording, head.rows).step == 40


@pytest.mark.parametrize("by", [Ruler.STEPS, Ruler.PLAYED])
def test_it_steps_by_epochs_each_with_its_validation(by: Ruler) -> None:
    head, _ = player(recorded(whole_run()), by=by)
    seen = []
    for _ in range(12):
        head.step(1)
        state = replayed(head.recording, head.rows)
        seen.append((state.step, len(state.val_loss)))
    assert seen[:3] == [(10, 1), (20, 2), (30, 3)] and head.at_end and not head.playing
    head.step(-1)
    state = replayed(head.recording, head.rows)
    assert (state.step, len(state.val_loss)) == (90, 9)


def test_a_log_without_epochs_is_stepped_through_by_validations() -> None:
    recording = recording_of(Batch(steps=rows([float(each) for each in range(100)]), evals=rows([20.0, 40.0, 60.0])))
    head, _ = player(recording)
    steps = []
    for _ in range(4):
        head.step(1)
        steps.append(replayed(recording, head.rows).step)
    assert steps == [20, 40, 60, 99]


def test_forward_and_back_tell_the_same_as_the_whole_log() -> None:
    recording = recorded(whole_run())
    halfway = recording.at_step(50)
    there, back = replayed(recording, halfway), replayed(recording, 3, recording.total, halfway)
    for state in (there, back):
        assert state.step == 50 and len(state.train_loss) == 50 and len(state.val_loss) == 5
        assert state.status is RunStatus.RUNNING and state.end is None
        assert state.train_loss.smooth.values.tolist() == there.train_loss.smooth.values.tolist()
    whole = replayed(recording, 1, 20, 60, recording.total)
    assert whole.status is RunStatus.FINISHED and whole.end is not None and len(whole.train_loss) == 100
    assert whole.best is not None and whole.best.step == 60


def test_what_was_done_and_the_layers_come_when_they_came() -> None:
    event = EventRecord(step=30, time=START_S + 3.0, name="set")
    layers = LayersRecord(step=60, time=START_S + 6.0, layers={"0.weight": LayerStats(weight_norm=1.0)})
    recording = recorded([*whole_run()[:-1], event, layers, end()])
    before, after = replayed(recording, recording.at_step(20)), replayed(recording, recording.at_step(40))
    assert (len(before.events), len(after.events)) == (0, 1)
    assert after.layers is None and replayed(recording, recording.at_step(70)).layers is not None


def test_only_the_latest_moment_is_told_to_one_who_is_slow() -> None:
    updates: list[RunUpdate] = []
    recording = recorded(whole_run())
    follower = ReplayFollower(updates.append)
    follower.begin(recording)
    for rows_shown in (5, 50, 20, 30):
        follower.show(rows_shown)
    assert len(updates) == 1
    follower.acknowledge()
    assert len(updates) == 2
    batch = updates[1].batch
    assert batch is not None and batch.steps is not None and len(batch.steps) + len(batch.evals or ()) == 30
    follower.close()
    follower.acknowledge()
    assert len(updates) == 2


def test_a_night_between_two_steps_takes_a_minute() -> None:
    times = [*range(100), *range(40_000, 40_100)]
    recording = recording_of(
        Batch(steps=rows([float(each) for each in range(200)], time=[float(each) for each in times]))
    )
    assert recording.pauses_cut
    assert recording.span(Ruler.PLAYED)[1] == pytest.approx(99 + 60 + 99)
    assert recording.span(Ruler.CLOCK)[1] == 40_099


def test_waits_that_are_usual_are_not_cut() -> None:
    recording = recording_of(Batch(steps=rows([1.0, 2.0, 3.0], time=[0.0, 600.0, 1200.0])))
    assert not recording.pauses_cut and recording.span(Ruler.PLAYED)[1] == 1200


@pytest.mark.parametrize("timed", [True, False])
def test_a_training_that_was_begun_anew_is_played_on(timed: bool) -> None:
    steps = [*range(1, 101), *range(1, 51)]
    times = [float(each) for each in range(150)]
    evals = rows([50.0, 100.0, 50.0], time=[49.5, 99.5, 149.5] if timed else None)
    recording = recording_of(
        Batch(steps=rows([float(each) for each in steps], time=times if timed else None), evals=evals)
    )
    assert recording.restarts == 1 and recording.span(Ruler.STEPS) == (1.0, 149.0)
    last = replayed(recording, recording.total - 2)
    assert (not timed or last.step in (49, 50)) and len(last.train_loss) >= 148 and len(last.val_loss) >= 2
    assert len(replayed(recording, recording.at_step(10)).train_loss) > 100


def test_rows_in_any_order_are_put_in_the_order_of_steps() -> None:
    recording = recording_of(Batch(steps=rows([float(each) for each in range(300, 0, -1)])))
    assert recording.restarts == 0 and recording.span(Ruler.STEPS) == (1.0, 300.0)
    assert replayed(recording, 100).step == 100


def test_broken_numbers_lay_out_too() -> None:
    broken = rows(
        [1.0, math.nan, 3.0, 3.0, 4.0], time=[math.nan, 5.0, math.nan, 2.0, 9.0], epoch=[math.nan, 1, 1, 2, 9]
    )
    recording = recording_of(Batch(steps=broken, evals=rows([2.0], time=[5.0])))
    assert (np.diff(recording.along(Ruler.STEPS)) >= 0).all() and (np.diff(recording.along(Ruler.PLAYED)) >= 0).all()
    head, _ = player(recording)
    for by in (1, 1, 1, -1, -1, -1, -1):
        head.step(by)
        replayed(recording, head.rows)


@pytest.mark.parametrize("batch", [Batch(), Batch(steps=rows([5.0]))])
def test_a_log_with_nothing_or_one_row_stands_still(batch: Batch) -> None:
    head, _ = player(recording_of(batch))
    head.tick()
    head.play()
    head.step(1)
    head.step(-1)
    head.skip(0.5)
    assert not head.playing and head.rows == head.recording.total


def test_a_killed_training_ends_as_it_did() -> None:
    recording = recorded(whole_run()[:40], RunStatus.KILLED)
    assert replayed(recording, recording.total - 1).status is RunStatus.RUNNING
    assert replayed(recording, recording.total).status is RunStatus.KILLED


def test_a_moment_can_be_told_on_every_ruler() -> None:
    recording = recorded([evaluation(0, 2.0), step(1), *whole_run()[1:]])
    for cut in recording.cuts.tolist():
        for ruler in (Ruler.STEPS, Ruler.PLAYED):
            assert recording.rows_at(recording.place_of(cut, ruler), ruler) == cut
    assert replace(recording, name="other").total == recording.total


class TestWhatWasUndone:
    """A training that went back is played as it went."""

    def test_the_head_passes_the_undo_and_the_curve_goes_back(self) -> None:
        recording = recorded(tuned_run())
        [undone_at] = [rows for rows, event in recording.events() if event.name == "undo"]
        state = RunState()
        state.take(recording.update(0, undone_at - 1))
        assert (state.step, len(state.train_loss), state.undone, state.hparams["lr"]) == (60, 60, [], 0.03)
        state.take(recording.update(undone_at - 1, undone_at))
        assert (state.step, len(state.train_loss), len(state.undone), state.hparams) == (40, 40, 1, {})
        state.take(recording.update(undone_at, undone_at - 1))
        assert (state.step, len(state.train_loss), state.undone, state.hparams["lr"]) == (60, 60, [], 0.03)

    def test_what_is_done_again_is_work_after_what_was_undone(self) -> None:
        recording = recorded(tuned_run())
        assert recording.span(Ruler.STEPS) == (1, 120)
        for step_of_log, place in ((1, 1), (40, 40), (41, 61), (60, 80), (100, 120)):
            at = recording.at_step(step_of_log)
            assert recording.place_of(at, Ruler.STEPS) == place
        assert recording.moved(61, Ruler.STEPS, Ruler.CLOCK) == pytest.approx(6.1)

    def test_stepping_by_epochs_stops_where_it_went_back(self) -> None:
        head, _ = player(recorded(tuned_run()), at_step=40)
        steps = []
        for _ in range(4):
            head.step(1)
            state = RunState()
            state.take(head.recording.update(0, head.rows))
            steps.append(state.step)
        assert steps == [50, 40, 50, 60]

    @pytest.mark.parametrize("seed", range(40))
    def test_any_moment_is_what_the_log_was_then(self, seed: int) -> None:
        records = random_log(seed, clock_may_stand=False)
        recording = recorded(records)
        assert recording.total == len(records)
        played = RunState()
        shown = 0
        for rows in (*np.random.default_rng(seed).integers(0, len(records) + 1, 12).tolist(), len(records)):
            played.take(recording.update(shown, rows))
            shown, read = rows, RunState()
            read.extend(decode(b"".join(map(to_line, records[:rows])).rstrip(b"\n")))
            assert (played.step, played.epoch, played.best, played.hparams) == (
                read.step,
                read.epoch,
                read.best,
                read.hparams,
            )
            np.testing.assert_array_equal(played.train_loss.raw.values, read.train_loss.raw.values)
            np.testing.assert_array_equal(played.val_loss.raw.values, read.val_loss.raw.values)
            assert [len(each.train_loss) for each in played.undone] == [len(each.train_loss) for each in read.undone]

    @pytest.mark.parametrize("seed", range(40))
    def test_places_never_go_back(self, seed: int) -> None:
        recording = recorded(random_log(seed))
        for ruler in Ruler:
            assert (np.diff(recording.along(ruler)) >= 0).all()
        assert all(0 <= recording.at_step(step) <= recording.total for step in range(0, 120, 7))
