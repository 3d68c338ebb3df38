"""trackio's SQLite files: what the real tool wrote, as it comes, files of older versions, and all kinds of damage."""

import gzip
import json
import math
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from toollogs import EPOCHS, LOGS, SINGLE, STEPS, TRAIN, VAL, cells, contents, read

from dltui.errors import LogFormatError
from dltui.formats import open_log
from dltui.formats.reading.table import Table
from dltui.formats.trackio import log as trackio_log
from dltui.log_options import AS_IT_IS

PACKED = LOGS / "trackio" / "one-weight.db.gz"
OLD = """
CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, run_name TEXT NOT NULL,
                      step INTEGER NOT NULL, metrics TEXT NOT NULL);
CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_name TEXT NOT NULL, config TEXT NOT NULL,
                      created_at TEXT NOT NULL);
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "one-weight.db"
    path.write_bytes(gzip.decompress(PACKED.read_bytes()))
    return path


@pytest.fixture
def old(tmp_path: Path) -> Iterator[tuple[Path, sqlite3.Connection]]:
    """A file as the first versions wrote it, without ids of the runs, and its writer."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode = WAL;" + OLD)
        yield path, connection


def log(connection: sqlite3.Connection, run: str, step: int, metrics: object) -> None:
    text = metrics if isinstance(metrics, str | bytes) else json.dumps(metrics)
    moment = f"2026-01-01T00:00:{step % 60:02}+00:00"
    connection.execute("INSERT INTO metrics VALUES (NULL, ?, ?, ?, ?)", (moment, run, step, text))


def opened(path: Path, piece: int = 4 << 20) -> Table:
    return read(trackio_log.tail(path, AS_IT_IS), piece)


def refused(path: Path) -> str:
    with pytest.raises(LogFormatError) as caught:
        opened(path)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize("name", ["first", "lr/0.1"])
def test_a_run_of_a_project(project: Path, name: str) -> None:
    table = opened(project / name)
    assert cells(table, "train/loss") == pytest.approx(TRAIN, rel=SINGLE)
    assert cells(table, "val/loss") == pytest.approx(VAL, rel=SINGLE)
    assert table.columns["val/loss"].rows.tolist() == list(STEPS[1::2])
    assert cells(table, "step") == list(STEPS)
    assert all(math.isnan(value) for value in cells(table, "odd"))
    assert cells(table, "timestamp") == sorted(cells(table, "timestamp"))
    assert cells(table, "timestamp")[0] > 1.7e9
    assert table.facts == {"lr": 0.1, "batch_size": 1, "epochs": EPOCHS, "optimizer": "sgd", "layers": 1}
    assert (table.length, table.skipped) == (12, 0)


def test_in_small_pieces_it_is_the_same(project: Path) -> None:
    assert contents(opened(project / "first", piece=1)) == contents(opened(project / "first"))


def test_of_several_runs_one_must_be_named(project: Path) -> None:
    text = refused(project)
    assert "2 runs" in text and "one-weight.db/lr/0.1'" in text and text.endswith("lr/0.1, first.")
    assert open_log(project / "lr/0.1").format == trackio_log.NAME
    assert "no run 'second'" in refused(project / "second")
    assert trackio_log.runs_beneath(project) == [project / "lr/0.1", project / "first"]
    assert trackio_log.sniff(b"", project / "first") and trackio_log.sniff(project.read_bytes()[:100], project)
    assert not trackio_log.sniff(b"", project.parent / "no.db" / "first")
    assert not trackio_log.sniff(b"", project.parent) and not trackio_log.sniff(b"step,loss", project.parent / "a.csv")


def test_no_file_is_made_beside_it(project: Path) -> None:
    opened(project / "first")
    assert [each.name for each in project.parent.iterdir()] == [project.name]


def test_row_by_row_while_it_is_written(old: tuple[Path, sqlite3.Connection]) -> None:
    path, connection = old
    log(connection, "a", 0, {"loss": 1.0})
    tail = trackio_log.tail(path, AS_IT_IS)
    for step in range(1, 30):
        log(connection, "b", step, {"loss": 9.0})
        log(connection, "a", step, {"loss": 1 / (step + 1), "val": {"loss": "NaN" if step % 2 else "-Infinity"}})
        assert tail.advance().changed
        assert tail.table().length == step + 1
        assert not tail.advance().changed
    tail.finish()
    assert contents(tail.table()) == contents(opened(path / "a"))
    assert cells(tail.table(), "loss") == [1 / (step + 1) for step in range(30)]
    assert cells(tail.table(), "val/loss")[1] == -math.inf


def test_one_run_needs_no_name(old: tuple[Path, sqlite3.Connection]) -> None:
    path, connection = old
    assert "has no run yet" in refused(path)
    connection.execute("INSERT INTO configs VALUES (NULL, 'a', '{\"lr\": 0.5, \"_Created\": 3}', '2026')")
    assert opened(path).known
    log(connection, "a", 3, {"loss": 1.0})
    table = opened(path)
    assert (table.facts, cells(table, "step"), table.known) == ({"lr": 0.5}, [3], False)


def test_runs_of_one_name_are_told_apart_by_their_id(project: Path) -> None:
    with closing(sqlite3.connect(project)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("UPDATE metrics SET run_name = 'same', run_id = 'id-' || run_name")
        connection.execute("UPDATE configs SET run_name = 'same', run_id = 'id-' || run_name")
        connection.commit()
    assert trackio_log.runs_beneath(project) == [project / "id-lr/0.1", project / "id-first"]
    assert "2 runs of that name" in refused(project / "same")
    assert opened(project / "id-first").length == 12


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a//b", "."])
def test_a_name_that_is_no_path_is_replaced_by_the_id(project: Path, name: str) -> None:
    with closing(sqlite3.connect(project)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("UPDATE metrics SET run_name = ? WHERE run_name = 'first'", (name,))
        connection.execute("UPDATE configs SET run_name = ? WHERE run_name = 'first'", (name,))
        connection.commit()
    paths = trackio_log.runs_beneath(project)
    assert all(path.is_relative_to(project) for path in paths)
    assert [opened(path).length for path in paths] == [12, 12]


def test_a_project_that_was_made_anew(old: tuple[Path, sqlite3.Connection]) -> None:
    path, connection = old
    for step in range(5):
        log(connection, "a", step, {"loss": 1.0})
    tail = trackio_log.tail(path, AS_IT_IS)
    tail.advance()
    connection.execute("DELETE FROM metrics")
    log(connection, "a", 0, {"loss": 2.0})
    assert tail.advance().changed
    assert cells(tail.table(), "loss") == [2.0]


def test_rows_that_are_no_object_are_counted(old: tuple[Path, sqlite3.Connection]) -> None:
    path, connection = old
    for step, metrics in enumerate(["[1]", "{", b"\xff\xfe\xff", "null", "[" * 10_000, {"loss": 1.0}]):
        log(connection, "a", step, metrics)
    connection.execute("INSERT INTO metrics VALUES (NULL, 'yesterday', 'a', 'x', '{\"loss\": 0.5}')")
    table = opened(path)
    assert (cells(table, "loss"), table.skipped, cells(table, "step")) == ([1.0, 0.5], 5, [5])


def test_what_is_no_project_is_refused(tmp_path: Path, project: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE metrics (key TEXT)")
        connection.commit()
    assert "not a project of trackio" in refused(other)
    (tmp_path / "text.db").write_text("step,loss")
    assert "no SQLite file" in refused(tmp_path / "text.db")
    assert "There is no file" in refused(tmp_path / "gone.db")
    data = project.read_bytes()
    (tmp_path / "cut.db").write_bytes(data[:5000])
    assert "cut.db" in refused(tmp_path / "cut.db")


@pytest.mark.parametrize("seed", range(10))
def test_no_bytes_raise_anything_else(tmp_path: Path, project: Path, seed: int) -> None:
    chance = random.Random(seed)
    whole = project.read_bytes()
    for _ in range(20):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 10, 1000))):
            data[chance.randrange(16, len(data))] = chance.randrange(256)
        path = tmp_path / "damaged.db"
        path.write_bytes(data[: chance.choice((len(data), chance.randrange(16, len(data))))])
        try:
            opened(path / "first")
        except LogFormatError as error:
            assert str(error).isprintable()
