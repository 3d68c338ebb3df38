"""The supervisor: how a search ends, what a person may ask of it meanwhile, and what it says when it cannot go on."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from runlogs import append, end, event
from search.scripted import Act, ScriptedEngine, new_file, open_file, trains

from dltui.errors import EngineError, SearchError
from dltui.runs.control import ask
from dltui.search.engines.engine import Job
from dltui.search.study.file import StudyFile
from dltui.search.study.folder import read_study
from dltui.search.study.study import Study, TrialState
from dltui.search.supervisor.searching import TrialsError, work
from dltui.search.supervisor.supervisor import Supervisor
from dltui_trainers.runlog import CONTROL


def supervised(file: StudyFile, engine: ScriptedEngine | None = None, **options: object) -> Supervisor:
    """Return a supervisor of a search with an engine that runs nothing."""
    engine = engine or ScriptedEngine(study=file.folder)
    return Supervisor(file, engine, work, **options)  # type: ignore[arg-type]


def hears() -> Act:
    """A training that goes on until it is asked to stop."""

    def act(engine: ScriptedEngine, job: Job) -> None:
        trains(status=None)(engine, job)
        folder, before = engine.folder(job.name), engine.poll

        def poll(handles: object, wait_s: float = 0.0) -> object:
            control = folder / CONTROL
            asked = control.read_bytes() if control.exists() else b""
            by = "search" if b'"by":"search"' in asked and b'"command":"stop"' in asked else ""
            by = "supervisor" if b'"by":"supervisor"' in asked else by
            if by and not (folder / "ended").exists():
                (folder / "ended").touch()
                append(folder, event("stop", 20, by=by, reason="budget"), end("stopped"))
                engine.leave(job)
            return before(handles, wait_s)  # type: ignore[arg-type]

        engine.poll = poll  # type: ignore[method-assign, assignment]

    return act


@pytest.fixture
def file(tmp_path: Path) -> StudyFile:
    return new_file(tmp_path)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Callable[..., Callable[[Study], None]]]:
    """A listener that asks for something once, when the study is so far."""

    def listener(when: Callable[[Study], bool], *commands: str, **more: object) -> Callable[[Study], None]:
        left = list(commands)

        def listen(study: Study) -> None:
            if left and when(study):
                ask(tmp_path / "study", left.pop(0), **more)  # type: ignore[arg-type]

        return listen

    yield listener


def test_it_finishes_when_all_trials_have_ended(file: StudyFile) -> None:
    seen: list[int] = []
    study = supervised(file, listener=lambda study: seen.append(len(study.trials))).run()
    assert [each.state for each in study.trials] == [TrialState.COMPLETE] * 4
    assert len({each.settings["lr"] for each in study.trials}) == 4
    assert study.supervised is not None and study.supervised.status == "finished"
    assert seen == sorted(seen) and seen[-1] == 4
    assert read_study(file.folder) == study and study.worked_s > 0


def test_a_grid_ends_when_nothing_is_left(tmp_path: Path) -> None:
    file = new_file(tmp_path, method="grid", trials=0)
    study = supervised(file).run()
    assert len(study.trials) > 1 and all(each.state is TrialState.COMPLETE for each in study.trials)


def test_more_trials_than_were_asked_for_at_first(file: StudyFile) -> None:
    supervised(file).run()
    ask(file.folder, "raise", value=6)
    study = supervised(open_file(file.folder)).run()
    assert len(study.trials) == 6 and study.most_trials == 6 and len(study.answers) == 1


@pytest.mark.parametrize(
    ("command", "value", "why"),
    [
        ("raise", "many", "is no number"),
        ("raise", -1, "take 0 to"),
        ("prune", 99, "no trial 99"),
        ("dance", None, "no such"),
    ],
)
def test_what_makes_no_sense_is_refused(file: StudyFile, command: str, value: object, why: str) -> None:
    ask(file.folder, command, value=value)  # type: ignore[arg-type]
    study = supervised(file).run()
    assert why in study.answers[0].refused and len(study.trials) == 4


def test_a_person_prunes_a_trial_and_stops_the_search(
    file: StudyFile, asked: Callable[..., Callable[[Study], None]]
) -> None:
    engine = ScriptedEngine(study=file.folder, acts={"t0001": [hears()], "t0002": [hears()]})

    def listen(study: Study) -> None:
        for each in listeners:
            each(study)

    listeners = [
        asked(lambda study: len(study.trials) > 1 and study.trials[1].state is TrialState.RUNNING, "prune", value=1),
        asked(lambda study: len(study.trials) == 4 and study.trials[3].state.has_ended, "stop"),
    ]
    study = supervised(file, engine, listener=listen).run()
    assert study.supervised is not None and study.supervised.status == "stopped"
    assert (study.trials[1].state, study.trials[1].pruned_by) == (TrialState.PRUNED, "user")
    assert not study.trials[2].state.has_ended and study.trials[2].jobs["t0002"].state == "stopped"


class Starting(ScriptedEngine):
    """Never gets ready to take a job."""

    def submit(self, job: Job) -> str | None:  # type: ignore[override]
        return None


def test_it_hears_while_its_engine_is_still_starting(
    file: StudyFile, asked: Callable[..., Callable[[Study], None]]
) -> None:
    def listen(study: Study) -> None:
        for each in listeners:
            each(study)

    def is_paused(study: Study) -> bool:
        return study.supervised is not None and study.supervised.status == "paused"

    listeners = [asked(lambda study: bool(study.trials), "pause"), asked(is_paused, "stop")]
    study = supervised(file, Starting(study=file.folder), listener=listen).run()
    assert study.supervised is not None and study.supervised.status == "stopped"
    assert [each.command for each in study.answers] == ["pause", "stop"]
    assert not any(each.state.has_ended or each.newest_run for each in study.trials)
    assert supervised(open_file(file.folder)).run().best is not None


def test_a_pause_stops_the_clock(file: StudyFile, asked: Callable[..., Callable[[Study], None]]) -> None:
    paused_s = 0.0

    def listen(study: Study) -> None:
        nonlocal paused_s
        pauses(study)
        if study.supervised is not None and study.supervised.status == "paused" and not paused_s:
            paused_s = time.time()
            ask(file.folder, "resume")

    pauses = asked(lambda study: len(study.trials) > 1, "pause")
    study = supervised(file, listener=listen).run()
    assert paused_s and len(study.trials) == 4 and study.worked_s < time.time() - study.begun.time  # type: ignore[union-attr]


def test_when_the_time_is_over_what_is_under_way_is_pruned(tmp_path: Path) -> None:
    file = new_file(tmp_path, trials=0, budget_s=0.5)
    engine = ScriptedEngine(study=file.folder, acts={"t0001": [hears()]})
    study = supervised(file, engine).run()
    assert study.supervised is not None and study.supervised.status == "finished"
    assert (study.trials[1].state, study.trials[1].pruned_by) == (TrialState.PRUNED, "budget")
    assert all(each.state.has_ended for each in study.trials)


def test_trials_that_all_fail_end_the_search(tmp_path: Path) -> None:
    file = new_file(tmp_path, trials=40)
    fails = {f"t{number:04d}": [trains(status="failed", error="OSError: no data")] for number in range(10)}
    with pytest.raises(TrialsError, match=r"All of the first \d trials failed: OSError: no data"):
        supervised(file, ScriptedEngine(study=file.folder, acts=fails)).run()
    study = read_study(file.folder)
    assert study.supervised is not None and study.supervised.status == "failed" and len(study.trials) < 10


def test_an_engine_that_refuses(file: StudyFile) -> None:
    with pytest.raises(EngineError, match="no such partition"):
        supervised(file, ScriptedEngine(study=file.folder, refuses="sbatch: no such partition.")).run()
    study = read_study(file.folder)
    assert study.supervised is not None and study.supervised.error == "sbatch: no such partition."
    assert supervised(open_file(file.folder)).run().best is not None


def test_a_disk_that_fills_up_ends_it_and_it_can_be_gone_on_with(
    file: StudyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_records, count = StudyFile.append, 0

    def full(self: StudyFile, *records: object) -> None:
        nonlocal count
        count += 1
        if count > 6:
            raise SearchError("The study cannot be written: No space left on device.")
        append_records(self, *records)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(StudyFile, "append", full)
        with pytest.raises(SearchError, match="No space left"):
            supervised(file).run()
    study = supervised(open_file(file.folder)).run()
    assert [each.state for each in study.trials] == [TrialState.COMPLETE] * 4
