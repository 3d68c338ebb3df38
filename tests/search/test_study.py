"""A study's file: what is written is read again, whatever kills its writer, fills its disk or edits it."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from dltui.errors import RunsFolderError, SearchError, UsageError
from dltui.runs.status import RunStatus
from dltui.search.study.folder import (
    STARTING_S,
    StudyFile,
    StudyReader,
    find_study,
    is_at_work,
    make_study,
    read_study,
    status_of,
    studies_in,
    take_lock,
)
from dltui.search.study.options import SearchOptions, TuneOptions
from dltui.search.study.records import STUDY, Asked, Begun, Reported, Submitted, Supervised, Told, to_line
from dltui.search.study.study import Study, TrialState


def begun(name: str = "", **changes: object) -> Begun:
    """Return the first record of a search on digits."""
    wanted = {"task": "digits", "time": 1.0, "command": ["dltui"], "search": SearchOptions(), **changes}
    return Begun(name=name, **wanted)  # type: ignore[arg-type]


def asked(number: int) -> Asked:
    """Return the record of a trial that was chosen."""
    return Asked(number=number, time=2.0, settings={"lr": 0.1 * (number + 1)})


def test_what_is_written_is_read_again_and_for_the_owner_alone(tmp_path: Path) -> None:
    folder = make_study(tmp_path, begun())
    assert folder.name.startswith("digits-search-") and folder.stat().st_mode & 0o077 == 0
    file = StudyFile(folder, take_lock(folder))
    file.append(asked(0), Submitted(trial=0, job="t0000", seed=0, time=2.5, handle="local:1"))
    file.append(
        Reported(trial=0, job="t0000", time=3.0, run="t0000", state="running", points=[(1.0, 0.5)], step=9, epoch=1.0)
    )
    file.append(Told(number=0, time=4.0, state="complete", value=0.5, run="t0000", seconds=2.0))
    file.append(Told(number=0, time=5.0, state="failed"))  # it counts once
    file.close()
    study = read_study(folder)
    assert study == file.study
    assert study.begun is not None and study.begun.name == folder.name
    assert [each.state for each in study.trials] == [TrialState.COMPLETE]
    assert study.best is study.trials[0] and study.trials[0].jobs["t0000"].points == [(1.0, 0.5)]


def test_a_tuning_is_called_so_and_a_name_is_checked(tmp_path: Path) -> None:
    assert "-tune-" in make_study(tmp_path, begun(search=None, tuning=TuneOptions())).name
    assert make_study(tmp_path, begun("mine")).name == "mine"
    with pytest.raises(UsageError, match="already a 'mine'"):
        make_study(tmp_path, begun("mine"))
    with pytest.raises(UsageError, match="cannot be a run's name"):
        make_study(tmp_path, begun("../out"))
    assert find_study(tmp_path, "mine") == tmp_path / "mine"
    with pytest.raises(SearchError, match="'yours' is no search in"):
        find_study(tmp_path, "yours")


def test_a_full_disk_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(RunsFolderError, match="is full"):
        make_study(tmp_path / "runs", begun())
    assert not list(tmp_path.iterdir())


def test_a_reader_takes_bytes_one_at_a_time(tmp_path: Path) -> None:
    whole = b"".join(map(to_line, (begun("mine"), asked(0), asked(1))))
    reader = StudyReader(tmp_path)
    with (tmp_path / STUDY).open("wb", buffering=0) as file:
        news = []
        for byte in whole:
            file.write(bytes([byte]))
            news.append(reader.read())
    assert sum(news) == 3
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / STUDY).write_bytes(whole)
    assert reader.study == read_study(tmp_path / "whole")
    assert not reader.read()


def test_a_torn_tail_is_not_read_and_cut_off_by_who_goes_on(tmp_path: Path) -> None:
    folder = make_study(tmp_path, begun())
    line = to_line(asked(0))
    with (folder / STUDY).open("ab") as file:
        file.write(line + line[:20])
    assert len(read_study(folder).trials) == 1
    going_on = StudyFile(folder, take_lock(folder))
    going_on.append(asked(1))
    going_on.close()
    study = read_study(folder)
    assert [each.number for each in study.trials] == [0, 1] and not study.skipped


def test_lines_that_are_no_records_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = make_study(tmp_path, begun())
    with (folder / STUDY).open("ab") as file:
        file.write(b'{"record":"of a later version"}\n\xff\xfe\n[' + b"[" * 5000 + b"\n\nnull\n" + to_line(asked(0)))
    study = read_study(folder)
    assert len(study.trials) == 1 and study.skipped == 4


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "its beginning is missing"),
        (to_line(begun(format=9)), "has the format 9"),
        (None, "it has no study.jsonl"),
    ],
)
def test_what_is_no_study(tmp_path: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / STUDY).write_bytes(content)
    with pytest.raises(SearchError, match=told):
        read_study(tmp_path)
    assert not list(studies_in(tmp_path.parent / "nowhere"))


def test_a_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    folder = make_study(tmp_path, begun())
    reader = StudyReader(folder)
    with (folder / STUDY).open("ab") as file:
        file.write(to_line(asked(0)))
    assert reader.read() and len(reader.study.trials) == 1
    (folder / "other").write_bytes(to_line(begun("other")))
    (folder / "other").rename(folder / STUDY)
    assert reader.read() and reader.study.begun == begun("other") and not reader.study.trials


def test_a_disk_that_fills_up_loses_nothing_that_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_study(tmp_path, begun())
    file = StudyFile(folder, take_lock(folder))
    file.append(asked(0))
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:10]))
        with pytest.raises(SearchError, match=f"cannot be written to .*{os.strerror(errno.ENOSPC)}"):
            file.append(asked(1))
    assert len(file.study.trials) == 1
    file.append(asked(1))
    file.close()
    study = read_study(folder)
    assert [each.number for each in study.trials] == [0, 1] and not study.skipped


def test_one_process_works_on_it_at_a_time(tmp_path: Path) -> None:
    folder = make_study(tmp_path, begun())
    assert not is_at_work(folder)
    lock = take_lock(folder)
    assert is_at_work(folder)
    with pytest.raises(SearchError, match="Another process works on"):
        take_lock(folder)
    os.close(lock)
    assert not is_at_work(folder)


def test_what_has_become_of_it(tmp_path: Path) -> None:
    study = Study(begun=begun())
    assert status_of(tmp_path, study, STARTING_S - 1) is RunStatus.STARTING
    assert status_of(tmp_path, study, STARTING_S + 1) is RunStatus.KILLED
    study.take(Supervised(time=1.0, status="running", host="elsewhere", pid=1))
    assert status_of(tmp_path, study, 1.0) is RunStatus.RUNNING
    assert status_of(tmp_path, study, 1000.0) is RunStatus.KILLED
    lock = take_lock(tmp_path)
    assert status_of(tmp_path, study, 1000.0) is RunStatus.RUNNING
    os.close(lock)
    study.take(Supervised(time=2.0, status="finished"))
    assert status_of(tmp_path, study, 1.0) is RunStatus.FINISHED
