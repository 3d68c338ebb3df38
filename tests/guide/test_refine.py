"""Step 5: the best of the grid for longer, with several seeds; what is better beyond the noise, and what is not."""

import math
from collections.abc import Callable

import pytest
from guide import works

from dltui.guide.options import Options
from dltui.guide.result import Curves, Judgement
from dltui.guide.steps.table import refine
from dltui.guide.trial import Trial
from dltui.series.state import RunState

THREE = [{"lr": 0.01, "weight_decay": 0.0}, {"lr": 0.005, "weight_decay": 0.0}, {"lr": 0.02, "weight_decay": 1e-4}]


def by_lr(losses: dict[float, tuple[float, float]]) -> Callable[[Trial], RunState]:
    """A training comes to the loss of its learning rate and seed."""
    return lambda trial: works.trained(val=(2.3, losses[float(trial.settings["lr"])][int(trial.settings["seed"])]))  # type: ignore[arg-type]


def desk(losses: dict[float, tuple[float, float]], **rest: object) -> works.Desk:
    return works.Desk(by_lr(losses), looked=works.report(models=[works.model_report()]), candidates=THREE, **rest)  # type: ignore[arg-type]


CLEAR = {0.01: (0.40, 0.41), 0.005: (0.20, 0.21), 0.02: (0.60, 0.61)}


def test_the_best_is_handed_on() -> None:
    work = desk(CLEAR)
    result = refine.run(work)
    assert result.handed.settings == {"lr": 0.005, "weight_decay": 0.0}
    assert result.said.key == "refine.clear" and result.judgement is Judgement.SOUND
    assert len(work.asked) == 6


def test_without_decay_of_the_learning_rate_and_with_the_same_epochs_for_all() -> None:
    work = desk(CLEAR)
    refine.run(work)
    assert {trial.settings["schedule"] for trial in work.asked} == {"constant"}
    assert len({trial.settings["epochs"] for trial in work.asked}) == 1


def test_what_lies_within_the_noise_is_not_called_better() -> None:
    result = refine.run(desk({0.01: (0.40, 0.46), 0.005: (0.39, 0.45), 0.02: (0.60, 0.61)}))
    assert result.said.key == "refine.within_noise"
    assert result.handed.settings["lr"] == 0.005


@pytest.mark.parametrize(("left_s", "trials"), [(1000.0, 6), (0.6, 2)])
def test_less_time_makes_for_fewer_trials(left_s: float, trials: int) -> None:
    work = desk(CLEAR, left_s=left_s)
    refine.run(work)
    assert len(work.asked) == trials


def test_what_the_clock_decided_once_holds() -> None:
    work = desk(CLEAR, left_s=1000.0)
    refine.run(work)
    first = work.names
    work.left_s = 0.1  # taken up again after a kill, with less time
    work.calls.clear()
    refine.run(work)
    assert work.names == first


def test_twelve_samples_get_more_than_twenty_steps() -> None:
    work = works.Desk(task="polynomial", looked=works.regression(models=[works.model_report()]))
    refine.run(work)
    assert all(int(trial.settings["epochs"]) >= refine.LEAST_STEPS for trial in work.asked)  # type: ignore[arg-type]


def test_a_trial_that_died_is_told_and_the_others_decide() -> None:
    def answer(trial: Trial) -> RunState:
        if trial.settings["lr"] == 0.005:
            return works.failed(val=(2.3,), train=())
        return by_lr(CLEAR)(trial)

    result = refine.run(works.Desk(answer, looked=works.report(models=[works.model_report()]), candidates=THREE))
    assert result.handed.settings["lr"] == 0.01
    assert "refine.failed" in works.keys(result)


def test_if_all_die_that_is_a_fault() -> None:
    work = works.Desk(lambda trial: works.failed(val=(math.nan,), train=()), looked=works.report())
    result = refine.run(work)
    assert result.judgement is Judgement.FAULT and not result.handed.settings
    works.say_all(result)


def test_no_time_for_any_trial_is_no_fault() -> None:
    result = refine.run(works.Desk(looked=works.report(), candidates=THREE, most=0))
    assert result.judgement is Judgement.DOUBTFUL
    works.say_all(result)


def test_it_works_without_a_grid_before_it() -> None:
    work = works.Desk(looked=works.report())
    result = refine.run(work)
    assert result.handed.settings == {} and len(work.asked) == refine.SEEDS
    works.say_all(result)


def test_a_schedule_that_the_user_gave_stays() -> None:
    work = works.Desk(looked=works.report(), options=Options(settings={"schedule": "cosine"}))
    refine.run(work)
    assert all("schedule" not in trial.settings for trial in work.asked)


def test_it_is_shown_while_it_runs_and_every_sentence_can_be_said() -> None:
    work = desk(CLEAR)
    result = refine.run(work)
    works.say_all(result)
    assert work.shown
    assert isinstance(result.plot, Curves) and [line.role for line in result.plot.lines] == ["main", "other", "other"]
