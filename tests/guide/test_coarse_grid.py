"""Step 4: a grid of learning rate and weight decay, and which of its trials are stopped."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from guide.works import Desk, failed, keys, model_report, outcome, report, say_all, trained

from dltui.guide.options import Options
from dltui.guide.outcome import Outcome
from dltui.guide.result import HeatMap, Judgement
from dltui.guide.steps.coarse_grid import step as coarse_grid
from dltui.guide.steps.coarse_grid.early_stop import bad_ones
from dltui.guide.steps.coarse_grid.grid import Cell, Grid
from dltui.guide.trial import Trial
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.texts.guide import Said

NAN = math.nan
STEPS = 120


def of(loss: Callable[[float, float], float]) -> Callable[[Trial], RunState]:
    return lambda trial: ending(loss(*place(trial)))


def place(trial: Trial) -> tuple[float, float]:
    return float(str(trial.settings["lr"])), float(str(trial.settings["weight_decay"]))


def ending(val: float) -> RunState:
    return trained(train=np.linspace(2.3, val, STEPS), val=np.linspace(2.3, val, 11))


def bowl(lr: float, decay: float, best_lr: float = 0.01, best_decay: float = 1e-5) -> float:
    """Lowest at one place, and steeper than noise."""
    return 0.3 + 0.2 * abs(math.log2(lr / best_lr)) + 0.02 * abs(math.log10((decay + 1e-7) / best_decay))


def grid_of(*, settings: dict[str, object] | None = None, **rest: object) -> dict[str, object]:
    return {"looked": report(), "settings": {"lr": 0.01, **(settings or {})}, **rest}


def running(name: str, val: list[float], train: float = 1.0, status: RunStatus = RunStatus.RUNNING) -> Outcome:
    """A trial that has come as far as its validations, ten for all of its steps."""
    steps = (len(val) - 1) * STEPS // 10
    state = trained(train=np.full(max(steps, 1), train), val=val, status=status)
    return outcome(state, Trial(name=name))


def test_the_best_cell_and_some_to_choose_from() -> None:
    work = Desk(of(bowl), **grid_of())
    result = coarse_grid.run(work)
    assert result.judgement is Judgement.SOUND
    assert result.handed.settings == {"lr": 0.01, "weight_decay": 1e-5}
    assert result.handed.candidates[0] == result.handed.settings
    assert len(result.handed.candidates) == 3
    assert len({tuple(each.items()) for each in result.handed.candidates}) == 3
    assert isinstance(result.plot, HeatMap)
    assert result.plot.columns == ["5e-3", "0.01", "0.02"] and result.plot.rows == ["0", "1e-5", "1e-4", "1e-3"]
    assert result.plot.states[1][1] == "best"
    assert result.table is not None and len(result.table.rows) == 12
    assert result.table.rows[0][-1] == Said(key="marks.best")
    say_all(result)


def test_the_centre_comes_first() -> None:
    work = Desk(of(bowl), **grid_of())
    coarse_grid.run(work)
    assert {place(trial)[0] for trial in work.asked[:2]} == {0.01}
    assert {place(trial)[1] for trial in work.asked[:2]} == {1e-5, 1e-4}


@pytest.mark.parametrize(
    ("best", "grown", "lr", "decay"),
    [
        pytest.param((0.02, 1e-5), "high", 0.04, 0.0, id="higher"),
        pytest.param((0.005, 1e-5), "low", 0.0025, 0.0, id="lower"),
        pytest.param((0.01, 1e-3), "decay", 0.01, 0.01, id="more decay"),
    ],
)
def test_the_grid_grows_once_where_the_best_is_at_its_end(
    best: tuple[float, float], grown: str, lr: float, decay: float
) -> None:
    work = Desk(of(lambda lr, decay: bowl(lr, decay, *best)), **grid_of())
    result = coarse_grid.run(work)
    assert len(work.calls) == 2
    assert f"coarse_grid.grown_{grown}" in keys(result)
    assert result.handed.settings == {"lr": best[0], "weight_decay": best[1]}
    added = {place(trial) for trial in work.calls[1]}
    assert any(place_ == (lr, decay) for place_ in added) or any(each[1] == decay for each in added)


def test_a_best_one_beyond_what_was_added_is_a_doubt() -> None:
    result = coarse_grid.run(Desk(of(lambda lr, decay: bowl(lr, decay, 1.0)), **grid_of()))
    assert result.judgement is Judgement.DOUBTFUL
    assert "coarse_grid.at_high" in keys(result)
    assert result.handed.settings["lr"] == 0.04


def test_no_weight_decay_is_no_end() -> None:
    result = coarse_grid.run(Desk(of(lambda lr, decay: bowl(lr, decay, 0.01, 1e-7)), **grid_of()))
    assert result.judgement is Judgement.SOUND
    assert result.handed.settings == {"lr": 0.01, "weight_decay": 0.0}


@pytest.mark.parametrize(("spread", "alike"), [(0.01, True), (0.2, False)])
def test_differences_below_noise(spread: float, alike: bool) -> None:
    result = coarse_grid.run(Desk(of(lambda lr, decay: 0.5 * (1 + spread * (decay == 0))), **grid_of()))
    assert ("coarse_grid.alike" in keys(result)) is alike
    assert (result.judgement is Judgement.DOUBTFUL) is alike


@pytest.mark.parametrize(
    ("given", "columns", "rows", "names"),
    [
        ({"lr": "0.01"}, 1, 4, {"weight_decay"}),
        ({"weight_decay": "0.001"}, 3, 1, {"lr"}),
        ({"lr": "0.01", "weight_decay": "0.001"}, 1, 1, set()),
    ],
)
def test_what_is_given_is_not_varied(given: dict[str, str], columns: int, rows: int, names: set[str]) -> None:
    result = coarse_grid.run(Desk(of(bowl), **grid_of(options=Options(settings=given))))
    assert isinstance(result.plot, HeatMap)
    assert (len(result.plot.columns), len(result.plot.rows)) == (columns, rows)
    assert set(result.handed.settings) == names


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        pytest.param(lambda trial: failed(train=[], val=[]), "all_failed", id="break off"),
        pytest.param(of(lambda lr, decay: NAN), "all_diverged", id="no numbers"),
        pytest.param(of(lambda lr, decay: 100.0), "all_diverged", id="explode"),
    ],
)
def test_only_where_nothing_is_left_is_it_a_fault(answer: Callable[[Trial], RunState], key: str) -> None:
    result = coarse_grid.run(Desk(answer, **grid_of()))
    assert (result.judgement, result.said.key) == (Judgement.FAULT, f"coarse_grid.{key}")
    assert not result.handed.settings
    say_all(result)


def test_one_that_lives_is_no_fault() -> None:
    def answer(trial: Trial) -> RunState:
        return ending(0.5) if place(trial) == (0.01, 1e-5) else failed(train=[], val=[])

    result = coarse_grid.run(Desk(answer, **grid_of()))
    assert result.judgement is Judgement.DOUBTFUL
    assert result.handed.settings == {"lr": 0.01, "weight_decay": 1e-5}
    assert "coarse_grid.failed" in keys(result)


@pytest.mark.parametrize("most", [0, 1, 2, 7])
def test_time_that_is_up(most: int) -> None:
    result = coarse_grid.run(Desk(of(bowl), **grid_of(most=most)))
    assert result.judgement is Judgement.DOUBTFUL
    assert (result.said.key == "coarse_grid.no_time") is (most == 0)
    say_all(result)


@pytest.mark.parametrize(("left_s", "epochs", "rows"), [(math.inf, 9, 4), (5.0, None, 4), (1.0, None, 3)])
def test_little_time_makes_shorter_trials(left_s: float, epochs: int | None, rows: int) -> None:
    looked = report(models=[model_report(step_s=0.01, validation_s=0.01)])
    work = Desk(of(bowl), looked=looked, settings={"lr": 0.01}, left_s=left_s)
    result = coarse_grid.run(work)
    steps = int(str(work.asked[0].settings["max_steps"]))
    assert steps == 23 * epochs if epochs else 20 <= steps < 115
    assert isinstance(result.plot, HeatMap) and len(result.plot.rows) == rows
    assert ("coarse_grid.shorter" in keys(result)) is (epochs is None)


LEVEL = [2.3, 1.0, 0.8, 0.6, 0.5, 0.45, 0.4]
OTHERS = [running(f"other-{number}", [each * (1 + 0.02 * number) for each in LEVEL]) for number in range(5)]


@pytest.mark.parametrize(
    ("val", "stopped"),
    [
        pytest.param([2.3, 1.5, 1.4, 1.2, 1.1, 1.0, 0.9], True, id="far behind"),
        pytest.param([2.3, 1.5, 1.4, 1.2, 1.1], False, id="far behind before half of its steps"),
        pytest.param([2.3, 1.2, 1.0, 0.8, 0.7, 0.6, 0.55], False, id="behind and not far"),
        pytest.param([2.3, 0.5, 0.4, 0.3, 0.2, 0.2, 0.9], False, id="it was better once"),
        pytest.param([2.3, NAN], True, id="no number at once"),
        pytest.param([2.3, math.inf], True, id="infinite at once"),
        pytest.param([2.3], False, id="only begun"),
        pytest.param([], False, id="not begun"),
    ],
)
def test_which_are_stopped(val: list[float], stopped: bool) -> None:
    assert ("it" in bad_ones([*OTHERS, running("it", val)], STEPS)) is stopped


def test_one_that_shoots_up_is_stopped_at_once() -> None:
    wild = trained(train=[2.3, 50.0, 50.0], val=[2.3, 9.0], status=RunStatus.RUNNING)
    noisy = trained(train=[2.3, 2.2, 2.1], val=[2.3, 9.0], status=RunStatus.RUNNING)
    standing = [outcome(wild, Trial(name="wild")), outcome(noisy, Trial(name="noisy"))]
    assert bad_ones(standing, STEPS) == ["wild"]


def test_nothing_is_compared_with_few_others() -> None:
    bad = running("it", [2.3, 1.5, 1.4, 1.2, 1.1, 1.0, 0.9])
    assert bad_ones([*OTHERS[:3], bad], STEPS) == []
    assert bad_ones([*OTHERS[:4], bad], STEPS) == ["it"]


def test_the_best_third_goes_on_and_what_has_ended_is_left_alone() -> None:
    standing = [running(f"it-{number}", [each * 2**number for each in LEVEL]) for number in range(6)]
    assert bad_ones(standing, STEPS) == ["it-3", "it-4", "it-5"]
    ended = [running(each.trial.name, each.val_losses.tolist(), status=RunStatus.FINISHED) for each in standing]
    assert bad_ones(ended, STEPS) == []


def test_the_order_does_not_matter() -> None:
    standing = [running(f"it-{number}", [each * 2**number for each in LEVEL]) for number in range(6)]
    for order in itertools.islice(itertools.permutations(standing), 0, 720, 61):
        assert sorted(bad_ones(order, STEPS)) == ["it-3", "it-4", "it-5"]
    cells = {Cell(lr=0.1 * (number + 1), weight_decay=0.0): each for number, each in enumerate(standing)}
    for keyed in itertools.islice(itertools.permutations(cells.items()), 0, 720, 61):
        assert Grid(dict(keyed)).candidates == Grid(cells).candidates


def test_an_empty_grid() -> None:
    assert Grid({}).best is None and Grid({}).candidates == [] and Grid({}).open_side() == "" and not Grid({}).are_alike


def test_it_comes_to_the_same_when_it_is_asked_again() -> None:
    one, other = (coarse_grid.run(Desk(of(bowl), **grid_of())) for _ in range(2))
    assert one == other
