"""Starting a training: refused whole before anything is made, or at work in a process of its own."""

import os
from pathlib import Path

import pytest
from runlogs import wait_until

from dltui.errors import RunsFolderError, TorchMissingError, UsageError
from dltui.runs import control
from dltui.runs.follow import FolderWatch
from dltui.runs.launch import Launched, launch
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.errors import TrainerError


def watch_to_the_end(folder: Path) -> RunState:
    """Follow a run until it is over."""
    watch, state = FolderWatch(folder), RunState()

    def over() -> bool:
        state.take(watch.look())
        return not state.status.alive

    wait_until(over, timeout_s=120)
    return state


def launch_and_wait(root: Path) -> Launched:
    """Start a long training and return when it is at work."""
    launched = launch(root, "digits", {"epochs": "100000"})
    watch, state = FolderWatch(launched.folder), RunState()

    def at_work() -> bool:
        state.take(watch.look())
        return state.step > 100

    wait_until(at_work)
    assert state.status is RunStatus.RUNNING
    return launched


def test_what_is_wrong_is_refused_before_a_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "runs"
    with pytest.raises(TrainerError, match="Did you mean 'digits'"):
        launch(root, "digit", {})
    with pytest.raises(TrainerError, match="Did you mean 'dropout'"):
        launch(root, "digits", {"droput": "0.5"})
    with pytest.raises(UsageError, match="cannot be a run's name"):
        launch(root, "digits", {}, name="../outside")
    with monkeypatch.context() as patch:
        patch.setattr("dltui.runs.launch.find_spec", lambda _: None)
        with pytest.raises(TorchMissingError, match="pip install"):
            launch(root, "digits", {})
    assert not root.exists()


def test_a_runs_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunsFolderError, match="choose another place"):
        launch(tmp_path / "file", "digits", {})
    with pytest.raises(RunsFolderError, match="Choose another place"):
        launch(tmp_path / "file" / "runs", "digits", {})
    monkeypatch.setattr("dltui.runs.launch.FREE_BYTES", 1 << 62)
    with pytest.raises(RunsFolderError, match="is full"):
        launch(tmp_path / "runs", "digits", {})
    assert not (tmp_path / "runs").exists()


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match="already a run 'mine'"):
        launch(tmp_path, "digits", {}, name="mine")


@pytest.mark.slow
def test_a_training_runs_in_a_session_of_its_own_and_finishes(tmp_path: Path) -> None:
    launched = launch(tmp_path / "runs", "digits", {"epochs": "2"}, name="mine")
    assert os.getsid(launched.pid) == launched.pid != os.getsid(0)
    state = watch_to_the_end(launched.folder)
    assert launched.process.wait() == 0
    assert state.status is RunStatus.FINISHED
    assert state.step == 46 and state.best is not None
    assert state.manifest is not None and state.manifest.command[0] == "dltui"
    assert launched.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_a_training_is_stopped_by_a_command(tmp_path: Path) -> None:
    launched = launch_and_wait(tmp_path)
    control.stop(launched.folder, reason="enough")
    assert watch_to_the_end(launched.folder).status is RunStatus.STOPPED
    assert launched.process.wait() == 0
    assert (launched.folder / "checkpoints" / "last.pt").exists()


@pytest.mark.slow
def test_a_killed_training_is_shown_as_killed_and_keeps_its_records(tmp_path: Path) -> None:
    launched = launch_and_wait(tmp_path)
    launched.process.kill()
    launched.process.wait()
    state = watch_to_the_end(launched.folder)
    assert state.status is RunStatus.KILLED
    assert state.skipped == 0
    lines = (launched.folder / "metrics.jsonl").read_bytes().splitlines()
    assert sum(b'"kind":"step"' in line for line in lines) == len(state.train_loss)
