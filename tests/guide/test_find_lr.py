"""Step 3: many learning rates in, one out; a fault only where it is sure."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from guide.works import Desk, failed, keys, model_report, outcome, regression, report, say_all, trained

from dltui.guide.options import Options
from dltui.guide.result import Curves, Judgement
from dltui.guide.steps.find_lr import step as find_lr
from dltui.guide.steps.find_lr.sweep import Sweep, Try
from dltui.guide.steps.find_lr.worth_learning import Learned, Nothing, lowest, neighbours_know, still_falls
from dltui.guide.trial import Trial
from dltui.series.state import RunState
from dltui.texts.guide import Said

UNTRAINED = 2.3
RATES = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0]
DIGITS = [2.29, 2.26, 2.13, 1.42, 0.31, 0.18, 0.135, 0.103, 0.72, 2.31, 2.84]
NAN = math.nan


def tried(lr: float, val: float, train: float | None = None, **rest: Any) -> Try:
    return Try(lr=lr, untrained=UNTRAINED, val=val, first=UNTRAINED, train=val if train is None else train, **rest)


def sweep(vals: list[float], rates: list[float] = RATES) -> Sweep:
    return Sweep([tried(lr, val) for lr, val in zip(rates, vals, strict=False)])


def ending(val: float, train: float | None = None, lr: float | None = None, steps: int = 40) -> RunState:
    """A training that goes from the untrained loss to those."""
    curve = np.linspace(UNTRAINED, val if train is None else train, steps)
    return trained(train=curve, val=np.linspace(UNTRAINED, val, 13), lr=None if lr is None else np.full(steps, lr))


def of(losses: Callable[[float], float], train: float | None = None) -> Callable[[Trial], RunState]:
    """Each learning rate has a curve of its own, if only by a little."""
    return lambda trial: ending(losses(lr_of(trial)) + little(trial), train and train + little(trial))


def lr_of(trial: Trial) -> float:
    return float(str(trial.settings["lr"]))


def little(trial: Trial) -> float:
    return 1e-4 * math.log10(lr_of(trial))


def like_digits(lr: float) -> float:
    return float(np.interp(math.log(lr), np.log(RATES), DIGITS))


@pytest.mark.parametrize(
    ("vals", "chosen"),
    [
        pytest.param(DIGITS, 0.03, id="the lowest loss, where the next is worse and yet learns"),
        pytest.param([*DIGITS[:7], 0.134, *DIGITS[8:]], 0.01, id="of two that are alike the lower"),
        pytest.param([*DIGITS[:7], 0.12, *DIGITS[8:]], 0.03, id="a tenth lower is not alike"),
        pytest.param([*DIGITS[:8], 2.31, 2.3, 2.9], 0.01, id="away from the edge"),
        pytest.param([2.29] * 7 + [0.1, 2.31, 2.3, 2.9], 0.03, id="no step back to where little is learned"),
        pytest.param([*DIGITS[:7], NAN, NAN, math.inf, NAN], 3e-3, id="the edge may be no number"),
        pytest.param([NAN] * 11, None, id="nothing"),
        pytest.param([], None, id="nothing tried"),
    ],
)
def test_which_learning_rate_is_taken(vals: list[float], chosen: float | None) -> None:
    found = sweep(vals).chosen
    assert (found.lr if found else None) == chosen


def test_the_order_of_the_trials_does_not_matter() -> None:
    tries = sweep(DIGITS).tries
    for order in itertools.islice(itertools.permutations(tries), 0, 40_000, 1999):
        one = Sweep(order)
        assert one.chosen == sweep(DIGITS).chosen
        assert one.band == sweep(DIGITS).band


def test_the_band_has_half_of_the_gain() -> None:
    assert [each.lr for each in sweep(DIGITS).band] == [1e-3, 3e-3, 0.01, 0.03]
    assert all(sweep(DIGITS).gain(each) >= math.log(UNTRAINED / 0.103) / 2 for each in sweep(DIGITS).band)


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (tried(1e-3, 0.5), "learned"),
        (tried(1e-3, 2.31), "no_gain"),
        (tried(1e-3, 2.33), "diverged"),
        (tried(1e-3, 2.33, 0.1), "worse"),
        (tried(1e-3, 2.25, 3.74), "diverged"),
        (tried(1e-3, 2.25, 2.6), "learned"),
        (tried(1e-3, NAN), "diverged"),
        (tried(1e-3, math.inf), "diverged"),
        (tried(1e-3, NAN, failed=True), "failed"),
        (tried(1e-3, 0.0), "learned"),
    ],
)
def test_what_one_came_to(one: Try, verdict: str) -> None:
    assert Sweep([one, tried(1e-5, 2.29)]).verdict(one) == verdict


def test_a_sound_task() -> None:
    work = Desk(of(like_digits), looked=report())
    result = find_lr.run(work)
    assert result.judgement is Judgement.SOUND
    assert result.handed.settings == {"lr": 0.03}
    assert keys(result)[0] == "find_lr.found"
    assert work.names.count("range-test") == 1 and len(work.names) == 12
    assert isinstance(result.plot, Curves) and result.plot.x == "lr"
    assert result.plot.band == (1e-3, 0.03)
    assert [spot.x for spot in result.plot.spots] == [0.03]
    assert result.table is not None and len(result.table.rows) == 11
    say_all(result)


def test_the_trials_have_little_that_regularises_and_what_the_user_gave() -> None:
    work = Desk(
        of(like_digits),
        looked=report(),
        options=Options(settings={"dropout": "0.3", "schedule": "cosine"}),
        settings={},
    )
    find_lr.run(work)
    for trial in work.asked[:-1]:
        assert trial.settings["weight_decay"] == 1e-5
        assert trial.settings["schedule"] == "constant"
        assert trial.settings["max_steps"] == 100
        assert "dropout" not in trial.settings
    assert work.asked[-1].settings["schedule"] == "range_test"


def test_a_range_whose_end_is_best_is_widened() -> None:
    options = Options(lr_low=1e-5, lr_high=1e-3, lr_points=5)
    result = find_lr.run(Desk(of(like_digits), looked=report(), options=options))
    assert result.handed.settings == {"lr": 0.03}
    assert "find_lr.widened_high" in keys(result)


def test_widening_has_an_end() -> None:
    options = Options(lr_low=1e-7, lr_high=1e-6, lr_points=3)
    result = find_lr.run(Desk(of(lambda lr: UNTRAINED * 1e-3 / (1e-3 + 10 * lr)), looked=report(), options=options))
    assert result.judgement is Judgement.DOUBTFUL
    assert result.handed.settings in ({}, {"lr": 1e-4})


def test_labels_that_nothing_tells() -> None:
    """Learned by heart: the training loss falls, the validation loss never does."""
    chance = report(neighbour_score=0.1)
    work = Desk(of(lambda lr: 2.31, train=1.0), looked=chance)
    result = find_lr.run(work)
    assert result.judgement is Judgement.FAULT
    assert result.said.key == "find_lr.nothing_learned"
    assert not result.handed.settings
    assert [name for name in work.names if name.endswith("-500-steps")], "it is tried for longer before"


@pytest.mark.parametrize(
    ("answer", "looked", "key"),
    [
        pytest.param(of(lambda lr: 2.31), report(), "neighbours_know", id="the inputs tell the labels"),
        pytest.param(of(lambda lr: 2.31), report(n_val=12, neighbour_score=0.1), "too_few_samples", id="few samples"),
        pytest.param(of(lambda lr: 2.2), report(neighbour_score=0.1), "little", id="a little"),
        pytest.param(of(lambda lr: 2.31), None, "nothing_yet", id="nothing known of the data"),
        pytest.param(of(lambda lr: 1.6), report(neighbour_score=0.1), "found", id="hard and healthy"),
        pytest.param(
            of(lambda lr: 2.1, train=2.1),
            regression(constant_loss=2.3, neighbour_score=-0.1),
            "little",
            id="weak table",
        ),
    ],
)
def test_what_is_no_fault(answer: Callable[[Trial], RunState], looked: object, key: str) -> None:
    result = find_lr.run(Desk(answer, looked=looked))
    assert result.said.key == f"find_lr.{key}"
    assert result.judgement is not Judgement.FAULT


def test_what_shows_only_after_more_steps_is_learned() -> None:
    def answer(trial: Trial) -> RunState:
        return ending((1.2 if trial.settings["max_steps"] == 500 else 2.3) + little(trial))

    result = find_lr.run(Desk(answer, looked=report(neighbour_score=0.1)))
    assert keys(result)[0].startswith("find_lr.found")
    assert "find_lr.slow" in keys(result)


def test_what_still_falls_is_a_doubt() -> None:
    def answer(trial: Trial) -> RunState:
        ends = 2.26 if trial.settings["max_steps"] == 500 else 2.3
        return trained(train=np.full(40, 2.3), val=np.linspace(2.3, ends + little(trial), 13))

    result = find_lr.run(Desk(answer, looked=report(neighbour_score=0.1)))
    assert result.said.key == "find_lr.still_falls"


def test_a_learning_rate_without_effect() -> None:
    same = np.concatenate([[2.3], np.full(39, 4.0)])
    result = find_lr.run(Desk(lambda trial: trained(train=same, val=[2.3, 4.0]), looked=report()))
    assert (result.judgement, result.said.key) == (Judgement.FAULT, "find_lr.without_effect")


def test_nothing_that_moves() -> None:
    batches = 2.3 + 0.01 * np.sin(np.arange(40))
    result = find_lr.run(Desk(lambda trial: trained(train=batches, val=[2.3, 2.3]), looked=report()))
    assert (result.judgement, result.said.key) == (Judgement.FAULT, "find_lr.nothing_moves")


def test_curves_that_differ_in_the_fifth_digit_are_others() -> None:
    """Weights that begin at zero: so it is at the lowest learning rates."""
    state = of(lambda lr: 2.3)
    assert find_lr.run(Desk(state, looked=report())).said.key == "find_lr.neighbours_know"


@pytest.mark.parametrize(("logged", "wrong"), [(10.0, True), (1.0005, False)])
def test_another_learning_rate_in_the_log(logged: float, wrong: bool) -> None:
    def answer(trial: Trial) -> RunState:
        lr = lr_of(trial)
        return ending(like_digits(lr), lr=logged if wrong else logged * lr)

    result = find_lr.run(Desk(answer, looked=report()))
    assert (result.said.key == "find_lr.other_rate") is wrong


def test_all_diverge() -> None:
    result = find_lr.run(Desk(of(lambda lr: 100.0 + lr), looked=report()))
    assert (result.judgement, result.said.key) == (Judgement.FAULT, "find_lr.all_diverged")
    assert "1e-7" in result.table.rows[0] if result.table else False, "lower ones have been tried"


def test_all_are_no_number() -> None:
    result = find_lr.run(Desk(lambda trial: trained(train=[2.3, NAN], val=[2.3, NAN]), looked=report()))
    assert result.said.key == "find_lr.all_diverged"
    say_all(result)


def test_all_break_off() -> None:
    result = find_lr.run(Desk(lambda trial: failed(train=[], val=[]), looked=report()))
    assert (result.judgement, result.said.key) == (Judgement.FAULT, "find_lr.all_failed")


def test_one_that_breaks_off_is_a_row() -> None:
    def answer(trial: Trial) -> RunState:
        return failed(train=[], val=[]) if trial.name == "lr-1" else of(like_digits)(trial)

    result = find_lr.run(Desk(answer, looked=report()))
    assert result.handed.settings == {"lr": 0.03}
    assert "find_lr.failed" in keys(result)
    assert result.table is not None and result.table.rows[-1] == ["1", None, None, None, Said(key="marks.failed")]


@pytest.mark.parametrize("most", [0, 1, 2, 5, 11])
def test_time_that_is_up(most: int) -> None:
    result = find_lr.run(Desk(of(like_digits), looked=report(), most=most))
    assert result.judgement is Judgement.DOUBTFUL or most == 11
    assert (result.said.key == "find_lr.no_time") is (most == 0)
    say_all(result)


def test_a_trial_that_was_cut_short_is_not_compared() -> None:
    def answer(trial: Trial) -> object:
        return outcome(trained(val=[2.3]), trial, by_guide=True)

    assert find_lr.run(Desk(answer, looked=report())).said.key == "find_lr.no_time"


def test_little_time_makes_fewer_steps() -> None:
    looked = report(models=[model_report(step_s=0.01, validation_s=0.01)])
    work = Desk(of(like_digits), looked=looked, left_s=5.0)
    result = find_lr.run(work)
    assert 20 <= int(str(work.asked[0].settings["max_steps"])) < 100
    assert "find_lr.fewer_steps" in keys(result)


def test_hardly_any_time_makes_fewer_learning_rates() -> None:
    looked = report(models=[model_report(step_s=0.1, validation_s=0.1)])
    work = Desk(of(like_digits), looked=looked, left_s=3.0)
    result = find_lr.run(work)
    assert 4 <= len(work.calls[0]) < 11 and "range-test" not in work.names
    assert "find_lr.fewer_rates" in keys(result)


@pytest.mark.parametrize(
    ("lr", "losses", "key"),
    [
        ("0.01", like_digits, "given_good"),
        ("1e-5", like_digits, "given_doubtful"),
        ("10", lambda lr: 2.5 + lr / 100, "given_diverged"),
    ],
)
def test_a_learning_rate_that_is_given(lr: str, losses: Callable[[float], float], key: str) -> None:
    work = Desk(of(losses), looked=report(neighbour_score=0.1), options=Options(settings={"lr": lr}))
    result = find_lr.run(work)
    assert result.said.key == f"find_lr.{key}"
    assert not result.handed.settings
    assert len(work.calls[0]) == 3
    say_all(result)


def test_it_comes_to_the_same_when_it_is_asked_again() -> None:
    assert find_lr.run(Desk(of(like_digits), looked=report())) == find_lr.run(Desk(of(like_digits), looked=report()))


@pytest.mark.parametrize(
    ("loss", "n_val", "learned"),
    [
        (1.5, 360, Learned.CLEARLY),
        (2.25, 360, Learned.NOTHING),
        (2.19, 360, Learned.UNCLEAR),
        (2.19, 10_000, Learned.UNCLEAR),
        (2.1, 10_000, Learned.CLEARLY),
        (2.1, 20, Learned.NOTHING),
        (NAN, 360, Learned.NOTHING),
        (math.inf, 360, Learned.NOTHING),
    ],
)
def test_how_sure_it_is_that_something_was_learned(loss: float, n_val: int, learned: Learned) -> None:
    assert Nothing(loss=2.3, n_val=n_val, takes_squares=False).learned(loss) is learned


def test_the_level_of_a_curve() -> None:
    assert lowest([9.0, 2.0, 1.0, 3.0, 5.0]) == pytest.approx(2.0)
    assert lowest([9.0, 2.0]) == 2.0
    assert math.isnan(lowest([9.0])) and math.isnan(lowest([])) and math.isnan(lowest([9.0, NAN]))


def test_a_curve_that_falls_and_one_that_wavers() -> None:
    nothing = Nothing(loss=2.3, n_val=360, takes_squares=False)
    assert still_falls(np.linspace(2.4, 2.25, 13).tolist(), nothing)
    assert not still_falls((2.3 + 0.02 * np.sin(np.arange(13))).tolist(), nothing)
    assert not still_falls([2.3, 2.2, NAN], nothing)
    assert still_falls(np.linspace(3.0, 2.35, 13).tolist(), nothing), "slowly, from a bad start"
    leap = [2.3, *np.linspace(4.0, 2.299, 12)]
    assert not still_falls(leap, nothing), "it only comes back from where a step too long had led"


def test_neighbours() -> None:
    assert neighbours_know(report())
    assert not neighbours_know(report(neighbour_score=0.12))
    assert not neighbours_know(report(neighbour_score=None)) and not neighbours_know(None)
    assert neighbours_know(regression(val_compared=200, neighbour_score=0.8))
    assert not neighbours_know(regression(val_compared=88, neighbour_score=0.1))
