"""A guide's folder: it is made whole or not at all, read with patience, and worked on by one engine at a time."""

import errno
import fcntl
import os
import shutil
import threading
from pathlib import Path

import msgspec
import pytest
from guide.works import report

from dltui.errors import GuideError, RunsFolderError, UsageError
from dltui.guide.engine.launch import begin, take_up
from dltui.guide.folder import (
    LOCK,
    STATE,
    find_guide,
    guides_in,
    is_at_work,
    is_guide,
    make_folder,
    read_guide,
    take_lock,
    unfinished,
    write_guide,
)
from dltui.guide.options import Options
from dltui.guide.state import Guide, GuideStatus, StepState, new_guide


def guide(**changes: object) -> Guide:
    """Return a guide before its first step."""
    made = new_guide(name="mine", task="digits", options=Options(), command=["dltui"], began=1.0)
    return msgspec.structs.replace(made, **changes)


def test_what_is_written_is_read_again_and_for_the_owner_alone(tmp_path: Path) -> None:
    written = guide(looked=report(), chosen={"lr": 0.1, "layer_dropout": "0.1,0.2"}, status=GuideStatus.PAUSED)
    write_guide(tmp_path, written)
    assert read_guide(tmp_path) == written
    assert (tmp_path / STATE).stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == [STATE]


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "x" * 101, "a b", "\x1b[31m"])
def test_a_name_that_no_folder_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a run's name"):
        make_folder(tmp_path, "digits", name)
    assert not list(tmp_path.iterdir())


def test_a_runs_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunsFolderError, match="is not a folder"):
        make_folder(tmp_path / "file", "digits")


def test_a_full_disk_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1 << 30, 1 << 30, 0))
    with pytest.raises(RunsFolderError, match="is full"):
        begin(tmp_path / "runs", "digits", Options())
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_at_the_first_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("dltui.guide.folder.write_whole", full)
    with pytest.raises(GuideError, match="No space left"):
        begin(tmp_path / "runs", "digits", Options())
    assert not list((tmp_path / "runs").iterdir())


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"\xff", b"[" * 200_000, b'{"format":1,"name":"x"}'],
)
def test_a_state_that_is_none_is_told_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / STATE).write_bytes(content)
    with pytest.raises(GuideError, match="is not the state of a guide"):
        read_guide(tmp_path)


def test_every_torn_state_is_told_in_a_sentence(tmp_path: Path) -> None:
    write_guide(tmp_path, guide(looked=report()))
    whole = (tmp_path / STATE).read_bytes().rstrip()
    for length in range(0, len(whole), 97):
        (tmp_path / STATE).write_bytes(whole[:length])
        with pytest.raises(GuideError):
            read_guide(tmp_path)


def test_a_format_of_the_future(tmp_path: Path) -> None:
    write_guide(tmp_path, guide(format=2))
    with pytest.raises(GuideError, match="format 2"):
        read_guide(tmp_path)


def test_guides_are_found_by_name_and_by_path_and_listed_newest_first(tmp_path: Path) -> None:
    for name, began in (("old", 1.0), ("new", 2.0)):
        write_guide(make_folder(tmp_path, "digits", name), guide(name=name, began=began))
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / STATE).write_text("{")
    (tmp_path / "a-run").mkdir()
    assert [folder.name for folder, _ in guides_in(tmp_path)] == ["new", "old"]
    assert find_guide(tmp_path, "old") == tmp_path / "old"
    assert find_guide(Path("/nowhere"), str(tmp_path / "old")) == tmp_path / "old"
    for name in ("a-run", "nix", "x" * 5000, "a\0b"):
        assert not is_guide(tmp_path / name)
        with pytest.raises(GuideError, match="is no guide"):
            find_guide(tmp_path, name)
    assert list(guides_in(tmp_path / "nowhere")) == []


def test_the_newest_that_is_unfinished_is_gone_on_with(tmp_path: Path) -> None:
    for name, began, status in (
        ("a", 1.0, GuideStatus.STOPPED),
        ("b", 2.0, GuideStatus.FAILED),
        ("c", 3.0, GuideStatus.FINISHED),
    ):
        write_guide(make_folder(tmp_path, "digits", name), guide(name=name, began=began, status=status))
    assert unfinished(tmp_path, "digits", Options()) == tmp_path / "b"


def test_one_engine_at_a_time(tmp_path: Path) -> None:
    assert not is_at_work(tmp_path)
    lock = take_lock(tmp_path)
    assert is_at_work(tmp_path)
    with pytest.raises(GuideError, match="Another process"):
        take_lock(tmp_path)
    os.close(lock)
    assert not is_at_work(tmp_path)


def test_who_only_asks_whether_it_is_at_work_keeps_no_engine_out(tmp_path: Path) -> None:
    os.close(take_lock(tmp_path))
    asking = os.open(tmp_path / LOCK, os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    timer = threading.Timer(0.05, lambda: os.close(asking))
    timer.start()
    os.close(take_lock(tmp_path))
    timer.join()


def test_what_is_no_guide_gets_no_lock(tmp_path: Path) -> None:
    with pytest.raises(GuideError, match="is no guide"):
        take_up(tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_engine_on_another_machine_is_left_alone_until_it_falls_silent(tmp_path: Path) -> None:
    write_guide(tmp_path, guide(host="elsewhere", pid=17))
    with pytest.raises(GuideError, match="on elsewhere works on"):
        take_up(tmp_path)
    os.utime(tmp_path / STATE, (1.0, 1.0))
    os.close(take_up(tmp_path))


def test_to_keep_going_is_kept(tmp_path: Path) -> None:
    folder = begin(tmp_path, "digits", Options(skip=(2, 5)), "mine")
    assert not read_guide(folder).keep_going
    os.close(take_up(folder, keep_going=True))
    os.close(take_up(folder))
    assert read_guide(folder).keep_going
    assert [entry.state is StepState.SKIPPED for entry in read_guide(folder).steps] == [
        number in (2, 5) for number in range(7)
    ]


def test_the_path_of_data_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here.csv").write_text("a,b,class\n" + "".join(f"{n},{n * 3 % 7},{'xy'[n % 2]}\n" for n in range(60)))
    monkeypatch.chdir(tmp_path)
    folder = begin(tmp_path / "runs", "tabular", Options(settings={"data": "here.csv", "target": "class"}))
    assert read_guide(folder).options.settings == {"data": str(tmp_path / "here.csv"), "target": "class"}
