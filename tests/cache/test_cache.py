"""What was read of a log and kept: found again while it is true, and never in the way."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from dltui import cache
from dltui.cache.folder import cache_folder, kept_file, make_room
from dltui.cache.layout import AnyColumn

COLUMNS: dict[str, AnyColumn] = {
    "loss": np.array([1.0, np.nan, -np.inf, 0.25]),
    "count": np.arange(5, dtype=np.int64),
    "known": np.array([True, False, True]),
    "none": np.empty(0),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test's own, not there yet."""
    where = tmp_path / "made" / "cache"
    monkeypatch.setenv("DLTUI_CACHE", str(where))
    return where


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of some lines."""
    path = tmp_path / "log.csv"
    path.write_bytes(b"".join(b"%d,0.5\n" % number for number in range(20_000)))
    return path


def stamp(path: Path) -> cache.Stamp:
    """The log as it is now."""
    return cache.Stamp.of(path.stat())


def keep(path: Path, variant: str = "") -> Path:
    """Keep the log and return the file in which it lies."""
    cache.save(path, COLUMNS, stamp=stamp(path), header=b"\x00head", variant=variant)
    file = kept_file(path, variant)
    assert file is not None
    return file


def is_kept(path: Path, variant: str = "", *, append_only: bool = False) -> bool:
    """Whether the log is found, and its columns are what they were."""
    kept = cache.load(path, variant, append_only=append_only)
    if kept is None:
        return False
    part = kept.part(0)
    kept.close()
    if part is None:
        return False
    assert part.header == b"\x00head" and list(part.columns) == list(COLUMNS)
    for name, column in part.columns.items():
        assert column.dtype == COLUMNS[name].dtype
        assert np.array_equal(column, COLUMNS[name], equal_nan=column.dtype.kind == "f")
    return True


def test_what_was_kept_is_found_again(log: Path, folder: Path) -> None:
    assert not is_kept(log)
    file = keep(log)
    assert is_kept(log)
    assert list(folder.iterdir()) == [file]
    assert sorted(each.name for each in log.parent.iterdir()) == ["log.csv", "made"]  # nothing beside the log


def test_nobody_else_reads_it(log: Path, folder: Path) -> None:
    file = keep(log)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


def test_each_way_to_read_a_log_is_kept_for_itself(log: Path) -> None:
    keep(log, "map train_loss=a")
    assert is_kept(log, "map train_loss=a")
    assert not is_kept(log) and not is_kept(log, "map train_loss=b")


def test_a_path_may_be_told_in_several_ways(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(log)
    monkeypatch.chdir(log.parent)
    assert is_kept(Path("log.csv")) and is_kept(log.parent / "made" / ".." / "log.csv")


def _append(log: Path) -> None:
    with log.open("ab") as file:
        file.write(b"more\n")


def _touch(log: Path) -> None:
    os.utime(log, ns=(1, 1))


def _shorten(log: Path) -> None:
    os.truncate(log, 10)


def _replace(log: Path) -> None:
    other = log.with_suffix(".new")
    shutil.copy2(log, other)
    other.replace(log)


def _rewrite_unseen(log: Path) -> None:
    """Other numbers, the same size, time and inode."""
    before = log.stat()
    log.write_bytes(log.read_bytes().replace(b"0.5", b"0.6"))
    os.utime(log, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [_append, _touch, _shorten, _replace, _rewrite_unseen, os.unlink])
def test_a_log_that_changed_is_read_anew(log: Path, change: object) -> None:
    keep(log)
    assert callable(change)
    change(log)
    assert not is_kept(log)
    assert is_kept(log, append_only=True) == (change is _append)


def test_a_log_that_grew_after_its_beginning_was_replaced_is_read_anew(log: Path) -> None:
    keep(log)
    log.write_bytes(log.read_bytes().replace(b"0.5", b"0.6") + b"more\n")
    assert not is_kept(log, append_only=True)


@pytest.mark.parametrize("cut", [0, 1, 10, 100, -1, -20, -200])
def test_a_kept_log_that_was_cut_off_is_none(log: Path, cut: int) -> None:
    file = keep(log)
    data = file.read_bytes()
    file.write_bytes(data[:cut])
    assert not is_kept(log)


def test_not_one_byte_of_a_kept_log_can_be_wrong(log: Path) -> None:
    file = keep(log)
    data = file.read_bytes()
    for place in range(len(data)):
        file.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        assert not is_kept(log), f"byte {place} of {len(data)}"
    file.write_bytes(data + b"x")
    assert not is_kept(log)


@pytest.mark.parametrize("content", [b"", b"\x00" * 5000, b"dltuikpt" * 100, b"{}"])
def test_what_is_no_kept_log_is_none(log: Path, content: bytes) -> None:
    file = keep(log)
    file.write_bytes(content)
    assert not is_kept(log)


def test_only_numbers_are_kept(log: Path) -> None:
    cache.save(log, {"object": np.array([print], dtype=object)}, stamp=stamp(log))
    assert cache.load(log) is None


def test_the_cache_can_be_switched_off(log: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLTUI_CACHE", "")
    cache.save(log, COLUMNS, stamp=stamp(log))
    assert cache.load(log) is None and not folder.exists()


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DLTUI_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/dltui")
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", "/home/me")
    assert cache_folder() == Path("/home/me/.cache/dltui")


def test_a_folder_that_cannot_be_made_is_no_trouble(log: Path, folder: Path) -> None:
    folder.parent.write_text("a file is in the way")
    cache.save(log, COLUMNS, stamp=stamp(log))
    assert cache.load(log) is None


def test_a_folder_of_somebody_else_is_not_used(log: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    cache.save(log, COLUMNS, stamp=stamp(log))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("moment", ["write", "close"])
def test_a_full_disk_leaves_nothing_behind(
    log: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    writer = cache.KeptWriter(log)
    monkeypatch.setattr(
        "dltui.cache.writer.encode_end" if moment == "close" else "dltui.cache.writer.checksum_of", full
    )
    writer.add(COLUMNS)
    writer.finish(stamp(log))
    assert cache.load(log) is None and list(folder.iterdir()) == []


def test_some_of_the_disk_is_left_to_others(log: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.cache.writer.SPARE_BYTES", 1 << 62)
    keep(log)
    assert list(folder.iterdir()) == []


def test_what_is_not_finished_is_not_found_and_goes(log: Path, folder: Path) -> None:
    writer = cache.KeptWriter(log)
    writer.add(COLUMNS)
    assert cache.load(log) is None
    del writer
    assert list(folder.iterdir()) == []


def test_it_may_be_deleted_while_it_is_read(log: Path) -> None:
    file = keep(log)
    kept = cache.load(log)
    assert kept is not None
    file.unlink()
    assert kept.part(0) is not None
    kept.close()
    assert kept.part(0) is None


def test_the_one_not_used_for_longest_goes_first(tmp_path: Path, folder: Path) -> None:
    files = []
    for number in range(3):
        path = tmp_path / f"{number}.csv"
        path.write_text("x")
        files.append(keep(path))
        os.utime(files[-1], (1000 + number, 1000 + number))
    assert is_kept(tmp_path / "0.csv")  # used just now
    old, abandoned = folder / "new.unfinished", folder / "old.unfinished"
    old.touch()
    abandoned.touch()
    os.utime(abandoned, (1, 1))
    make_room(folder, 2 * files[0].stat().st_size)
    assert sorted(folder.iterdir()) == sorted([files[0], files[2], old])


def test_a_log_that_is_too_long_is_not_kept(log: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.cache.writer.LIMIT_BYTES", 50)
    keep(log)
    assert list(folder.iterdir()) == []
