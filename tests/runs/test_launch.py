"""Starting a training: refused whole before anything is made, or at work in a process of its own."""

import os
from pathlib import Path

import pytest
import torch
from runlogs import wait_until, whole_run, write_run

from dltui.errors import RunsFolderError, TorchMissingError, UsageError
from dltui.runs import control
from dltui.runs.follow import FolderWatch
from dltui.runs.launch import Launched, launch, processes_of
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.errors import OriginError, ProcessesError, TrainerError
from dltui_trainers.origin import Origin
from dltui_trainers.runlog import CHECKPOINTS, CONTROL, MANIFEST, METRICS, STDOUT, EventRecord, Parent


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
def test_a_training_is_changed_and_stopped_and_all_of_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        launched = launch_and_wait(tmp_path)
        control.ask(launched.folder, "set", hparam="lr", value=0.01)
        control.ask(launched.folder, "checkpoint")
        control.stop(launched.folder, reason="enough")
        assert watch_to_the_end(launched.folder).status is RunStatus.STOPPED
        assert launched.process.wait() == 0
    finally:
        os.umask(umask)
    assert {path.name for path in launched.folder.iterdir()} == {MANIFEST, METRICS, CONTROL, CHECKPOINTS, STDOUT}
    assert len([*(launched.folder / CHECKPOINTS).iterdir()]) == 4
    for path in [launched.folder, *launched.folder.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


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


def keep(folder: Path, name: str, step: int, epoch: int) -> None:
    """Give a run a checkpoint of which only the head is right."""
    (folder / CHECKPOINTS).mkdir(exist_ok=True)
    torch.save({"step": step, "epoch": epoch, "task": "digits", "settings": "{}"}, folder / CHECKPOINTS / name)


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The words of the processes that would have been started: none is."""
    words: list[list[str]] = []

    class Process:
        pid = 1

        def __init__(self, command: list[str], **_: object) -> None:
            words.append(command)

    monkeypatch.setattr("dltui.runs.launch.subprocess.Popen", Process)
    return words


def test_what_is_wrong_with_a_parent_is_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    root, parent = tmp_path / "runs", write_run(tmp_path / "parent", whole_run())
    with pytest.raises(OriginError, match="training of digits, not of mnist1d"):
        launch(root, "mnist1d", {}, parent=Origin(folder=parent))
    with pytest.raises(OriginError, match="has kept no checkpoint"):
        launch(root, "digits", {}, parent=Origin(folder=parent, step="last"))
    keep(parent, "best.pt", 60, 6)
    keep(parent, "last.pt", 100, 10)
    with pytest.raises(OriginError, match=r"at or before step 50; there are those of the steps 60 and 100\."):
        launch(root, "digits", {}, parent=Origin(folder=parent, step=50))
    with pytest.raises(OriginError, match="another width, which needs a restart"):
        launch(root, "digits", {"width": "8"}, parent=Origin(folder=parent, step=60))
    with pytest.raises(OriginError, match="10 epochs behind it, and 10 are planned"):
        launch(root, "digits", {"epochs": "10"}, parent=Origin(folder=parent, step="last"))
    with pytest.raises(TrainerError, match="out of range"):
        launch(root, "digits", {"lr": "-1"}, parent=Origin(folder=parent))
    (parent / "run.json").unlink()
    with pytest.raises(OriginError, match=r"parent has no run\.json"):
        launch(root, "digits", {}, parent=Origin(folder=parent))
    assert not root.exists()


def test_only_the_changes_are_handed_on_and_what_it_starts_from_is_told(
    tmp_path: Path, spawned: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    keep(write_run(Path("parent"), whole_run()), "best.pt", 60, 6)
    launched = launch(Path("runs"), "digits", {"dropout": "0.5"}, parent=Origin(folder=Path("parent"), step=99.5))
    words = spawned[0]
    assert words[words.index("--from") :] == ["--from", f"{tmp_path}/parent", "--at", "99.5", "--set", "dropout=0.5"]
    assert launched.told == "It goes on from step 60 of parent (best.pt), dropout = 0.5."
    launched = launch(Path("runs"), "digits", {}, parent=Origin(folder=Path("parent")))
    words = spawned[1]
    assert words[words.index("--from") :] == ["--from", f"{tmp_path}/parent"]
    assert launched.told == "It starts anew with the settings of parent, nothing changed."
    assert not any("It " in warning for warning in launched.warnings)
    assert launch(Path("runs"), "digits", {}).told == ""


@pytest.mark.parametrize(
    ("parent", "taken", "child"),
    [
        ("mine", [], "mine-2"),
        ("mine", ["mine-2", "mine-3"], "mine-4"),
        ("mine-2", [], "mine-3"),
        ("mine-9", ["mine-10"], "mine-11"),
        ("digits-20260101-120000-1234", [], "digits-20260101-120000-1234-2"),
        ("mine-02", [], "mine-02-2"),
        ("a" * 99, [], None),
        ("not ours", [], None),
    ],
)
def test_a_child_is_called_after_its_parent(
    tmp_path: Path, spawned: list[list[str]], parent: str, taken: list[str], child: str | None
) -> None:
    root, folder = tmp_path / "runs", write_run(tmp_path / "elsewhere" / parent, whole_run())
    for name in taken:
        (root / name).mkdir(parents=True)
    found = launch(root, "digits", {}, parent=Origin(folder=folder)).folder.name
    assert found == child if child else found.startswith("digits-")
    assert launch(root, "digits", {}, name="own", parent=Origin(folder=folder)).folder.name == "own"


@pytest.mark.slow
def test_a_restart_and_a_branch_of_a_training(tmp_path: Path) -> None:
    first = launch(tmp_path, "digits", {"epochs": "3", "width": "32", "seed": "4"}, name="mine")
    watch_to_the_end(first.folder)
    again = launch(tmp_path, "digits", {"lr": "0.01"}, parent=Origin(folder=first.folder))
    branch = launch(tmp_path, "digits", {"epochs": "5"}, parent=Origin(folder=first.folder, step="last"))
    assert (again.folder.name, branch.folder.name) == ("mine-2", "mine-3")
    restarted, branched = watch_to_the_end(again.folder), watch_to_the_end(branch.folder)
    assert first.process.wait() == again.process.wait() == branch.process.wait() == 0
    assert restarted.status is branched.status is RunStatus.FINISHED
    assert restarted.manifest is not None and branched.manifest is not None
    assert restarted.manifest.parent == Parent(run="mine", step=0, changed={"lr": 0.01})
    assert restarted.manifest.seed == 4 and restarted.manifest.hparams["width"] == 32
    assert restarted.step == 69 and restarted.events == []
    assert branched.manifest.parent == Parent(run="mine", step=69, changed={"epochs": 5})
    (event,) = branched.events
    assert isinstance(event, EventRecord) and (event.name, event.step, event.from_) == ("branch", 69, "mine")
    assert (branched.step, branched.epoch) == (115, 5.0)
    assert branched.train_loss.track.axis("step").values[0] > 69


def test_a_branch_has_as_many_processes_as_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui_trainers.distributed.count.usable_gpus", lambda: [])
    parent = Origin(folder=write_run(tmp_path / "parent", whole_run(), processes=2))
    assert [processes_of(*each) for each in [(None, None), (3, None), (None, parent), (1, parent)]] == [1, 3, 2, 1]
    with pytest.raises(ProcessesError):
        launch(tmp_path, "digits", {}, processes=0)
    assert [path.name for path in tmp_path.iterdir()] == ["parent"]
