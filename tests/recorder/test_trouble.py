"""A disk that is full, a folder that is gone: the training goes on, with one warning."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from disks import Disk

from dltui_trainers import backlog
from dltui_trainers.recorder import Run, start_run
from dltui_trainers.recorder import run as run_module
from dltui_trainers.runlog import MANIFEST, EventRecord, StepRecord
from recorder.kept import read_log, read_manifest, run_script


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Disk]:
    def start(room: int) -> Disk:
        disk = Disk(room)
        monkeypatch.setattr(os, "write", disk.write)
        return disk

    return start


@pytest.fixture
def run() -> Run:
    return start_run("test")


def steps(run: Run) -> list[int]:
    assert run.folder is not None
    return [record.step for record in read_log(run.folder)]


@pytest.mark.parametrize("room", [0, 1, 60, 95, 300])
def test_a_disk_that_fills_at_any_byte_loses_and_tears_nothing(
    run: Run, full_disk: Callable[[int], Disk], room: int, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = full_disk(room)
    for step in range(1, 21):
        run.log(step, train_loss=0.5, val_loss=0.5)
    disk.room = 10**6
    run.log(21, train_loss=0.5)
    assert steps(run) == [step for step in range(1, 21) for _ in range(2)] + [21]
    (warning,) = capsys.readouterr().err.splitlines()
    assert "No space left on device" in warning and "training goes on" in warning


def test_what_still_waits_is_written_at_the_end(run: Run, full_disk: Callable[[int], Disk]) -> None:
    disk = full_disk(10)
    run.log(1, train_loss=0.5)
    disk.room = 10**6
    run.finish()
    assert [record.step for record in read_log(run.folder or Path())] == [1, 1]


def test_a_disk_that_stays_full_is_told_once(
    run: Run, full_disk: Callable[[int], Disk], capsys: pytest.CaptureFixture[str]
) -> None:
    full_disk(0)
    for step in range(5):
        run.log(step, train_loss=0.5)
    run.finish()
    assert capsys.readouterr().err.count("\n") == 1


def test_beyond_its_memory_it_counts_what_it_dropped(
    run: Run, full_disk: Callable[[int], Disk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "PENDING_LIMIT", 500)
    disk = full_disk(0)
    for step in range(1, 101):
        run.log(step, train_loss=0.5)
    disk.room = 10**6
    run.log(101, train_loss=0.5)
    *kept, event, last = read_log(run.folder or Path())
    assert [record.step for record in kept] == list(range(1, len(kept) + 1))
    assert isinstance(event, EventRecord)
    assert event.reason.startswith(f"{100 - len(kept)} records")
    assert isinstance(last, StepRecord) and last.step == 101


def test_a_manifest_that_found_no_room_is_written_later(
    run: Run, full_disk: Callable[[int], Disk], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = full_disk(0)
    run.rewrite_manifest(settable=["lr"])
    assert read_manifest(run.folder or Path()).settable == []
    disk.room = 10**6
    monkeypatch.setattr(run_module, "LOOK_S", 0.0)
    run._due = run._next_look = 0.0
    run.log(1, train_loss=0.5)
    assert read_manifest(run.folder or Path()).settable == ["lr"]
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_that_is_removed_is_told_once(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_module, "LOOK_S", 0.0)
    run._due = run._next_look = 0.0
    run.log(1, train_loss=0.5)
    shutil.rmtree("runs")
    for step in range(2, 6):
        run.log(step, train_loss=0.5)
    run.rewrite_manifest(settable=["lr"])
    run.finish()
    assert not Path("runs").exists()
    (warning,) = capsys.readouterr().err.splitlines()
    assert "was removed" in warning


@pytest.mark.parametrize("place", ["file", "file/deeper", "/proc/nowhere", "/dev/null", "nul\0"])
def test_a_place_where_nothing_can_be_written_is_told_once(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").touch()
    with start_run("test", hparams={"lr": 0.1}, runs=place) as run:
        run.log(1, train_loss=0.5)
        run.write(StepRecord(step=1, time=0.0, train_loss=0.5))
        assert run.hparams == {"lr": 0.1} and run.folder is None
    (warning,) = capsys.readouterr().err.splitlines()
    assert "the training goes on and is not recorded" in warning


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_of_somebody_else_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    start_run("test").log(1, train_loss=0.5)
    tmp_path.chmod(0o700)
    assert "Permission denied" in capsys.readouterr().err


def test_standard_error_that_is_closed_stops_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    run.log(1, train_loss="text")
    run.log(2, train_loss=0.5)
    assert steps(run) == [2]


@pytest.mark.slow
def test_a_real_disk_that_is_full(tmp_path: Path) -> None:
    """The limit of a file's size is the full disk that every user has at hand."""
    code = """
import resource, signal, dltui
run = dltui.start_run("test")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
for step in range(100):
    run.log(step, train_loss=1.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
run.log(100, train_loss=1.0)
print("trained")
"""
    done = run_script(tmp_path, code)
    assert done.stdout == "trained\n"
    assert done.stderr.count("\n") == 1 and "cannot be written" in done.stderr
    assert [record.step for record in read_log(tmp_path / "runs" / "test")] == [*range(101), 100]
    assert (tmp_path / "runs" / "test" / MANIFEST).exists()
