"""A real guide whose engine and warm process are killed in each of its steps, and that is gone on with each time."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from runlogs import wait_until

from dltui import supervising
from dltui.guide.engine.launch import go_on, launch_guide
from dltui.guide.folder import ENGINE_LOG, STATE, is_at_work, read_guide
from dltui.guide.options import STEPS, Options
from dltui.guide.state import Guide, GuideStatus, StepState
from dltui.runs.control import ask
from dltui.runs.status import RunStatus
from dltui_trainers.runlog import MANIFEST

TINY = Options(
    settings={"train_size": "60", "epochs": "8", "seed": "1"},
    budget_s=600.0,  # nothing here is cut for lack of time: the machines differ
    workers=2,
    lr_points=3,
    sweep_steps=10,
    lr_factors=(1.0,),
    weight_decays=(0.0, 1e-3),
    coarse_epochs=1,
    refine_epochs=1,
    rounds=1,
)
PATIENCE_S = 120.0


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = launch_guide(tmp_path, "moons", TINY, "tiny")
    yield made
    _kill(made)


def _processes(folder: Path) -> list[psutil.Process]:
    """The engine of the guide, and the warm process that it has."""
    found = []
    for each in psutil.process_iter():
        try:
            if str(folder) in each.cmdline() and "dltui.guide" in each.cmdline():
                found += [each, *(child for child in each.children() if "dltui_trainers.warm" in child.cmdline())]
        except psutil.Error:
            continue
    return found


def _kill(folder: Path) -> None:
    processes = _processes(folder)
    for each in processes:
        each.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes)
    for engine in supervising._begun:
        engine.poll()  # it is ours: nobody else hears that it has ended


def _until(folder: Path, is_so: Callable[[Guide], bool]) -> Guide:
    wait_until(lambda: is_so(read_guide(folder)) or not is_at_work(folder), PATIENCE_S)
    guide = read_guide(folder)
    assert is_so(guide), (guide.status, guide.error, guide.at, (folder / ENGINE_LOG).read_text())
    return guide


def _is_within(step: int) -> Callable[[Guide], bool]:
    def is_so(guide: Guide) -> bool:
        entry = guide.steps[step]
        return entry.state is StepState.RUNNING and (step == 0 or bool(entry.trials))

    return is_so


def _created(folder: Path, guide: Guide) -> dict[str, str]:
    """When each trial that has ended was begun."""
    ended = [each.name for entry in guide.steps for each in entry.trials if not RunStatus(each.status).alive]
    return {name: json.loads((folder / name / MANIFEST).read_bytes())["created"] for name in ended}


@pytest.mark.long
@pytest.mark.slow
def test_killed_within_every_step_it_goes_on_where_it_was(folder: Path) -> None:
    before = None
    for step in STEPS:
        _until(folder, _is_within(step))
        wait_until(lambda: len(_processes(folder)) == 2)  # the warm process begins with what needs it
        _kill(folder)
        now = read_guide(folder)
        assert not is_at_work(folder) and now.status is GuideStatus.RUNNING
        if before is not None:
            _is_kept(folder, before, now)
        before = now, _created(folder, now)
        go_on(folder)
    guide = _until(folder, lambda guide: guide.status is GuideStatus.FINISHED)
    assert before is not None
    _is_kept(folder, before, guide)
    assert [entry.state for entry in guide.steps] == [StepState.DONE] * 7
    assert guide.final and json.loads((folder / guide.final / MANIFEST).read_bytes())["epochs"] > 0
    assert all(entry.attempt == 1 for entry in guide.steps)


def _is_kept(folder: Path, before: tuple[Guide, dict[str, str]], now: Guide) -> None:
    """Nothing that was there then is lost, or was done again."""
    guide, created = before
    assert {name: at for name, at in _created(folder, now).items() if name in created} == created
    for old, new in zip(guide.steps, now.steps, strict=True):
        if old.state is StepState.DONE:
            assert new == old
        assert new.seconds >= old.seconds and new.decided.items() >= old.decided.items()


@pytest.mark.long
@pytest.mark.slow
def test_a_trial_that_outlives_its_engine_is_taken_over(tmp_path: Path) -> None:
    slow = Options(budget_s=600.0, workers=2, skip=(0, 1, 2, 4, 5, 6), lr_points=3, sweep_steps=3000)
    folder = launch_guide(tmp_path, "moons", slow, "tiny")
    try:
        _until(folder, _is_within(3))
        wait_until(lambda: any(folder.glob("s3-*/run.json")))
        _kill(folder)
        begun = {path.parent.name: json.loads(path.read_bytes())["created"] for path in folder.glob("s3-*/run.json")}
        go_on(folder)
        guide = _until(folder, lambda guide: guide.status is GuideStatus.FINISHED)
        created = _created(folder, guide)
        assert begun and {name: created[name] for name in begun} == begun
    finally:
        _kill(folder)


@pytest.mark.slow
def test_it_is_paused_resumed_and_stopped_by_its_control_file(folder: Path) -> None:
    _until(folder, _is_within(1))
    ask(folder, "pause")
    paused = _until(folder, lambda guide: guide.status is GuideStatus.PAUSED)
    ask(folder, "resume")
    _until(folder, lambda guide: guide.status is GuideStatus.RUNNING and guide.seconds > paused.seconds)
    ask(folder, "stop")
    wait_until(lambda: not is_at_work(folder), PATIENCE_S)
    guide = read_guide(folder)
    assert (guide.status, guide.pid) == (GuideStatus.STOPPED, 0)
    assert not [each for entry in guide.steps for each in entry.trials if RunStatus(each.status).alive]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_and_a_closed_terminal_does_not(folder: Path, number: signal.Signals) -> None:
    guide = _until(folder, _is_within(1))
    engine = psutil.Process(guide.pid)
    engine.send_signal(signal.SIGHUP)
    engine.send_signal(number)
    wait_until(lambda: not is_at_work(folder), PATIENCE_S)
    assert read_guide(folder).status is GuideStatus.STOPPED
    wait_until(lambda: not _processes(folder))


@pytest.mark.slow
def test_a_state_that_is_torn_is_told_in_a_sentence(folder: Path) -> None:
    _until(folder, _is_within(1))
    _kill(folder)
    whole = (folder / STATE).read_bytes()
    (folder / STATE).write_bytes(whole[: len(whole) // 2])
    from dltui.cli import main

    assert main(["guide", "--runs", str(folder.parent), "--resume", "tiny", "--headless"]) == 2
    (folder / STATE).write_bytes(whole)
    go_on(folder)
    _until(folder, lambda guide: guide.at is None or guide.at > 1)
