"""Step 6: the loop of looking and changing, how it ends, and what it was worth."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from diagnosis import curves
from guide import works

from dltui.guide.options import Options
from dltui.guide.outcome import Outcome
from dltui.guide.result import Judgement
from dltui.guide.steps.look_at_curves import step as look_at_curves
from dltui.guide.steps.look_at_curves.rounds import HOPELESS_FROM, is_hopeless
from dltui.guide.trial import FINAL, Trial
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.runlog import Value


def course(end: float, length: int = 30) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A sound validation loss that ends at ``end``."""
    return end + (2.3 - end) * np.exp(-8 * np.arange(length) / length)


def training(end: float) -> RunState:
    return works.trained(train=course(0.9 * end, 300), val=course(end))


def loss_of(settings: Mapping[str, Value]) -> float:
    """A made-up truth: batch norm helps, dropout helps with it, all else hurts; and seeds differ by 2 %."""
    loss = 0.4
    loss *= 0.6 if settings.get("norm") == "batch" else 1.0
    loss *= 0.7 if settings.get("dropout") else 1.0
    others = set(settings) - {"norm", "dropout", "seed", "epochs", "lr"}
    return loss * 1.3 ** len(others) * (1 + 0.02 * int(settings.get("seed") or 0))  # type: ignore[call-overload]


def desk(**rest: object) -> works.Desk:
    looked = works.report(models=[works.model_report()])
    return works.Desk(lambda trial: training(loss_of(trial.settings)), looked=looked, **rest)  # type: ignore[arg-type]


def test_it_keeps_what_helps_and_ends_with_the_final_run() -> None:
    work = desk()
    result = look_at_curves.run(work)
    assert result.handed.settings["norm"] == "batch" and result.handed.settings["dropout"]
    assert set(result.handed.settings) <= {"norm", "dropout", "seed", "epochs", "lr"}
    assert work.asked[-1].name == FINAL
    assert work.asked[-1].settings.items() >= result.handed.settings.items()


def test_nothing_is_tried_twice() -> None:
    work = desk()
    look_at_curves.run(work)
    tried = [tuple(sorted((name, str(value)) for name, value in each.settings.items())) for each in work.asked[3:-1]]
    assert len(set(tried)) == len(tried)


def test_the_difference_to_the_defaults_is_told() -> None:
    result = look_at_curves.run(desk(settings={"lr": 0.01, "norm": "layer"}))
    assert result.said.key == "look_at_curves.final_lower"
    assert result.said.places["before"] == pytest.approx(0.4, rel=0.05)


def test_the_run_before_has_the_defaults_and_what_the_user_gave() -> None:
    options = Options(settings={"train_size": "500"})
    work = desk(settings={"lr": 0.02, "model": "cnn"}, options=options)
    look_at_curves.run(work)
    [before] = [each for each in work.asked if each.name == look_at_curves.BEFORE]
    assert before.settings["model"] == "mlp" and float(before.settings["lr"]) == 0.001  # type: ignore[arg-type]
    assert "train_size" not in before.settings


def test_what_the_user_gave_is_never_changed() -> None:
    work = desk(options=Options(settings={"norm": "none", "dropout": "0"}))
    look_at_curves.run(work)
    changed = {name for each in work.asked if each.name != look_at_curves.BEFORE for name in each.settings}
    assert not changed & {"norm", "dropout"}


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_no_more_rounds_than_asked_for(rounds: int) -> None:
    result = look_at_curves.run(desk(options=Options(rounds=rounds)))
    assert sum(each.said.key.startswith("look_at_curves.round") for each in result.checks) <= rounds


def test_it_ends_when_nothing_is_better_any_more() -> None:
    work = works.Desk(lambda trial: training(0.1), looked=works.report(models=[works.model_report()]))
    result = look_at_curves.run(work)
    assert result.handed.settings.keys() == {"epochs", "seed"}
    assert all(check.said.key != "look_at_curves.round_kept" for check in result.checks)


def test_little_time_is_left_for_the_final_run() -> None:
    work = desk(left_s=3.0)
    look_at_curves.run(work)
    assert FINAL in [trial.name for trial in work.calls[-1]]
    assert work.decided["epochs"] is not None


def test_time_that_is_left_makes_the_final_run_longer() -> None:
    work = desk(left_s=100.0, options=Options(rounds=0))
    result = look_at_curves.run(work)
    final, again = work.calls[-1]
    assert int(final.settings["epochs"]) > int(work.decided["epochs"])  # type: ignore[arg-type]
    assert final.settings["seed"] != again.settings["seed"]
    assert result.handed.settings["epochs"] == final.settings["epochs"]


def test_epochs_that_the_user_gave_hold_for_the_final_run() -> None:
    work = desk(left_s=100.0, options=Options(rounds=0, settings={"epochs": "20"}))
    look_at_curves.run(work)
    [final] = work.calls[-1]
    assert "epochs" not in final.settings


def test_a_low_loss_of_curves_that_are_not_sound_is_not_kept() -> None:
    """Batch norm would lower the loss, by one lucky validation of a training that then runs away."""

    def answer(trial: Trial) -> RunState:
        if trial.settings.get("norm") == "batch":
            away = np.concatenate([course(0.1, 10), np.linspace(0.5, 9.0, 20)])
            return works.trained(train=np.repeat(away, 10), val=away)
        return training(0.4)

    work = works.Desk(answer, looked=works.report(models=[works.model_report()]), options=Options(rounds=2))
    result = look_at_curves.run(work)
    assert "norm" not in result.handed.settings


def test_defaults_that_are_better_are_gone_on_from() -> None:
    def answer(trial: Trial) -> RunState:
        return training(0.9 if trial.settings.get("lr") is None else 0.3)

    looked = works.report(models=[works.model_report()])
    work = works.Desk(answer, looked=looked, settings={"lr": 0.5}, options=Options(rounds=0))
    result = look_at_curves.run(work)
    assert "look_at_curves.went_back" in works.keys(result)
    assert float(result.handed.settings["lr"]) == 0.001  # type: ignore[arg-type]


def test_what_the_clock_decided_once_holds() -> None:
    work = desk(left_s=30.0)
    look_at_curves.run(work)
    first = work.names
    epochs = work.decided["epochs"]
    work.calls.clear()
    work.left_s = 25.0  # taken up again after a kill
    look_at_curves.run(work)
    assert work.decided["epochs"] == epochs
    assert work.names == first


def test_if_nothing_trains_that_is_a_fault() -> None:
    work = works.Desk(lambda trial: works.failed(val=(math.nan,), train=()), looked=works.report())
    result = look_at_curves.run(work)
    assert result.judgement is Judgement.FAULT
    assert FINAL not in work.names
    works.say_all(result)


def test_no_time_at_all_is_no_fault() -> None:
    result = look_at_curves.run(desk(most=0))
    assert result.judgement is Judgement.DOUBTFUL


def test_where_no_final_run_can_be_made_the_trial_that_it_would_repeat_is_it() -> None:
    result = look_at_curves.run(desk(options=Options(rounds=0), most=3))
    assert result.handed.final == "r0-seed0"
    works.say_all(result)


def test_a_final_run_that_was_cut_short_gives_way_to_the_trial_that_was_not() -> None:
    def answer(trial: Trial) -> Outcome:
        cut = trial.name == FINAL
        return works.outcome(training(0.9 if cut else loss_of(trial.settings)), by_guide=cut)

    looked = works.report(models=[works.model_report()])
    result = look_at_curves.run(works.Desk(answer, looked=looked, options=Options(rounds=0)))
    assert result.handed.final == "r0-seed0"


def test_the_final_run_is_named() -> None:
    assert look_at_curves.run(desk(options=Options(rounds=0))).handed.final == FINAL


def test_defaults_that_were_cut_short_are_no_measure() -> None:
    def answer(trial: Trial) -> Outcome:
        return works.outcome(training(loss_of(trial.settings)), by_guide=trial.name == look_at_curves.BEFORE)

    looked = works.report(models=[works.model_report()])
    result = look_at_curves.run(works.Desk(answer, looked=looked, options=Options(rounds=0)))
    assert result.said.key == "look_at_curves.final"


def test_a_failed_final_run_is_told_and_the_settings_stand() -> None:
    def answer(trial: Trial) -> RunState:
        if trial.name == FINAL:
            return works.failed(val=(2.3,), train=())
        return training(loss_of(trial.settings))

    result = look_at_curves.run(works.Desk(answer, looked=works.report(models=[works.model_report()])))
    assert result.checks[0].said.key == "look_at_curves.failed"
    assert result.handed.settings["norm"] == "batch"


def test_curves_that_are_not_healthy_are_doubtful() -> None:
    turning = np.concatenate([course(0.5, 15), np.linspace(0.5, 2.0, 30)])
    work = works.Desk(
        lambda trial: works.trained(train=course(0.01, 450), val=turning),
        looked=works.report(models=[works.model_report()]),
        options=Options(rounds=1),
    )
    result = look_at_curves.run(work)
    assert result.judgement is Judgement.DOUBTFUL
    assert any("overfitting" in sentence for sentence in works.sentences(result))


def outcome_at(share: float, losses: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Outcome:
    """A training of 30 epochs under way, of which that share is done."""
    done = max(2, round(share * len(losses)))
    train = np.linspace(2.3, 0.5, curves.EPOCH * (done - 1))
    plan = curves.plan(epochs=len(losses) - 1)
    state = works.trained(train=train, val=losses[:done], status=RunStatus.RUNNING, manifest=plan)
    return works.outcome(state)


@pytest.mark.parametrize(
    ("share", "worse", "hopeless"), [(0.6, 1.5, True), (0.6, 1.1, False), (0.6, 0.9, False), (0.2, 1.5, False)]
)
def test_a_trial_far_behind_is_stopped_but_not_at_the_start(share: float, worse: float, hopeless: bool) -> None:
    present = works.outcome(training(0.4))
    behind = outcome_at(share, worse * course(0.4))
    assert (behind.state.progress >= HOPELESS_FROM) is (share > HOPELESS_FROM)
    assert is_hopeless(behind, present) is hopeless


def test_every_sentence_can_be_said() -> None:
    work = desk()
    works.say_all(look_at_curves.run(work))
    assert work.shown
