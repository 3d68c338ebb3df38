"""The desk that runs trials: what it writes of trainings that end, fail, are killed, pruned, or never begin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runlogs import append, end, event
from search.scripted import (
    Act,
    ScriptedEngine,
    goes_on,
    is_killed,
    new_file,
    open_file,
    trains,
)

from dltui.errors import EngineError, SearchError
from dltui.runs import control
from dltui.runs.control import stop
from dltui.search.engines.engine import JobState, JobStatus
from dltui.search.study.file import StudyFile
from dltui.search.study.options import Objective
from dltui.search.study.study import TrialEntry, TrialState
from dltui.search.trials.desk import TrialDesk
from dltui.search.trials.following import Following
from dltui.search.trials.trials import Ended, Request
from dltui_trainers.attempts import stopped_for_good
from dltui_trainers.runlog import CONTROL, MetricsRecord


class Desk:
    """A desk over a scripted engine, with the time in the test's hands."""

    def __init__(self, file: StudyFile, **acts: list[Act]) -> None:
        self.file = file
        self.engine = ScriptedEngine(study=file.folder, acts=acts)
        self.now = 0.0
        self.reopen()

    def reopen(self, **options: object) -> None:
        """As if another supervisor took the study up."""
        self.trials = TrialDesk(self.file, self.engine, clock=self._clock, **options)  # type: ignore[arg-type]
        self.trials.take_up()

    def _clock(self) -> float:
        return self.now

    def run(self, polls: int = 30) -> list[Ended]:
        """Poll until a trial has ended, and tell it."""
        for _ in range(polls):
            self.now += 1.0
            ended = self.trials.poll(0.0)
            for each in ended:
                self.trials.tell(each)
            if ended:
                return ended
        return []

    def one(self, **request: object) -> TrialEntry:
        """Run one trial to its end."""
        number = self.trials.begin(Request(settings={"lr": 0.1}, **request))  # type: ignore[arg-type]
        assert [each.trial.number for each in self.run()] == [number]
        return self.trials.study.trials[number]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[StudyFile]:
    made = new_file(tmp_path)
    yield made
    made.close()


def test_a_trial_is_asked_submitted_reported_and_told(file: StudyFile) -> None:
    desk = Desk(file)
    trial = desk.one()
    assert (trial.state, trial.value, trial.step, trial.run) == (TrialState.COMPLETE, 0.5, 30, "t0000")
    assert trial.jobs["t0000"].points == [(0.0, 2.3), (1.0, 1.0), (2.0, 0.6), (3.0, 0.5)]
    spec = desk.engine.specs["t0000"]
    assert (spec.task, spec.settings, spec.attempts) == ("digits", {"lr": "0.1", "seed": "0"}, 3)
    assert trial.verdict and desk.run(3) == []


def test_several_seeds_count_by_their_mean_and_wait_for_room(tmp_path: Path) -> None:
    file = new_file(tmp_path, seeds=3, seed=7)
    desk = Desk(file, **{"t0000-s1": [trains(LOW)], "t0000-s2": [trains(HIGH)], "t0000-s3": [trains(LOW)]})
    trial = desk.one(seeds=(7, 8, 9))
    assert trial.value == pytest.approx((0.2 + 0.5 + 0.2) / 3) and trial.run == "t0000-s1"
    assert [desk.engine.specs[f"t0000-s{place}"].settings["seed"] for place in (1, 2, 3)] == ["7", "8", "9"]
    assert len(desk.engine.submitted) == 3
    file.close()


LOW, HIGH = (2.3, 1.0, 0.2), (2.3, 1.0, 0.5)


def test_a_killed_training_goes_on_and_its_attempts_are_one_curve(file: StudyFile) -> None:
    desk = Desk(file, t0000=[is_killed((2.3, 1.0, 0.3)), goes_on(10, (1.0, 0.6, 0.4))])
    trial = desk.one()
    assert (trial.state, trial.run, trial.value, trial.step) == (TrialState.COMPLETE, "t0000.2", 0.4, 30)
    assert trial.jobs["t0000"].submits == 2
    points = [x for x, _ in trial.jobs["t0000"].points]
    assert points == sorted(set(points))


@pytest.mark.parametrize("losses", [(), (2.3, 1.0)])
def test_one_that_is_cut_short_again_and_again_fails_with_a_sentence(file: StudyFile, losses: tuple[float]) -> None:
    desk = Desk(file, t0000=[is_killed(losses, JobState.LOST, "node n1 is down") for _ in range(5)])
    trial = desk.one()
    assert trial.state is TrialState.FAILED and len(desk.engine.submitted) == 3
    assert trial.error == "t0000 was cut short 3 times, and is not begun again: node n1 is down."


@pytest.mark.parametrize(("has_kept", "submits"), [(True, 6), (False, 3)])
def test_one_that_is_told_to_stop_in_time_goes_on_as_often_as_it_takes(
    file: StudyFile, monkeypatch: pytest.MonkeyPatch, has_kept: bool, submits: int
) -> None:
    monkeypatch.setattr("dltui.search.trials.following.has_kept_its_state", lambda folder: has_kept)
    desk = Desk(file, t0000=[trains(LOW[:2], "stopped") for _ in range(5)] + [trains()])
    trial = desk.one()
    assert len(desk.engine.submitted) == submits
    assert trial.state is (TrialState.COMPLETE if has_kept else TrialState.FAILED)


def test_a_failed_training_is_told_with_its_error_and_not_begun_again(file: StudyFile) -> None:
    desk = Desk(file, t0000=[trains(LOW, "failed", "MemoryError: too large\x1b[31m")])
    trial = desk.one()
    assert trial.state is TrialState.FAILED and trial.value is None and len(desk.engine.submitted) == 1
    assert trial.error.startswith("MemoryError: too large") and "\x1b" not in trial.error


def test_losses_that_are_no_numbers_leave_nothing_to_count(file: StudyFile) -> None:
    desk = Desk(file, t0000=[trains((float("nan"), float("nan")))])
    desk.reopen(prune_by_diagnosis=False)
    trial = desk.one()
    assert trial.state is TrialState.FAILED and trial.error == "No validation came to a finite val_loss."


def test_a_diverged_training_is_stopped_by_its_diagnosis(file: StudyFile) -> None:
    desk = Desk(file, t0000=[trains((2.3, float("nan"), float("nan")), None)])
    desk.trials.begin(Request(settings={"lr": 9.0}))
    for _ in range(5):
        desk.now += 1.0
        assert desk.trials.poll(0.0) == []
    folder = file.folder / "t0000"
    assert stopped_for_good(folder) == "diagnosis: non_finite"
    append(folder, event("stop", 20, by="search", reason="diagnosis: non_finite"), end("stopped"))
    assert len(desk.run()) == 1
    trial = file.study.trials[0]
    assert (trial.state, trial.pruned_by, trial.value) == (TrialState.PRUNED, "diagnosis: non_finite", 2.3)
    assert trial.verdict == "diverged" and trial.finding == "non_finite"


def test_a_training_that_ends_before_it_hears_is_complete(file: StudyFile) -> None:
    desk = Desk(file, t0000=[trains((2.3, float("nan"), float("nan")), None)])
    desk.trials.begin(Request(settings={"lr": 9.0}))
    desk.run(5)
    assert stopped_for_good(file.folder / "t0000") == "diagnosis: non_finite"
    append(file.folder / "t0000", end("finished"))
    assert len(desk.run()) == 1
    trial = file.study.trials[0]
    assert (trial.state, trial.pruned_by, trial.value) == (TrialState.COMPLETE, "", 2.3)


def test_a_training_that_was_among_the_best_is_spared(file: StudyFile) -> None:
    best = (2.3, 1.0, 0.1, *(3.0 + each for each in range(8)))
    acts = {"t0001": [trains(best, None, alike=True)], "t0002": [trains((2.3, 2.2, *best[3:]), None, alike=True)]}
    desk = Desk(file, **acts)
    desk.trials.begin(Request(settings={}))
    desk.run(2)
    for _ in range(2):
        desk.trials.begin(Request(settings={}))
    desk.run(8)
    assert stopped_for_good(file.folder / "t0001") == ""
    assert stopped_for_good(file.folder / "t0002").startswith("diagnosis: ")


class Impatient:
    """A pruner that prunes all that have come so far."""

    def wants_to_prune(self, number: int, trials: list[TrialEntry]) -> str:
        return "median" if trials[number].jobs["t0000"].points[-1][0] >= 2 else ""


def test_a_pruner_sees_what_is_reported_and_what_does_not_hear_is_cancelled(file: StudyFile) -> None:
    desk = Desk(file, t0000=[trains(LOW, None)])
    desk.reopen(pruner=Impatient(), prune_by_diagnosis=False)
    desk.trials.begin(Request(settings={}))
    assert len(desk.run(60)) == 1
    trial = file.study.trials[0]
    assert desk.engine.cancelled == ["t0000#0"] and desk.now > 30
    assert (trial.state, trial.pruned_by, trial.value) == (TrialState.PRUNED, "median", 0.2)


def test_a_trial_in_the_queue_is_pruned_without_a_run(file: StudyFile) -> None:
    def waits(engine: ScriptedEngine, job: object) -> None:
        engine.states[engine.submitted[-1]] = JobStatus(state=JobState.QUEUED, note="Resources")

    desk = Desk(file, t0000=[waits])
    desk.trials.begin(Request(settings={}))
    desk.run(2)
    job = file.study.trials[0].jobs["t0000"]
    assert (job.state, job.note, file.study.trials[0].state) == ("queued", "Resources", TrialState.WAITING)
    assert desk.trials.prune(0, "user") and desk.run()
    assert (file.study.trials[0].state, file.study.trials[0].pruned_by) == (TrialState.PRUNED, "user")


def test_a_run_that_a_person_stopped_is_over(file: StudyFile) -> None:
    desk = Desk(file, t0000=[trains(LOW, None)])
    desk.trials.begin(Request(settings={}))
    desk.run(2)
    control.stop(file.folder / "t0000", by="user")
    append(file.folder / "t0000", event("stop", 20, by="user"), end("stopped"))
    desk.engine.cancel("t0000#0")
    assert desk.run()
    assert (file.study.trials[0].state, file.study.trials[0].pruned_by) == (TrialState.PRUNED, "user")


def test_one_that_ended_while_nobody_was_there_is_told_and_not_run_again(tmp_path: Path) -> None:
    file = new_file(tmp_path)
    desk = Desk(file, t0000=[trains(LOW, None)], t0001=[trains(LOW, None)])
    for _ in range(2):
        desk.trials.begin(Request(settings={}))
    desk.run(2)
    append(file.folder / "t0000", end())
    stop(file.folder / "t0001", by="search", reason="median")  # asked, and killed before it could answer
    for handle in desk.engine.states:
        desk.engine.states[handle] = JobStatus(state=JobState.ENDED)
    file.close()
    desk.file = open_file(file.folder)
    desk.reopen()
    assert len(desk.run()) == 2
    states = [(each.state, each.pruned_by) for each in desk.file.study.trials]
    assert states == [(TrialState.COMPLETE, ""), (TrialState.PRUNED, "median")]
    assert len(desk.engine.submitted) == 2 and desk.run(3) == []
    desk.file.close()


def test_a_trial_that_was_chosen_and_never_submitted_is_begun(file: StudyFile) -> None:
    desk = Desk(file)
    desk.engine.refuses = "sbatch refuses: no such partition."
    with pytest.raises(EngineError, match="no such partition"):
        desk.trials.begin(Request(settings={"lr": 0.5}))
    assert len(file.study.trials) == 1 and not file.study.trials[0].jobs
    desk.engine.refuses = ""
    desk.reopen()
    assert len(desk.run()) == 1 and file.study.trials[0].state is TrialState.COMPLETE


def test_a_cluster_that_is_silent_for_a_while_is_borne_with(file: StudyFile) -> None:
    desk = Desk(file, t0000=[trains(LOW, None)])
    desk.trials.begin(Request(settings={}))
    desk.run(2)
    desk.engine.silent, desk.engine.name = "squeue does not answer.", "slurm"
    assert desk.run(60) == []
    with pytest.raises(EngineError, match="does not answer"):
        desk.run(100)


def test_a_metric_that_no_validation_has(tmp_path: Path) -> None:
    file = new_file(tmp_path, objective=Objective(metric="val_f1", rises=True))
    desk = Desk(file)
    desk.trials.begin(Request(settings={}))
    with pytest.raises(SearchError, match="No validation of t0000 has 'val_f1', which is to be maximised; there are: "):
        desk.run()
    assert file.study.trials[0].state is not TrialState.COMPLETE
    file.close()


def test_before_there_is_a_run_nothing_is_measured(tmp_path: Path) -> None:
    for metric in ("val_loss", "f1"):
        assert Following(tmp_path, "t0000", metric).measured == []


def test_a_metric_of_the_users_own_and_a_large_one(tmp_path: Path) -> None:
    def own(engine: ScriptedEngine, job: object) -> None:
        trains(LOW, None)(engine, job)  # type: ignore[arg-type]
        told = [MetricsRecord(step=10 * at, time=1.0, epoch=at, values={"f1": f1}) for at, f1 in enumerate((0.1, 0.9))]
        append(engine.folder("t0000"), *told, MetricsRecord(step=20, time=1.0, values={"f1": "nan"}), end())
        engine.leave(job)  # type: ignore[arg-type]

    file = new_file(tmp_path, objective=Objective(metric="f1", rises=True))
    trial = Desk(file, t0000=[own]).one()
    assert (trial.value, trial.step) == (0.9, 10)
    file.close()


def test_a_branch_of_another_trial_has_its_change_and_nothing_else(file: StudyFile) -> None:
    desk = Desk(file)
    desk.one()
    desk.one(parent=0, at_step=20, change={"lr": (0.1, 0.01)}, symptom="lr_too_high", why="it is.")
    spec = desk.engine.specs["t0001"]
    assert (spec.origin, spec.step, spec.settings) == ("t0000", 20, {"lr": "0.01"})
    assert file.study.trials[1].symptom == "lr_too_high"


def test_what_stops_with_the_search_is_begun_again_with_it(file: StudyFile) -> None:
    def hears(engine: ScriptedEngine, job: object) -> None:
        trains(LOW, None)(engine, job)  # type: ignore[arg-type]

    desk = Desk(file, t0000=[hears, goes_on(10, (1.0, 0.4))])
    desk.trials.begin(Request(settings={}))
    desk.run(2)

    def poll(handles: object, wait_s: float = 0.0) -> dict[str, JobStatus]:
        folder = file.folder / "t0000"
        if b"supervisor" in (folder / CONTROL).read_bytes():
            append(folder, event("stop", 20, by="supervisor"), end("stopped"))
            desk.engine.cancel("t0000#0")
        return dict(desk.engine.states)

    desk.engine.poll = poll  # type: ignore[method-assign, assignment]
    desk.trials.halt()
    assert file.study.trials[0].jobs["t0000"].state == "stopped" and not file.study.trials[0].state.has_ended
    del desk.engine.poll
    desk.reopen()
    assert len(desk.run()) == 1
    assert (file.study.trials[0].state, file.study.trials[0].value) == (TrialState.COMPLETE, 0.4)


def test_severe_overfitting_ends_a_training_that_counts_with_its_best(file: StudyFile) -> None:
    falls = [2.3 * 0.7**each + 0.3 for each in range(12)]
    desk = Desk(file, t0000=[trains([*falls, *(0.4 + 0.2 * each for each in range(20))], None)])
    desk.trials.begin(Request(settings={}))
    desk.run(5)
    why = stopped_for_good(file.folder / "t0000")
    assert why == "diagnosis: overfitting"
    append(file.folder / "t0000", event("stop", 300, by="search", reason=why), end("stopped"))
    assert desk.run()
    trial = file.study.trials[0]
    assert (trial.state, trial.pruned_by) == (TrialState.COMPLETE, why) and trial.value == pytest.approx(min(falls))
