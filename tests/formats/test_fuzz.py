"""Damaged logs of every format, and bytes that never were one: refused in a sentence or read, and never anything else.

A log that comes piece by piece, and is cut, replaced and deleted meanwhile, is in the end what it is when it is opened.
"""

import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from formats.tables import assert_same, read_whole
from fuzzing import (
    DATABASES,
    MANIFEST_SEED,
    SEEDS,
    STORE,
    Seed,
    assert_a_sentence,
    assert_judged,
    damaged,
    read_or_refused,
    tried,
)
from hypothesis import given
from hypothesis import strategies as st

from dltui.errors import LogFormatError
from dltui.formats import open_log, state_of
from dltui.formats.following import growing_log
from dltui.formats.following.watch import LogWatch
from dltui.formats.known import find_format
from dltui.formats.reading.table import Table
from dltui.formats.recognise.training_log import is_training_log
from dltui.runs.follow import FolderWatch
from dltui.runs.update import RunUpdate
from dltui.series.state import RunState

SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".txt", ".log", ".wandb", ".db", "", ".out.tfevents.1.h.1.0")
ODD_VALUES = (None, "", "nan", "1.5", "x" * 50, b"\xff\0", float("inf"), -1e308, 1 << 62, -(1 << 62), 0, 1, "9" * 400)
_counter = itertools.count()


@pytest.fixture(autouse=True, scope="module")
def _at_every_look() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing_log, "CPU_SHARE", 1e9)
        yield


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


def fresh(root: Path, name: str, data: bytes | None = None) -> Path:
    """Return a path in a folder of its own; with bytes, the file is there."""
    folder = root / f"{next(_counter)}"
    folder.mkdir()
    path = folder / name
    if data is not None:
        path.write_bytes(data)
    return path


def forget(path: Path) -> None:
    shutil.rmtree(path.parent)


@given(seed=damaged())
@tried(800)
@pytest.mark.long
def test_a_damaged_log_is_read_or_refused(root: Path, seed: Seed) -> None:
    path = fresh(root, seed.name, seed.data)
    read_or_refused(path)
    is_training_log(path)
    forget(path)


@given(data=st.binary(max_size=400) | st.text(max_size=200).map(str.encode), suffix=st.sampled_from(SUFFIXES))
@tried(200)
def test_any_bytes_under_any_name(root: Path, data: bytes, suffix: str) -> None:
    path = fresh(root, f"log{suffix}", data)
    read_or_refused(path)
    is_training_log(path)
    forget(path)


@given(seed=damaged(DATABASES))
@tried(200)
def test_a_damaged_database_is_read_or_refused(root: Path, seed: Seed) -> None:
    path = fresh(root, seed.name, seed.data)
    for each in (path, path / "fine", path / "first"):
        read_or_refused(each)
        is_training_log(each)
    forget(path)


@given(rows=st.lists(st.tuples(*[st.sampled_from(ODD_VALUES)] * 3), max_size=6), which=st.sampled_from((0, 1)))
@tried(60)
def test_a_database_with_odd_values(root: Path, rows: list[tuple[object, ...]], which: int) -> None:
    seed = DATABASES[which]
    path = fresh(root, seed.name, seed.data)
    value = "metrics" if which == 0 else "value"
    change = f"UPDATE OR IGNORE metrics SET step = ?, timestamp = ?, {value} = ? WHERE rowid = ?"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA ignore_check_constraints = 1")
        for number, row in enumerate(rows, start=1):
            writer.execute(change, (*row, number))
            writer.execute(change, (row[0], row[1], f'{{"loss": {row[2]}}}', number + 6))
    for name in ("first", "fine", "broken", "lr/0.1"):
        read_or_refused(path / name)
    forget(path)


@given(meta=damaged(STORE[:1]), metric=damaged(STORE[1:]), name=st.sampled_from(("loss", "val_loss", "\x1b[b]", "lr")))
@tried(100)
def test_a_damaged_run_in_the_file_store_of_mlflow(root: Path, meta: Seed, metric: Seed, name: str) -> None:
    path = fresh(root, "meta.yaml", meta.data)
    (path.parent / "metrics").mkdir()
    (path.parent / "metrics" / "train_loss").write_bytes(STORE[1].data)
    (path.parent / "metrics" / name).write_bytes(metric.data)
    for each in (path.parent, path):
        read_or_refused(each)
    is_training_log(path.parent)
    forget(path)


@given(log=damaged(SEEDS[:1]), manifest=damaged((MANIFEST_SEED,)))
@tried(100)
def test_a_damaged_run_of_our_own(root: Path, log: Seed, manifest: Seed) -> None:
    path = fresh(root, "metrics.jsonl", log.data)
    (path.parent / "run.json").write_bytes(manifest.data)
    (path.parent / "stdout.log").write_bytes(log.data[:200])
    for each in (path.parent, path, path.parent / "run.json"):
        read_or_refused(each)
    assert_judged(_followed(FolderWatch(path.parent), RunState()))
    forget(path)


def _whole(path: Path) -> Table | None:
    """The table of a log that is there; None if it is refused, or is a run of our own."""
    try:
        found = find_format(path)
        return None if found is None else read_whole(found.format.tail(path, _OPTIONS))
    except LogFormatError:
        return None


_OPTIONS = LogWatch.__init__.__defaults__[0]  # type: ignore[index]


@given(seed=damaged(), cuts=st.lists(st.integers(0, 1 << 16), max_size=5), most=st.sampled_from([1, 7, 100, 1 << 20]))
@tried(500)
@pytest.mark.long
def test_in_pieces_it_is_the_same_as_whole(root: Path, seed: Seed, cuts: list[int], most: int) -> None:
    path = fresh(root, seed.name, seed.data)
    whole = _whole(path)
    if whole is not None:
        found = find_format(path)
        assert found is not None
        path.write_bytes(b"")
        tail = found.format.tail(path, _OPTIONS)
        for end in sorted({*(cut % (len(seed.data) + 1) for cut in cuts), len(seed.data)}):
            with path.open("ab") as file:
                file.write(seed.data[file.tell() : end])
            if end:
                _advance_as_far_as_it_goes(tail, most)
        tail.finish()
        assert_same(tail.table(), whole)
    forget(path)


def _advance_as_far_as_it_goes(tail: object, most: int) -> None:
    try:
        while tail.advance(most).more:  # type: ignore[attr-defined]
            pass
    except LogFormatError as error:  # of a document that is not whole yet
        assert_a_sentence(str(error))


def _followed(watch: LogWatch | FolderWatch, state: RunState) -> RunState:
    update = _looked(watch, state)
    while update.loading:
        update = _looked(watch, state)
    return state


def _looked(watch: LogWatch | FolderWatch, state: RunState) -> RunUpdate:
    update = watch.look()
    if update.trouble:
        assert_a_sentence(update.trouble)
    state.take(update)
    return update


_happenings = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "append", "truncate", "replace", "delete", "rewrite", "folder"]),
        st.integers(0, 1 << 16),
    ),
    max_size=7,
)


@given(seed=damaged(), other=damaged(), happenings=_happenings)
@tried(300)
@pytest.mark.long
def test_whatever_happens_to_a_log_that_is_followed(
    root: Path, seed: Seed, other: Seed, happenings: list[tuple[str, int]]
) -> None:
    path, state, written = fresh(root, seed.name), RunState(), 0
    watch = LogWatch(path)
    for what, number in happenings:
        if path.is_dir():
            path.rmdir()
        match what:
            case "append":
                end = written + number % 1000
                with path.open("ab") as file:
                    file.write(seed.data[written:end])
                written = min(end, len(seed.data))
            case "truncate" if path.exists():
                os.truncate(path, number % (path.stat().st_size + 1))
            case "replace":
                path.with_name("new").write_bytes(other.data[: number % (len(other.data) + 1)])
                path.with_name("new").rename(path)
            case "rewrite":
                path.write_bytes(seed.data)
            case "folder":
                path.unlink(missing_ok=True)
                path.mkdir()
            case _:
                path.unlink(missing_ok=True)
        _followed(watch, state)
        assert_judged(state)
    if path.is_dir():
        path.rmdir()
    _ends_as_it_is_when_opened(path, next(each for each in SEEDS if each.name == seed.name), watch, state)
    forget(path)


def _ends_as_it_is_when_opened(path: Path, sound: Seed, watch: LogWatch, state: RunState) -> None:
    """However it was before: a log that is whole again is shown as that."""
    path.with_name("new").write_bytes(sound.data)
    path.with_name("new").rename(path)
    _followed(watch, state)
    if sound is not SEEDS[0]:  # another program's log that became a run of ours is told, not shown
        assert state.trouble == ""
        assert _curves(state) == _curves(state_of(open_log(path)))


def _curves(state: RunState) -> object:
    curves = {"train_loss": state.train_loss, **state.step_metrics, **state.eval_metrics}
    return {name: (repr(it.raw.values.tolist()), it.track.axis("step").values.tolist()) for name, it in curves.items()}
