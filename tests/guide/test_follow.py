"""A guide is followed by its folder alone: what is new is told once, and nothing that befalls the folder ends it."""

import fcntl
import os
import queue
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from guide.sample import guide_at, sample_guide

from dltui.following import FolderFollower
from dltui.guide.folder import LOCK, STATE, write_guide
from dltui.guide.follow import GuideSeen, GuideWatch
from dltui.guide.standing import STARTING_S, best_loss, halted_at, shown_trial
from dltui.guide.state import Guide, GuideStatus
from dltui.runs.status import RunStatus


@contextmanager
def engine(folder: Path) -> Iterator[None]:
    """Hold the lock of the guide, as its engine does."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "a-guide"
    made.mkdir()
    return made


def here(guide: Guide) -> Guide:
    """The guide as an engine of this machine writes it."""
    return msgspec.structs.replace(guide, host=os.uname().nodename, pid=os.getpid())


def write(folder: Path, guide: Guide) -> None:
    write_guide(folder, here(guide))


def test_what_is_new_is_told_once(folder: Path) -> None:
    write(folder, guide_at(3))
    watch = GuideWatch(folder)
    with engine(folder):
        first = watch.look()
        assert first == GuideSeen(guide=here(guide_at(3)), status=RunStatus.RUNNING)
        assert watch.look() is None
        write(folder, guide_at(4))
        second = watch.look(check_status=False)
        assert second is not None and second.guide is not None and second.guide.at == 4
        write(folder, guide_at(4))
        assert watch.look() is None  # written again as it was


def test_an_engine_that_is_killed_is_told_though_the_state_is_as_it_was(folder: Path) -> None:
    write(folder, guide_at(3))
    watch = GuideWatch(folder)
    with engine(folder):
        watch.look()
    assert watch.look(check_status=False) is None
    seen = watch.look()
    assert seen is not None and seen.status is RunStatus.KILLED
    with engine(folder):
        write(folder, guide_at(5))
        again = watch.look()
    assert again is not None and again.status is RunStatus.RUNNING


def test_one_that_no_engine_has_taken_up_yet_is_starting_for_a_while(folder: Path) -> None:
    write_guide(folder, msgspec.structs.replace(guide_at(0), pid=0, host=""))
    watch = GuideWatch(folder)
    seen = watch.look()
    assert seen is not None and seen.status is RunStatus.STARTING
    long_ago = (folder / STATE).stat().st_mtime - STARTING_S - 1
    os.utime(folder / STATE, (long_ago, long_ago))
    later = watch.look()
    assert later is not None and later.status is RunStatus.KILLED


def test_a_torn_state_leaves_what_was_known(folder: Path) -> None:
    write(folder, sample_guide())
    watch = GuideWatch(folder)
    watch.look()
    whole = (folder / STATE).read_bytes()
    (folder / STATE).write_bytes(whole[: len(whole) // 2])
    torn = watch.look()
    assert torn is not None and torn.guide is not None and "not the state of a guide" in torn.trouble
    assert watch.look() is None
    (folder / STATE).write_bytes(whole)
    mended = watch.look()
    assert mended is not None and not mended.trouble


def test_nothing_there_yet(folder: Path) -> None:
    watch = GuideWatch(folder)
    seen = watch.look()
    assert seen is not None and seen.guide is None and "no guide" in seen.trouble
    write(folder, sample_guide())
    found = watch.look()
    assert found is not None and found.status is RunStatus.FINISHED and not found.trouble


def test_a_folder_that_is_deleted(folder: Path) -> None:
    write(folder, sample_guide())
    watch = GuideWatch(folder)
    watch.look()
    shutil.rmtree(folder)
    seen = watch.look()
    assert seen is not None and seen.guide is not None and "no longer there" in seen.trouble
    assert watch.look() is None


def test_idle_costs_a_look_at_the_time_of_one_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, sample_guide())
    watch = GuideWatch(folder)
    watch.look()
    stats: list[object] = []
    real = os.stat
    monkeypatch.setattr("dltui.guide.follow.os.stat", lambda path: stats.append(path) or real(path))
    monkeypatch.setattr("dltui.guide.follow.read_guide", lambda folder: pytest.fail("it was read"))
    monkeypatch.setattr("dltui.guide.follow.is_at_work", lambda folder: pytest.fail("its lock was tried"))
    for _ in range(10):
        assert watch.look() is None
    assert stats == [folder / STATE] * 10


def test_a_guide_of_another_machine_is_at_work_while_it_writes(folder: Path) -> None:
    write_guide(folder, msgspec.structs.replace(guide_at(3), host="elsewhere", pid=7))
    seen = GuideWatch(folder).look()
    assert seen is not None and seen.status is RunStatus.RUNNING
    os.utime(folder / STATE, (0, 0))
    silent = GuideWatch(folder).look()
    assert silent is not None and silent.status is RunStatus.KILLED


def test_the_thread_tells_and_ends(folder: Path) -> None:
    write(folder, guide_at(2))
    told: queue.Queue[GuideSeen] = queue.Queue()
    follower = FolderFollower(GuideWatch(folder), told.put)
    follower.start()
    assert told.get(timeout=60).status is RunStatus.KILLED
    write(folder, sample_guide())
    assert told.get(timeout=60).status is RunStatus.FINISHED
    follower.close()
    follower.close()
    assert told.empty()


def test_what_it_has_come_to() -> None:
    guide = sample_guide()
    assert best_loss(guide) == 0.0786 and shown_trial(guide) == "s6-final"
    assert best_loss(guide_at(3)) != best_loss(guide_at(3))  # nothing yet: a NaN
    assert shown_trial(guide_at(3)) == "s2-lr-0.01" and shown_trial(guide_at(0)) == ""
    assert halted_at(guide) is None and halted_at(guide_at(3)) is None


def test_a_paused_one_is_at_work(folder: Path) -> None:
    write(folder, msgspec.structs.replace(guide_at(3), status=GuideStatus.PAUSED))
    with engine(folder):
        seen = GuideWatch(folder).look()
    assert seen is not None and seen.status is RunStatus.RUNNING
