"""The runner of trials, over folders as real trainings leave them, and a warm process that a test speaks for."""

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from guide.warm import Bench, FakeTraining, dies, lives, refuses, takes_it_along
from runlogs import end, whole_run, write_run

from dltui.errors import GuideError
from dltui.guide.engine import running
from dltui.guide.engine.clock import Clock
from dltui.guide.engine.trials import TrialRunner
from dltui.guide.outcome import Outcome
from dltui.guide.state import TrialEntry
from dltui.guide.trial import Trial
from dltui.runs.status import RunStatus

PATIENCE = 2000
"""Looks, after which a test has failed: nothing here takes a second."""


class Case:
    """A runner in a folder, and what it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bench = Bench()
        self.now_s = 0.0
        self.clock = Clock(lambda: self.now_s)
        self.runner = TrialRunner(folder, "digits", ["dltui"], self.bench, self.clock)  # type: ignore[arg-type]
        self.looks = 0

    def run(
        self,
        *names: str,
        workers: int = 2,
        known: Sequence[TrialEntry] = (),
        tick: Callable[[Sequence[Outcome]], Collection[str]] = lambda standing: (),
        **trial: Any,
    ) -> list[Outcome]:
        """Run trials of these names to their end."""

        def counted(standing: Sequence[Outcome]) -> Collection[str]:
            self.looks += 1
            assert self.looks < PATIENCE, [each.status for each in standing]
            self.now_s += 0.01
            for training in self.bench.trainings.values():
                training.listen()
            return tick(standing)

        wanted = [Trial(name=name, settings={"lr": 0.1}, **trial) for name in names]
        return self.runner.run(wanted, {"width": 64}, workers, {each.name: each for each in known}, counted)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = Case(tmp_path)
    yield made
    made.bench.close()
    made.runner.close()


def statuses(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return [(each.trial.name, str(each.status)) for each in outcomes]


def test_trials_run_and_come_back_in_order(case: Case) -> None:
    outcomes = case.run("a", "b", "c")
    assert statuses(outcomes) == [("a", "finished"), ("b", "finished"), ("c", "finished")]
    assert [each.best_loss for each in outcomes] == [0.25] * 3
    assert case.bench.warm[0].settings["a"] == {"width": "64", "lr": "0.1"}
    assert len(case.bench.warm) == 1


def test_no_more_run_beside_each_other_than_there_are_workers(case: Case) -> None:
    case.bench.begin = dict.fromkeys("abcd", lives)
    most = 0

    def tick(standing: Sequence[Outcome]) -> list[str]:
        nonlocal most
        alive = [each.trial.name for each in standing if each.status.alive]
        most = max(most, len(alive))
        return alive[:1] if len(alive) == 2 or len(standing) == 4 else []

    outcomes = case.run("a", "b", "c", "d", tick=tick)
    assert most == 2
    assert {each.status for each in outcomes} == {RunStatus.STOPPED} and all(each.by_guide for each in outcomes)


def test_one_that_was_named_before_it_began_has_no_outcome(case: Case) -> None:
    assert statuses(case.run("a", "b", "c", workers=1, tick=lambda standing: {"b"})) == [
        ("a", "finished"),
        ("c", "finished"),
    ]
    assert case.bench.orders == ["a", "c"]


def test_when_the_time_is_up_at_once_nothing_is_begun(case: Case) -> None:
    assert case.run("a", "b", tick=lambda standing: {"a", "b"}) == []
    assert case.bench.orders == []


def test_a_trial_beyond_its_limit_is_stopped(case: Case) -> None:
    case.bench.begin["a"] = lives
    (outcome,) = case.run("a", limit_s=0.05)
    assert (outcome.status, outcome.by_guide, outcome.error) == (RunStatus.STOPPED, True, "")
    assert not outcome.failed and outcome.seconds == pytest.approx(0.06, abs=0.03)


def test_one_that_does_not_stop_is_killed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "GRACE_S", 0.05)
    trainings = case.bench.trainings

    def deaf(warm: Any, order: int, folder: Path) -> None:
        lives(warm, order, folder)
        trainings["a"]._obeys = False

    killed: list[tuple[int, int]] = []

    def kill(pid: int, number: int) -> None:
        killed.append((pid, number))
        trainings["a"].end(None)
        case.bench.warm[-1].said.append(running.Ended(id=1, status=-9))

    monkeypatch.setattr(running.os, "kill", kill)
    case.bench.begin["a"] = deaf
    (outcome,) = case.run("a", limit_s=0.05)
    assert len(killed) == 1
    assert outcome.by_guide and outcome.failed and "did not stop within" in outcome.error


def test_one_that_dies_is_a_result_that_says_how(case: Case) -> None:
    case.bench.begin["a"] = dies
    a, b = case.run("a", "b")
    assert a.failed and a.error == "its process was killed by SIGKILL: the memory may have run out"
    assert a.status is RunStatus.KILLED and not a.by_guide
    assert b.status is RunStatus.FINISHED


def test_one_that_is_refused_is_a_result_that_says_why(case: Case) -> None:
    case.bench.begin["a"] = refuses
    a, b = case.run("a", "b")
    assert a.failed and a.error == "The system gives no process for it."
    assert b.status is RunStatus.FINISHED


def test_one_that_failed_by_itself_says_why(case: Case) -> None:
    write_run(case.folder / "a", [end("failed", error="RuntimeError: out of memory")])
    (a,) = case.run("a")
    assert a.failed and a.error == "RuntimeError: out of memory"
    assert case.bench.orders == []


# What the folders tell after a kill.


def test_one_that_came_to_its_end_is_not_run_again(case: Case) -> None:
    write_run(case.folder / "a", whole_run())
    assert statuses(case.run("a", "b")) == [("a", "finished"), ("b", "finished")]
    assert case.bench.orders == ["b"]


def test_one_that_outlived_the_guide_is_waited_for(case: Case) -> None:
    training = FakeTraining(case.folder / "a", whole_run()[:50])
    case.bench.trainings["a"] = training

    def tick(standing: Sequence[Outcome]) -> Collection[str]:
        if case.looks == 20:
            training.end("finished")
        return ()

    assert statuses(case.run("a", "b", workers=1, tick=tick)) == [("a", "finished"), ("b", "finished")]
    assert case.bench.orders == ["b"]


def test_one_that_outlived_the_guide_is_stopped_at_its_limit_since_it_began(case: Case) -> None:
    training = FakeTraining(case.folder / "a", whole_run()[:50])  # its manifest tells of a day long ago
    case.bench.trainings["a"] = training
    (outcome,) = case.run("a", "b", limit_s=3600.0)[:1]
    assert outcome.by_guide and training.heard == ["stop"]


def test_one_that_stood_still_when_the_guide_was_killed_goes_on(case: Case) -> None:
    from runlogs import event

    training = FakeTraining(case.folder / "a", [*whole_run()[:50], event("paused", 45)])
    case.bench.trainings["a"] = training

    def tick(standing: Sequence[Outcome]) -> Collection[str]:
        training.listen()
        if "resume" in training.heard:
            training.end("finished")
        return ()

    assert statuses(case.run("a", tick=tick)) == [("a", "finished")]


@pytest.mark.parametrize("records", [whole_run()[:50], [], [*whole_run()[:50], end("stopped")]])
def test_one_that_was_cut_short_with_the_guide_is_run_again(case: Case, records: list[Any]) -> None:
    write_run(case.folder / "a", records)
    assert statuses(case.run("a")) == [("a", "finished")]
    assert case.bench.orders == ["a"]


def test_a_folder_with_nothing_in_it_is_no_trial(case: Case) -> None:
    (case.folder / "a").mkdir()
    assert statuses(case.run("a")) == [("a", "finished")]
    assert case.bench.orders == ["a"]


def test_what_is_known_to_have_ended_is_what_it_was(case: Case) -> None:
    write_run(case.folder / "a", [*whole_run()[:50], end("stopped")])
    write_run(case.folder / "b", whole_run()[:50])
    known = [
        TrialEntry(name="a", settings={}, status="stopped", seconds=3.5, by_guide=True),
        TrialEntry(name="b", settings={}, status="killed", seconds=1.5, error="its process was killed by SIGSEGV"),
        TrialEntry(name="c", settings={}, status="failed", error="its folder was deleted since"),
    ]
    a, b, c = case.run("a", "b", "c", known=known)
    assert (a.status, a.seconds, a.by_guide) == (RunStatus.STOPPED, 3.5, True)
    assert (b.status, b.error) == (RunStatus.KILLED, "its process was killed by SIGSEGV")
    assert c.status is RunStatus.FINISHED and case.bench.orders == ["c"]


# The warm process dies.


def test_what_a_dead_warm_process_had_not_begun_is_ordered_again(case: Case) -> None:
    deaths = iter([takes_it_along])

    def once(warm: Any, order: int, folder: Path) -> None:
        from guide.warm import finishes

        next(deaths, finishes)(warm, order, folder)

    case.bench.begin["b"] = once
    case.bench.begin["a"] = lives

    def tick(standing: Sequence[Outcome]) -> Collection[str]:
        return ["a"] if len([each for each in standing if not each.status.alive]) == 2 else []

    outcomes = case.run("a", "b", "c", tick=tick)
    assert statuses(outcomes) == [("a", "stopped"), ("b", "finished"), ("c", "finished")]
    assert case.bench.orders == ["a", "b", "b", "c"] and len(case.bench.warm) == 2


def test_a_reply_to_another_process_is_no_reply(case: Case) -> None:
    """The numbers of orders begin anew with each warm process."""
    a = iter([lives])
    case.bench.begin["a"] = lambda warm, order, folder: next(a)(warm, order, folder)
    gone: list[int] = []

    def tick(standing: Sequence[Outcome]) -> Collection[str]:
        running = {each.trial.name for each in standing if each.status.alive}
        if running == {"a"} and not gone:
            gone.append(1)
            case.bench.warm[0].alive = False
        return ["a"] if case.looks > 40 else []

    case.bench.begin["b"] = refuses
    a_, b_ = case.run("a", "b", tick=tick)
    assert a_.status is RunStatus.STOPPED and a_.error == ""
    assert b_.failed


def test_a_warm_process_that_dies_again_and_again_ends_it_with_a_sentence(case: Case) -> None:
    case.bench.begin["a"] = takes_it_along
    with pytest.raises(GuideError, match="dies again and again"):
        case.run("a")
    assert len(case.bench.warm) == 3


# It is left.


class Left(Exception):
    """The step is to be left."""


def test_whoever_leaves_waits_until_the_trials_have_ended(case: Case) -> None:
    case.bench.begin = dict.fromkeys("ab", lives)

    def tick(standing: Sequence[Outcome]) -> Collection[str]:
        if len(standing) == 2 and case.looks > 5:
            raise Left
        return ()

    with pytest.raises(Left):
        case.run("a", "b", "c", tick=tick)
    assert [each.alive for each in case.bench.trainings.values()] == [False, False]
    assert case.bench.orders == ["a", "b"]
    case.bench.begin.clear()
    assert statuses(case.run("a", "b", "c")) == [("a", "finished"), ("b", "finished"), ("c", "finished")]


def test_pause_and_resume_reach_every_trial_under_way(case: Case) -> None:
    case.bench.begin = dict.fromkeys("ab", lives)
    paused: list[float] = []

    def tick(standing: Sequence[Outcome]) -> Collection[str]:
        if len(standing) == 2 and not paused:
            paused.append(standing[0].seconds)
            with case.clock.standing_still():
                case.now_s += 1000
                case.runner.pause()
                case.runner.pause()
            case.runner.resume()
        return ["a", "b"] if paused and case.looks > 20 else ()

    a, b = case.run("a", "b", tick=tick, limit_s=500.0)
    assert max(a.seconds, b.seconds) < 10
    assert [each.heard for each in case.bench.trainings.values()] == [["pause", "resume", "stop"]] * 2
