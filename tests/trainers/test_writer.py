"""The log: whole lines whatever the disk does, and a lock that shows who is alive."""

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from disks import Disk

from dltui_trainers import backlog
from dltui_trainers import writer as writer_module
from dltui_trainers.errors import RunFolderError
from dltui_trainers.runlog import METRICS, EndRecord, EventRecord, StepRecord
from dltui_trainers.writer import RunWriter
from trainers.trainings import read_log


def step(number: int) -> StepRecord:
    return StepRecord(step=number, time=0.0, epoch=0.0, train_loss=1.0, lr=0.1)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Disk]:
    def start(room: int) -> Disk:
        disk = Disk(room)
        monkeypatch.setattr(os, "write", disk.write)
        return disk

    return start


def test_records_are_whole_lines_for_the_owner_alone(tmp_path: Path) -> None:
    writer = RunWriter.create(tmp_path / "new" / "run")
    writer.write(step(1))
    assert read_log(tmp_path / "new" / "run") == [step(1)]  # at once, without a flush
    writer.close()
    assert stat.S_IMODE((tmp_path / "new" / "run" / METRICS).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "run").stat().st_mode) == 0o700


@pytest.mark.parametrize("room", [0, 1, 60, 95, 300])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_fills_at_any_byte_loses_and_tears_nothing(
    tmp_path: Path, full_disk: Callable[[int], Disk], room: int, error: int
) -> None:
    writer = RunWriter.create(tmp_path)
    disk = full_disk(room)
    disk.error = error
    for number in range(1, 21):
        writer.write(step(number))
    disk.room = 10**6
    writer.write(step(21))
    assert read_log(tmp_path) == [step(number) for number in range(1, 22)]


def test_closing_writes_what_waits(tmp_path: Path, full_disk: Callable[[int], Disk]) -> None:
    writer = RunWriter.create(tmp_path)
    disk = full_disk(10)
    writer.write(step(1))
    writer.write(EndRecord(step=1, time=0.0, status="finished"))
    disk.room = 10**6
    writer.close()
    assert [type(record) for record in read_log(tmp_path)] == [StepRecord, EndRecord]


def test_a_disk_that_stays_full_is_told_once_and_never_raises(
    tmp_path: Path, full_disk: Callable[[int], Disk], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(writer_module, "say", said.append)
    writer = RunWriter.create(tmp_path)
    full_disk(0)
    for number in range(5):
        writer.write(step(number))
    writer.close()
    assert len(said) == 2
    assert "No space left on device" in said[0] and "could not be written" in said[1]


def test_beyond_its_memory_it_counts_what_it_dropped(
    tmp_path: Path, full_disk: Callable[[int], Disk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "PENDING_LIMIT", 500)
    writer = RunWriter.create(tmp_path)
    disk = full_disk(0)
    for number in range(1, 101):
        writer.write(step(number))
    disk.room = 10**6
    writer.write(step(101))
    *kept, event, last = read_log(tmp_path)
    assert kept == [step(number) for number in range(1, len(kept) + 1)]
    assert isinstance(event, EventRecord) and event.name == "log_dropped"
    assert event.reason.startswith(f"{100 - len(kept)} records")
    assert last == step(101)


def test_two_trainings_cannot_share_a_log(tmp_path: Path) -> None:
    first = RunWriter.create(tmp_path)
    with pytest.raises(RunFolderError, match="Another training"):
        RunWriter.create(tmp_path)
    first.write(step(1))
    first.close()
    with pytest.raises(RunFolderError, match="already holds a run"):
        RunWriter.create(tmp_path)


def test_a_log_opened_and_locked_by_the_launcher_is_taken_over(tmp_path: Path) -> None:
    fd = os.open(tmp_path / METRICS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    writer = RunWriter.inherit(os.dup(fd), tmp_path)
    os.close(fd)
    with pytest.raises(RunFolderError):  # the lock outlives the launcher's own descriptor
        RunWriter.create(tmp_path)
    writer.close()
    RunWriter.create(tmp_path).close()


def test_a_descriptor_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / METRICS).touch()
    other = os.open(tmp_path / "other", os.O_WRONLY | os.O_CREAT)
    with pytest.raises(RunFolderError, match="is not the run log"):
        RunWriter.inherit(other, tmp_path)
    os.close(other)
    with pytest.raises(RunFolderError, match="Bad file descriptor"):
        RunWriter.inherit(987, tmp_path)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="cannot be written"):
        RunWriter.create(tmp_path / "file" / "run")
