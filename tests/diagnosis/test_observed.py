"""One run as the rules see it: reduced, joined at restarts, laid beside each other, at any moment."""

import math

import numpy as np
import pytest
from diagnosis.curves import EPOCH, SECONDS, Values, along, epoch_means, falling, jittered, plan, run

from dltui.diagnosis.examine import examine
from dltui.diagnosis.observed import NonFinite, Observed
from dltui.diagnosis.reduction import MOST_BLOCKS
from dltui.diagnosis.rows import Series
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.runlog import Parent

STEPS = EPOCH * np.arange(1, 61)


def test_training_is_laid_beside_validation_whatever_its_cadence() -> None:
    steps = jittered(falling(600), 0.1)
    by_step, by_epoch = Observed(run(steps, falling(60))), Observed(run(epoch_means(steps), falling(60)))
    assert by_step.train_between.value == pytest.approx(epoch_means(steps))
    assert np.array_equal(by_step.train_between.value, by_epoch.train_between.value)
    assert by_step.train_between.step.tolist() == by_epoch.train_between.step.tolist() == (STEPS - EPOCH / 2).tolist()


def test_a_line_has_no_lag() -> None:
    line = 1 + 2 * along(600)
    train = Observed(run(line, line[9::10])).train_at_val
    assert train[:-1] == pytest.approx(line[9:-1:10], abs=0.003)  # the end is held
    assert Observed(run(epoch_means(line), line[9::10])).train_at_val == pytest.approx(train)


@pytest.mark.parametrize(
    ("validations", "trainings", "comparable"),
    [(60, 20, True), (60, 19, False), (60, 60, True), (60, 600, True), (6, 2, True)],
)
def test_a_training_value_to_every_third_validation(validations: int, trainings: int, comparable: bool) -> None:
    ends = EPOCH * np.arange(1, validations + 1)
    train_step = np.linspace(ends[0], ends[-1], trainings).astype(int)
    observed = Observed(run(falling(trainings), falling(validations), train_step=train_step, val_step=ends))
    assert observed.comparable is comparable


def test_without_one_of_the_two_nothing_is_comparable() -> None:
    assert not Observed(run(falling(60), None)).comparable
    assert not Observed(run(None, falling(60))).comparable
    assert np.isnan(Observed(run(None, falling(60))).train_at_val).all()


def test_long_series_are_reduced_and_their_count_is_kept() -> None:
    observed = Observed(run(falling(50_000), falling(5_000)))
    assert len(observed.train) == len(observed.val) == len(observed.val_smooth) == MOST_BLOCKS
    assert observed.validations == 5_000
    assert (observed.first_step, observed.last_step) == (1, 50_000)


@pytest.mark.parametrize("length", [100, 241, 7_000, 90_000])
@pytest.mark.parametrize("pieces", [1, 2])
def test_peaks_are_exact(length: int, pieces: int) -> None:
    values = jittered(np.ones(length), 0.1, length)
    at = np.random.default_rng(length).integers(0, length, 5)
    values[at] = 5.0 + np.arange(5)
    values[(at + 1) % length] = np.nan
    step = np.arange(length)
    if pieces == 2:  # resumed in the middle: what was written twice is taken from the later part
        half = length // 2
        step = np.concatenate([step[: half + 10], step[half:]])
        values = np.concatenate([values[:half], np.full(10, 99.0), values[half:]])
    observed = Observed(run(values, None, train_step=step))
    peaks = observed.train_peaks
    assert np.array_equal(peaks.step, observed.train.step)
    assert peaks.value.max() == np.nanmax(values[values < 50])
    assert (peaks.value >= observed.train.value).all()


def test_values_between_points_are_on_straight_lines_and_the_ends_are_held() -> None:
    series = Series(np.array([0.0, 10.0]), np.array([1.0, 3.0]))
    assert series.at(np.array([-5.0, 0.0, 5.0, 99.0])).tolist() == [1, 1, 2, 3]
    assert np.isnan(Series(np.empty(0), np.empty(0)).at(np.array([1.0]))).all()


def parts(*each: tuple[Values, Values]) -> Observed:
    """The parts of a log, (steps, values) each, in the order in which they were written."""
    step, value = (np.concatenate(columns) for columns in zip(*each, strict=True))
    return Observed(run(value, value, train_step=step, val_step=step))


def test_what_was_resumed_replaces_what_it_resumed() -> None:
    observed = parts((STEPS[:40], np.ones(40)), (STEPS[30:], np.full(30, 2.0)))
    assert observed.train.step.tolist() == STEPS.tolist()
    assert observed.train.value.tolist() == [1.0] * 30 + [2.0] * 30
    assert observed.restarts == 0


def test_resumed_again_and_again() -> None:
    observed = parts(
        (STEPS[:20], np.ones(20)),
        (STEPS[10:40], np.full(30, 2.0)),
        (STEPS[30:45], np.full(15, 3.0)),
        (STEPS[15:], np.full(45, 4.0)),
    )
    assert observed.train.value.tolist() == [1.0] * 10 + [2.0] * 5 + [4.0] * 45


@pytest.mark.parametrize(("back_to", "restarts"), [(1, 1), (3, 1), (4, 0), (10, 0)])
def test_back_to_the_first_twentieth_is_a_new_start(back_to: int, restarts: int) -> None:
    observed = parts((STEPS, np.ones(60)), (STEPS[back_to - 1 : 40], np.full(41 - back_to, 2.0)))
    assert observed.restarts == restarts
    assert observed.train.step[0] == (STEPS[back_to - 1] if restarts else STEPS[0])
    assert observed.train.value[-1] == 2.0


def test_two_new_starts() -> None:
    observed = parts((STEPS, np.ones(60)), (STEPS[:30], np.full(30, 2.0)), (STEPS[:20], np.full(20, 3.0)))
    assert (observed.restarts, observed.train.value.tolist()) == (2, [3.0] * 20)


def test_a_shuffled_log_is_put_in_order() -> None:
    order = np.random.default_rng(0).permutation(600)
    values = falling(600)
    observed = Observed(run(values[order], None, train_step=order))
    assert observed.train.value == pytest.approx(Observed(run(values, None, train_step=np.arange(600))).train.value)


CURVES = {
    "sound": (jittered(falling(600), 0.1), jittered(falling(60), 0.02)),
    "with a NaN": (np.where(np.arange(600) == 350, np.nan, falling(600)), falling(60)),
    "lost": (np.where(np.arange(600) > 400, 9.0, falling(600)), np.where(np.arange(60) > 40, 9.0, falling(60))),
    "overfitted": (falling(600, last=0.05, rate=5), 0.6 + np.abs(along(60) - 0.3)),
}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("with_plan", [True, False])
def test_an_earlier_moment_is_a_log_that_ends_there(name: str, with_plan: bool) -> None:
    train, val = CURVES[name]
    manifest = plan(expected_initial_loss=2.3) if with_plan else None
    state = run(train, val, manifest=manifest, lr=1e-3, grad_norm=1.0)
    for step in [1, 5, 10, 11, *range(50, 601, 50), 599]:
        ended = run(
            train[:step],
            val[: step // EPOCH],
            train_step=np.arange(1, step + 1),
            val_step=STEPS[: step // EPOCH],
            manifest=manifest,
            lr=1e-3,
            grad_norm=1.0,
        )
        assert examine(state, step) == examine(ended), step


def test_an_earlier_moment_of_a_resumed_log_is_one_of_the_whole() -> None:
    state = run(
        np.concatenate([falling(60)[:40], falling(60)[30:]]),
        np.concatenate([falling(60)[:40], falling(60)[30:]]),
        train_step=np.concatenate([STEPS[:40], STEPS[30:]]),
        val_step=np.concatenate([STEPS[:40], STEPS[30:]]),
    )
    for epochs in (6, 29, 30, 31, 39, 40, 45, 60):
        ended = run(falling(60)[:epochs], falling(60)[:epochs])
        assert examine(state, epochs * EPOCH) == examine(ended), epochs


def test_a_moment_before_the_first_record_and_one_after_the_last() -> None:
    state = run(falling(60), falling(60))
    assert examine(state, 0).reason == "no_loss"
    assert examine(state, 1e9) == examine(state)


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], None),
        ([1, np.nan, 3], [1, 2, 3], NonFinite(1, 20, False)),
        ([1, 2, np.inf], [1, 2, 3], NonFinite(1, 30, True)),
        ([1, np.nan, np.nan], [-np.inf, 2, 3], NonFinite(3, 10, True)),
        ([np.nan] * 3, [np.nan] * 3, NonFinite(6, 10, True)),
    ],
)
def test_what_is_no_number_is_counted(train: list[float], val: list[float], expected: NonFinite | None) -> None:
    assert Observed(run(train, val)).non_finite() == expected


def test_what_is_no_number_is_counted_in_the_part_that_counts() -> None:
    values = np.ones(120)
    values[[5, 70]] = np.nan  # the first in what was begun anew later
    observed = Observed(run(values, None, train_step=np.concatenate([STEPS, STEPS])))
    assert observed.non_finite() == NonFinite(1, STEPS[10], False)
    values = np.ones(70)
    values[[35, 45, 65]] = np.nan  # the first two in steps that were written again, one of them with a NaN
    observed = Observed(run(values, None, train_step=np.concatenate([STEPS[:40], STEPS[30:]])))
    assert observed.non_finite() == NonFinite(2, STEPS[35], False)


def test_a_nan_leaves_no_hole_in_the_series() -> None:
    values = falling(60)
    values[20:23] = np.nan
    observed = Observed(run(values, values))
    assert len(observed.train) == len(observed.val) == observed.validations == 57
    assert np.isfinite(observed.train_at_val).all()


@pytest.mark.parametrize(
    ("first_train", "first_val", "expected"),
    [(1, EPOCH, 7.0), (0, EPOCH, 7.0), (5, EPOCH, None), (1, 0, 8.0), (0, 0, 7.0)],
)
def test_the_loss_of_the_untrained_network(first_train: int, first_val: int, expected: float | None) -> None:
    train, val = np.concatenate([[7.0], np.ones(599)]), np.concatenate([[8.0], np.ones(59)])
    state = run(train, val, train_step=np.arange(600) + first_train, val_step=EPOCH * np.arange(60) + first_val)
    assert Observed(state).initial_loss == expected


def test_errors_take_the_place_of_losses_that_are_missing() -> None:
    observed = Observed(run(None, None, accuracy=1 - falling(60) / 3, train_accuracy=1 - falling(60) / 4))
    assert observed.on_error
    assert observed.val.value == pytest.approx(falling(60) / 3)
    assert observed.train_between.value == pytest.approx(falling(60) / 4)
    assert observed.initial_loss is None
    assert not Observed(run(falling(60), falling(60), accuracy=falling(60) / 3)).on_error


@pytest.mark.parametrize(("epochs", "share"), [(60, 1.0), (120, 0.5), (30, 1.0)])
def test_the_share_of_the_plan(epochs: int, share: float) -> None:
    observed = Observed(run(falling(60), falling(60), manifest=plan(epochs=epochs)))
    assert (observed.budget_share, observed.plan_known) == (share, True)
    assert Observed(run(falling(60), falling(60), hparams={"epochs": epochs})).budget_share == share


def test_without_a_plan_all_of_it_is_done() -> None:
    observed = Observed(run(falling(60), falling(60)))
    assert (observed.budget_share, observed.plan_known, observed.continued) == (1, False, False)
    assert math.isnan(observed.planned_steps)


@pytest.mark.parametrize(("step", "continued"), [(0, False), (500, True)])
def test_a_branch_goes_on_and_a_restart_begins(step: int, continued: bool) -> None:
    manifest = plan(parent=Parent(run="before", step=step, changed={}))
    assert Observed(run(falling(60), manifest=manifest)).continued is continued


def test_shares_of_the_run() -> None:
    observed = Observed(run(falling(60), falling(60)))
    assert [observed.share(step) for step in (10, 305, 600)] == [0, 0.5, 1]
    assert Observed(run([1.0], None)).share(1) == 1


def test_times_that_are_not_known() -> None:
    state = run(falling(60), falling(60), status=RunStatus.RUNNING, timed=False)
    assert Observed(state, now_s=1e9).silent_s is None
    timed = run(falling(60), falling(60), status=RunStatus.RUNNING)
    assert Observed(timed).silent_s is None
    assert Observed(timed, now_s=timed.last_s + 5).silent_s == 5
    assert Observed(timed).record_times.tolist() == pytest.approx((SECONDS * (STEPS - EPOCH)).tolist())


def test_a_measurement_is_read_by_its_name() -> None:
    observed = Observed(run(falling(60), falling(60), lr=0.1, accuracy=along(60)))
    assert observed.lr.value.tolist() == [0.1] * 60
    assert observed.metric("val_accuracy").value.tolist() == along(60).tolist()
    assert len(observed.metric("grad_norm")) == 0
    with pytest.raises(KeyError):
        observed.metric("unheard_of")


def test_nothing_is_known_of_an_empty_run() -> None:
    observed = Observed(RunState())
    assert (observed.first_step, observed.last_step, observed.validations, observed.restarts) == (0, 0, 0, 0)
    assert not len(observed.train) and not len(observed.train_peaks) and not len(observed.train_between)
    assert observed.non_finite() is None and observed.initial_loss is None and not observed.on_error
