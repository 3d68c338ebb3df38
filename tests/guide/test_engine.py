"""The engine: the order of the steps and their time, what a person asks meanwhile, faults, and to be taken up again."""

import errno
import os
from pathlib import Path

import pytest
from guide.engines import FAULT, Bench, bench, look, sound, step

from dltui.errors import GuideError
from dltui.guide.budget import KEPT, LATITUDE
from dltui.guide.engine import book
from dltui.guide.folder import STATE, is_at_work, take_lock
from dltui.guide.result import Curves, Level, Line, StepResult
from dltui.guide.state import Guide, GuideStatus, StepState
from dltui.guide.trial import Trial, Work
from dltui.texts.guide import Said
from dltui_trainers.errors import InvalidHyperparameterError

TWO_EACH = [f"s{number}-{name}" for number in range(1, 7) for name in "ab"]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are heard and states written each time, not only when some milliseconds have passed."""
    monkeypatch.setattr("dltui_trainers.control.POLL_S", 0.0)
    monkeypatch.setattr(book, "SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(os, "fsync", lambda fd: None)


def states(guide: Guide) -> str:
    """Return the states of the steps, a letter each."""
    return "".join(entry.state.value[0] for entry in guide.steps)


def test_the_steps_run_in_order_and_their_trials_are_kept(tmp_path: Path) -> None:
    there = bench(tmp_path)
    guide = there.run()
    assert there.began == TWO_EACH
    assert (guide.status, states(guide), guide.at, guide.pid) == (GuideStatus.FINISHED, "ddddddd", None, 0)
    assert [[trial.name for trial in entry.trials] for entry in guide.steps[:2]] == [[], ["s1-a", "s1-b"]]
    assert guide.looked is not None and there.runners[0].closed
    assert guide.seconds == pytest.approx(12.5)
    assert not is_at_work(there.folder)


def test_each_step_gets_its_share_of_what_is_left(tmp_path: Path) -> None:
    guide = bench(tmp_path).run()
    planned = [entry.planned_s for entry in guide.steps]
    whole = KEPT * 100
    assert planned[0] == pytest.approx(0.04 * whole)
    assert planned[1] == pytest.approx(2 * (whole - 0.5) / 96)
    assert planned[6] == pytest.approx(whole - 10.5)  # what the others left over


def test_without_a_budget_the_data_tell_one(tmp_path: Path) -> None:
    guide = bench(tmp_path, budget_s=0.0).run()
    assert guide.budget_s == 60.0
    assert guide.options.budget_s == 0.0


def test_a_step_that_takes_too_long_is_cut_and_the_last_one_at_its_end(tmp_path: Path) -> None:
    there = bench(tmp_path)
    there.seconds.update(dict.fromkeys(("s1-a", "s3-b", "s6-a"), 1000.0))
    guide = there.run()
    first = guide.steps[1]
    assert first.seconds == pytest.approx(LATITUDE * first.planned_s, abs=0.3)
    assert [trial.status for trial in first.trials] == ["stopped"]  # the other one was not begun
    assert first.trials[0].by_guide
    assert guide.status is GuideStatus.FINISHED
    assert guide.seconds == pytest.approx(KEPT * 100, abs=0.3)


def test_what_is_begun_with_no_time_left_is_not(tmp_path: Path) -> None:
    there = bench(tmp_path, steps={0: step("a")}, budget_s=1.0)
    there.seconds["s0-a"] = 100.0
    guide = there.run()
    assert states(guide)[0] == "d" and guide.seconds <= 1.5
    spent = bench(tmp_path / "other", steps={5: step("a")})
    spent.steps[6] = step("never", then=sound())
    spent.seconds["s5-a"] = 1.0
    engine = spent.engine()
    engine._book.change(budget_s=1e-9)
    engine.run()
    assert states(spent.guide) == "dooooo" + "o"


def test_a_trial_beyond_its_limit_is_stopped_and_is_a_result(tmp_path: Path) -> None:
    def run(work: Work) -> StepResult:
        (outcome,) = work.trials([Trial(name="long", limit_s=2.0)])
        assert outcome.by_guide and outcome.trial.name == "long"
        return sound()

    there = bench(tmp_path, steps={4: run})
    there.seconds["s4-long"] = 9.0
    assert there.run().steps[4].trials[0].seconds == pytest.approx(2.0, abs=0.1)


def test_a_step_stops_what_is_bad(tmp_path: Path) -> None:
    def run(work: Work) -> StepResult:
        work.trials([Trial(name="a"), Trial(name="b"), Trial(name="c")], lambda standing: {"a", "c"})
        return sound()

    there = bench(tmp_path, steps={4: run})
    trials = there.run().steps[4].trials
    assert [(each.name, each.status) for each in trials] == [("s4-a", "stopped"), ("s4-b", "finished")]


def test_what_a_step_hands_on_holds_for_those_after_it_and_what_is_given_beats_it(tmp_path: Path) -> None:
    there = bench(tmp_path, {3: step("a", then=sound(lr=0.1, dropout=0.5))}, settings={"lr": "0.02"})
    assert there.run().chosen == {"lr": 0.1, "dropout": 0.5}
    settings = there.runners[0].settings
    assert settings["s3-a"] == {"lr": "0.02"}
    assert settings["s4-a"] == {"lr": "0.02", "dropout": 0.5}


def test_the_final_run_has_a_name_of_its_own(tmp_path: Path) -> None:
    there = bench(tmp_path, {6: step("a", "final")})
    there.run()
    assert there.began[-2:] == ["s6-a", "final"]
    there.ask("repeat", 6)
    there.run()
    assert there.began[-2:] == ["s6.2-a", "s6.2-final"]


def test_steps_that_are_left_out_from_the_start_can_be_done_later(tmp_path: Path) -> None:
    there = bench(tmp_path, skip=(2, 5))
    assert states(there.run()) == "ddsddsd"
    assert not [name for name in there.began if name.startswith(("s2", "s5"))]
    there.ask("repeat", 2)
    assert states(there.run()) == "dddddsd"
    assert "s2-a" in there.began and "s6.2-a" in there.began


def test_without_step_0_the_data_are_looked_at_all_the_same(tmp_path: Path) -> None:
    guide = bench(tmp_path, skip=(0,), budget_s=0.0).run()
    assert guide.looked is not None and guide.budget_s == 60.0
    assert states(guide) == "sdddddd"


# What a person asks.


def test_skip_leaves_the_step_at_work(tmp_path: Path) -> None:
    there = bench(tmp_path)
    there.at["s3-a"] = lambda: there.ask("skip", 3)
    guide = there.run()
    assert states(guide) == "dddsddd"
    assert "s3-b" not in there.began and guide.status is GuideStatus.FINISHED
    assert guide.steps[3].seconds > 0


def test_repeat_does_that_step_and_all_after_it_anew(tmp_path: Path) -> None:
    there = bench(tmp_path, {3: step("a", then=sound(lr=0.1)), 5: step("a", then=sound(dropout=0.5))})
    there.at["s6-a"] = lambda: there.ask("repeat", 4)
    guide = there.run()
    assert there.began[-5:] == ["s4.2-a", "s4.2-b", "s5.2-a", "s6.2-a", "s6.2-b"]
    assert guide.steps[4].attempt == 2 and guide.steps[3].attempt == 1
    assert there.runners[0].settings["s4.2-a"] == {"lr": 0.1}  # what step 5 had handed on holds no more


def test_edit_holds_from_then_on_and_a_budget_at_once(tmp_path: Path) -> None:
    seen: list[float] = []

    def run(work: Work) -> StepResult:
        work.trials([Trial(name="a")])
        seen.extend([work.options.refine_epochs, work.left_s])
        return sound()

    there = bench(tmp_path, {4: run})
    there.at["s4-a"] = lambda: there.ask("edit", refine_epochs=7, budget_s=1000.0, lr_factors="0.3,1")
    guide = there.run()
    assert guide.options.refine_epochs == 7 and guide.options.lr_factors == (0.3, 1.0)
    assert guide.budget_s == 1000.0
    assert seen[0] == 7 and seen[1] > 100


@pytest.mark.parametrize(
    ("command", "value", "also", "why"),
    [
        ("edit", None, {"budget_s": 0.0}, "more than 0"),
        ("edit", None, {"budget_s": -3.0}, "budget"),
        ("edit", None, {"lr_low": 2.0}, "range"),
        ("edit", None, {"lr_factors": "a,b"}, "numbers"),
        ("edit", None, {"skip": "3"}, "cannot be changed"),
        ("edit", None, {"workers": "2"}, "int"),
        ("edit", None, {}, "Nothing is named"),
        ("skip", 9, {}, "no step 9"),
        ("skip", None, {}, "no step None"),
        ("skip", True, {}, "no step"),
        ("skip", 1, {}, "over"),
        ("repeat", 2.5, {}, "no step 2.5"),
        ("accept", 2, {}, "no fault"),
        ("dance", None, {}, "no such command"),
    ],
)
def test_what_makes_no_sense_is_answered_and_changes_nothing(
    tmp_path: Path, command: str, value: float | None, also: dict[str, float | str], why: str
) -> None:
    there = bench(tmp_path)
    there.at["s4-a"] = lambda: there.ask(command, value, **also)
    before = there.guide.options
    guide = there.run()
    (answer,) = guide.answers
    assert why in answer.refused
    assert (states(guide), guide.options, guide.budget_s) == ("ddddddd", before, 100.0)
    assert there.began == TWO_EACH


def test_paused_time_is_not_counted(tmp_path: Path) -> None:
    there = bench(tmp_path)
    there.at["s4-a"] = lambda: there.ask("pause")
    looks: list[int] = []

    def while_paused() -> None:
        looks.append(1)
        if len(looks) == 5:
            assert there.guide.status is GuideStatus.PAUSED
            there.ask("resume")

    guide = there.run(while_paused=while_paused)
    assert len(looks) == 5 and there.runners[0].resumed == 1
    assert guide.seconds == pytest.approx(12.5) and guide.status is GuideStatus.FINISHED


def test_pause_and_resume_in_one_breath_is_no_pause(tmp_path: Path) -> None:
    there = bench(tmp_path)
    there.at["s4-a"] = lambda: (there.ask("pause"), there.ask("resume"))
    assert there.run().status is GuideStatus.FINISHED


@pytest.mark.parametrize("command", ["skip", "repeat", "stop"])
def test_a_pause_ends_when_something_else_is_wanted(tmp_path: Path, command: str) -> None:
    there = bench(tmp_path)
    there.at["s4-a"] = lambda: there.ask("pause")
    asked: list[int] = []

    def while_paused() -> None:
        if not asked:
            asked.append(there.ask(command, 4))

    guide = there.run(while_paused=while_paused)
    expected = {"skip": "ddddsdd", "repeat": "ddddddd", "stop": "ddddwww"}
    assert states(guide) == expected[command]


def test_stop_can_be_gone_on_with_and_what_was_cut_short_is_run_again(tmp_path: Path) -> None:
    there = bench(tmp_path)
    there.at["s4-b"] = lambda: there.ask("stop")
    guide = there.run()
    assert (guide.status, states(guide)) == (GuideStatus.STOPPED, "ddddwww")
    assert [each.name for each in guide.steps[4].trials] == ["s4-a"]
    used = guide.steps[4].seconds
    assert used == pytest.approx(1.5, abs=0.2)
    guide = there.run()
    assert guide.status is GuideStatus.FINISHED
    assert there.runners[1].began == TWO_EACH[TWO_EACH.index("s4-b") :]
    assert guide.steps[4].seconds > used


def test_a_stop_by_a_signal_is_one(tmp_path: Path) -> None:
    there = bench(tmp_path)
    there.at["s2-a"] = lambda: there.last.stop()
    assert states(there.run()) == "ddwwwww"


def test_a_stop_that_came_before_the_engine_is_heard(tmp_path: Path) -> None:
    there = bench(tmp_path)
    there.ask("stop")
    guide = there.run()
    assert (guide.status, there.began) == (GuideStatus.STOPPED, [])
    assert there.run().status is GuideStatus.FINISHED  # and once is enough


@pytest.mark.parametrize("command", ["skip", "repeat", "stop", "pause"])
def test_a_command_is_carried_out_once_also_across_a_restart(tmp_path: Path, command: str) -> None:
    there = bench(tmp_path)
    there.at["s3-a"] = lambda: (there.ask("stop"), there.ask(command, 5 if command == "skip" else 2))
    there.run()
    assert len(there.guide.answers) == 2
    there.run()
    again = there.run()
    assert len(again.answers) == 2
    assert again.status is GuideStatus.FINISHED
    assert again.steps[2].attempt == (2 if command == "repeat" else 1)


# Faults, failures, and being taken up again.


def test_a_fault_halts_the_guide_and_the_step_is_done_anew_when_it_goes_on(tmp_path: Path) -> None:
    there = bench(tmp_path, {2: step("a", then=FAULT)})
    guide = there.run()
    assert (guide.status, states(guide)) == (GuideStatus.STOPPED, "dddwwww")
    assert guide.is_halted_at(2)
    there.steps[2] = step("a")
    guide = there.run()
    assert (guide.status, guide.steps[2].attempt) == (GuideStatus.FINISHED, 2)
    assert there.began[2:5] == ["s2-a", "s2.2-a", "s3-a"]


def test_an_accepted_fault_is_gone_on_from(tmp_path: Path) -> None:
    there = bench(tmp_path, {2: step("a", then=FAULT)})
    there.run()
    there.ask("accept", 2)
    guide = there.run()
    assert (guide.status, guide.accepted) == (GuideStatus.FINISHED, [2])
    assert there.began.count("s2-a") == 1 and guide.steps[2].attempt == 1


def test_keep_going_goes_on_whatever_is_found(tmp_path: Path) -> None:
    there = bench(tmp_path, {2: step("a", then=FAULT), 4: step("a", then=FAULT)}, keep_going=True)
    assert there.run().status is GuideStatus.FINISHED


def test_a_fault_in_the_last_step_does_not_look_finished(tmp_path: Path) -> None:
    there = bench(tmp_path, {6: step("a", then=FAULT)})
    assert there.run().status is GuideStatus.STOPPED


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (GuideError("The data are gone."), "The data are gone."),
        (InvalidHyperparameterError("lr = -1 cannot be."), "lr = -1 cannot be."),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero (engine.log tells where)"),
    ],
)
def test_a_step_that_breaks_leaves_a_sentence_and_can_be_gone_on_with(
    tmp_path: Path, error: Exception, said: str
) -> None:
    def run(work: Work) -> StepResult:
        work.trials([Trial(name="a")])
        raise error

    there = bench(tmp_path, {3: run})
    with pytest.raises(type(error)):
        there.engine().run()
    assert (there.guide.status, there.guide.error) == (GuideStatus.FAILED, said)
    assert not is_at_work(there.folder)
    there.steps[3] = step("a")
    guide = there.run()
    assert (guide.status, guide.error) == (GuideStatus.FINISHED, "")
    assert there.began.count("s3-a") == 1


class Killed(BaseException):
    """The process ends here, without another word."""


@pytest.mark.parametrize("number", range(1, 7))
def test_a_kill_in_any_step_loses_nothing_that_was_done(tmp_path: Path, number: int) -> None:
    there = bench(tmp_path, {3: step("a", "b", then=sound(lr=0.1))})
    _kill_at(there, f"s{number}-b")
    before = there.guide
    assert (before.status, before.at) == (GuideStatus.RUNNING, number)
    guide = there.run()
    assert guide.status is GuideStatus.FINISHED
    assert there.runners[1].began == TWO_EACH[TWO_EACH.index(f"s{number}-b") :]
    assert guide.chosen == {"lr": 0.1}
    assert guide.steps[number].seconds >= before.steps[number].seconds


def _kill_at(there: Bench, trial: str) -> None:
    def kill() -> None:
        raise Killed

    there.at[trial] = kill
    with pytest.raises(Killed):
        there.engine().run()


def test_what_was_decided_by_the_clock_stays_so(tmp_path: Path) -> None:
    decided: list[object] = []

    def run(work: Work) -> StepResult:
        decided.append(work.decide("epochs", round(work.left_s * 1000)))
        work.trials([Trial(name="a"), Trial(name="b")])
        return sound()

    there = bench(tmp_path, {4: run})
    _kill_at(there, "s4-b")
    there.run()
    assert len(decided) == 2 and decided[0] == decided[1]


def test_two_engines_do_not_work_on_one_guide(tmp_path: Path) -> None:
    there = bench(tmp_path)
    lock = take_lock(there.folder)
    try:
        assert is_at_work(there.folder)
        with pytest.raises(GuideError, match="Another process"):
            there.engine().run()
    finally:
        os.close(lock)
    assert there.guide.answers == [] and there.began == []


def test_a_full_disk_ends_it_with_the_last_state_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = bench(tmp_path)

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    there.at["s3-a"] = lambda: monkeypatch.setattr("dltui.guide.folder.write_whole", full)
    with pytest.raises(GuideError, match="No space left"):
        there.engine().run()
    assert (there.guide.at, there.guide.status) == (3, GuideStatus.RUNNING)
    assert not is_at_work(there.folder)
    monkeypatch.undo()
    assert there.run().status is GuideStatus.FINISHED
    assert there.began.count("s2-b") == 1


def test_a_result_that_json_cannot_hold_never_reaches_the_file(tmp_path: Path) -> None:
    line = Line(name=Said(key="plain"), x=[1.0], y=[1.0])
    plot = Curves(
        title=Said(key="plain"), x="step", lines=[line], levels=[Level(name=Said(key="plain"), y=float("nan"))]
    )
    bad = StepResult(judgement=sound().judgement, said=Said(key="plain"), plot=plot)
    there = bench(tmp_path, {3: step("a", then=bad)})
    with pytest.raises(GuideError, match="cannot be kept"):
        there.engine().run()
    assert there.guide.at == 3


def test_a_listener_that_is_gone_stops_it(tmp_path: Path) -> None:
    there = bench(tmp_path)
    engine = there.engine()

    def gone(guide: Guide) -> None:
        if guide.steps[2].trials:
            raise BrokenPipeError

    engine._book._listener = gone
    with pytest.raises(BrokenPipeError):
        engine.run()
    assert there.guide.status is GuideStatus.STOPPED
    assert there.run().status is GuideStatus.FINISHED


def test_the_listener_sees_each_state_and_the_file_is_as_it_says(tmp_path: Path) -> None:
    there = bench(tmp_path, {0: look})
    there.run()
    assert there.seen[0].status is GuideStatus.RUNNING and there.seen[0].pid == os.getpid()
    assert there.seen[-1] == there.guide
    assert {guide.at for guide in there.seen} == {0, 1, 2, 3, 4, 5, 6, None}
    assert (there.folder / STATE).stat().st_mode & 0o077 == 0
    assert StepState.RUNNING in {entry.state for guide in there.seen for entry in guide.steps}
