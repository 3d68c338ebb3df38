"""A study is followed by its folder alone: what has come is told once, and nothing that befalls the folder ends it."""

import fcntl
import os
import queue
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from search.studies import search_records, write_study

from dltui.following import FolderFollower
from dltui.runs.status import RunStatus
from dltui.search.study.folder import LOCK
from dltui.search.study.follow import StudySeen, StudyWatch
from dltui.search.study.records import STUDY, StudyRecord, Supervised, Told, to_line
from dltui.search.study.study import TrialState


@contextmanager
def supervisor(folder: Path) -> Iterator[None]:
    """Hold the lock of the study, as its supervisor does."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


def here() -> list[StudyRecord]:
    """A search as a supervisor of this machine writes it."""
    host = os.uname().nodename
    records = search_records()
    return [msgspec.structs.replace(each, host=host) if isinstance(each, Supervised) else each for each in records]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_study(tmp_path / "a-search", here())


def append(folder: Path, *records: StudyRecord) -> None:
    with (folder / STUDY).open("ab") as file:
        file.write(b"".join(map(to_line, records)))


def test_what_has_come_is_told_once_and_what_was_told_stays_as_it_was(folder: Path) -> None:
    watch = StudyWatch(folder)
    with supervisor(folder):
        first = watch.look()
        assert first is not None and first.study is not None and first.status is RunStatus.RUNNING
        assert len(first.study.trials) == 34 and watch.look() is None
        append(folder, Told(number=31, time=9.0, state="complete", value=0.05))
        second = watch.look(check_status=False)
    assert second is not None and second.study is not None
    assert second.study.trials[31].state is TrialState.COMPLETE
    assert first.study.trials[31].state is TrialState.RUNNING  # another thread may be drawing it
    assert first.study.trials[3] is second.study.trials[3] and first.study.trials[32] is not second.study.trials[32]


def test_a_supervisor_that_is_killed_is_told_though_nothing_has_come(folder: Path) -> None:
    watch = StudyWatch(folder)
    with supervisor(folder):
        watch.look()
    assert watch.look(check_status=False) is None
    seen = watch.look()
    assert seen is not None and seen.status is RunStatus.KILLED


def test_a_torn_line_is_waited_for_and_a_replaced_file_read_anew(folder: Path) -> None:
    watch = StudyWatch(folder)
    watch.look()
    line = to_line(Told(number=31, time=9.0, state="failed", error="x"))
    with (folder / STUDY).open("ab") as file:
        file.write(line[:9])
    assert watch.look() is None
    with (folder / STUDY).open("ab") as file:
        file.write(line[9:])
    seen = watch.look()
    assert seen is not None and seen.study is not None and seen.study.trials[31].state is TrialState.FAILED
    (folder / STUDY).unlink()
    gone = watch.look()
    assert gone is not None and "it was deleted" in gone.trouble and gone.study is seen.study
    write_study(folder, search_records(ended=2))
    anew = watch.look()
    assert anew is not None and anew.study is not None and len(anew.study.trials) == 5 and not anew.trouble
    shutil.rmtree(folder)
    last = watch.look()
    assert last is not None and "no longer there" in last.trouble


def test_a_file_that_is_none_tells_why(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / STUDY).write_bytes(b'{"chapters": 7}\n')
    seen = StudyWatch(folder).look()
    assert seen == StudySeen(study=None, status=RunStatus.STARTING)
    (folder / STUDY).write_bytes(to_line(here()[0]).replace(b'"format":1', b'"format":9'))
    seen = StudyWatch(folder).look()
    assert seen is not None and "format 9" in seen.trouble


def test_the_thread_tells_what_has_come_and_ends_when_it_is_closed(folder: Path) -> None:
    heard: queue.Queue[StudySeen] = queue.Queue()
    follower = FolderFollower(StudyWatch(folder), heard.put)
    follower.start()
    assert heard.get(timeout=10).study is not None
    append(folder, Told(number=31, time=9.0, state="complete", value=0.05))
    seen = heard.get(timeout=10)
    assert seen.study is not None and seen.study.best is seen.study.trials[31]
    follower.close()
    follower.close()
