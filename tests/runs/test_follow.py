"""What becomes of a run, told from its folder: the states, and a thread that brings the news."""

import os
import threading
from pathlib import Path

import pytest
from runlogs import Lock, append, end, step, wait_until, whole_run, write_run

from dltui.catalog.catalog import Catalog
from dltui.runs.follow import FolderWatch
from dltui.runs.follower import LogFollower
from dltui.runs.liveness import is_locked, judge
from dltui.runs.reader import read_manifest
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.series.state import RunState


def test_a_run_whose_log_is_locked_is_at_work(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1)])
    assert judge(folder, read_manifest(folder), None) is RunStatus.KILLED
    with Lock(folder):
        assert judge(folder, read_manifest(folder), None) is RunStatus.RUNNING
        assert judge(folder, None, None) is RunStatus.STARTING
        assert is_locked(folder / "metrics.jsonl")
    assert not is_locked(folder / "metrics.jsonl")


def test_a_look_does_not_disturb_the_lock(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1)])
    assert not is_locked(folder / "metrics.jsonl")
    with Lock(folder):  # would hang if the look had kept it
        pass


@pytest.mark.parametrize("status", ["finished", "stopped", "failed"])
def test_the_last_record_decides(tmp_path: Path, status: str) -> None:
    folder = write_run(tmp_path / "run", [step(1), end(status)])
    with Lock(folder):  # it may still be writing its checkpoint
        assert FolderWatch(folder).look().status == RunStatus(status)


def test_on_another_machine_silence_decides(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1)], host="elsewhere")
    assert judge(folder, read_manifest(folder), None) is RunStatus.RUNNING
    os.utime(folder / "metrics.jsonl", (1, 1))
    assert judge(folder, read_manifest(folder), None) is RunStatus.KILLED


def test_a_failure_names_the_line_of_its_traceback(tmp_path: Path) -> None:
    output = "start\nTraceback (most recent call last):\n  old\nagain\nTraceback (most recent call last):\n  new\n"
    folder = write_run(tmp_path / "run", [step(1), end("failed", error="ValueError: no")], output)
    update = FolderWatch(folder).look()
    assert update.status is RunStatus.FAILED and update.traceback_line == 5
    assert update.output is not None and update.output[-1] == "  new"


def test_progress_bars_show_their_last_state(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [], "epoch 1\r 50%\r100%\nlast\r\n")
    assert FolderWatch(folder).look().output == ("100%", "last")


def test_a_killed_run_is_only_called_so_once_its_log_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.runs.reader.LogReader.read.__defaults__", (200,), raising=False)
    folder = write_run(tmp_path / "run", [*(step(each) for each in range(50)), end("finished")])
    watch, seen = FolderWatch(folder), []
    loading = True
    while loading:
        update = watch.look()
        loading = update.loading
        seen.append(update.status)
    assert RunStatus.KILLED not in seen
    assert seen[-1] is RunStatus.FINISHED


def test_a_run_that_goes_on_after_its_end_is_at_work_again(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", whole_run())
    watch = FolderWatch(folder)
    assert watch.look().status is RunStatus.FINISHED
    with Lock(folder):
        append(folder, step(101))
        watch.look()
        assert watch.look().status is RunStatus.RUNNING


def test_the_follower_brings_every_record_and_ends(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1)])
    state, taken = RunState(), threading.Lock()

    def take(update: RunUpdate) -> None:
        with taken:
            state.take(update)
        follower.acknowledge()

    follower = LogFollower(FolderWatch(folder), take)
    with Lock(folder):
        follower.start()
        for each in range(2, 500):
            append(folder, step(each))
        wait_until(lambda: len(state.train_loss) == 499)
        assert state.status is RunStatus.RUNNING
    wait_until(lambda: state.status is RunStatus.KILLED)
    follower.close()
    assert not any(thread.name.startswith("follow") for thread in threading.enumerate())
    assert state.train_loss.track.axis("step").values.tolist() == list(range(1, 500))


def test_a_follower_that_nobody_listens_to_can_be_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.runs.follower.UNREAD_UPDATES", 1)
    folder = write_run(tmp_path / "run", whole_run())
    seen: list[RunUpdate] = []
    follower = LogFollower(FolderWatch(folder), seen.append)
    follower.start()
    wait_until(lambda: bool(seen))
    append(folder, step(101))
    follower.close()
    follower.close()
    assert not any(thread.name.startswith("follow") for thread in threading.enumerate())


@pytest.mark.parametrize("name", ["metrics.jsonl", "run.json", "stdout.log"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "unreadable"])
def test_what_is_no_file_is_no_news_and_never_waited_for(tmp_path: Path, name: str, kind: str) -> None:
    folder = write_run(tmp_path / "run", whole_run())
    path = folder / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to(tmp_path / "nowhere")
    update = FolderWatch(folder).look()
    assert (update.manifest is None) == (name == "run.json")
    assert (update.batch is None) == (name == "metrics.jsonl")
    assert (update.output is None) == (name == "stdout.log")
    (run,) = Catalog(tmp_path).refresh()
    assert run.name == "run"
