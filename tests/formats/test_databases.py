"""Runs in a database: whose it is, what a walk through folders finds in it, and the paths that name them."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from toollogs import LOGS

from dltui.catalog.discover import Discovery
from dltui.formats.find import find_log
from dltui.formats.following.liveliness import modified_s
from dltui.formats.reading.sqlite_file import file_of
from dltui.formats.recognise.databases import owner_of, runs_at
from dltui.formats.recognise.training_log import is_training_log

PACKED = {"trackio": LOGS / "trackio" / "one-weight.db.gz", "mlflow": LOGS / "mlflow" / "mlflow.db.gz"}
RUNS = {"trackio": ["lr/0.1", "first"], "mlflow": ["broken", "fine"]}


@pytest.fixture(params=PACKED)
def format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(tmp_path: Path, format: str) -> Path:
    path = tmp_path / "runs.db"
    path.write_bytes(gzip.decompress(PACKED[format].read_bytes()))
    return path


def test_each_run_in_it_is_found_and_named(database: Path, format: str) -> None:
    runs = [database / name for name in RUNS[format]]
    assert owner_of(database) == is_training_log(database) == format
    assert runs_at(database, format) == runs
    assert [(log.path, log.format) for log in Discovery(database.parent).walk()] == [(run, format) for run in runs]
    for run in runs:
        assert is_training_log(run) == format
        assert find_log(database.parent, str(run)) == run
        assert file_of(run) == database
        assert modified_s(run) == database.stat().st_mtime


def test_what_is_written_beside_it_counts_as_written(database: Path, format: str) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE another (key TEXT)")
        wal = database.with_name("runs.db-wal")
        assert modified_s(database / "fine") == max(wal.stat().st_mtime, database.stat().st_mtime)
        assert owner_of(database) == format


def test_a_database_of_another_program_is_no_log(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE metrics (loss REAL)")
    assert owner_of(other) is is_training_log(other) is None
    assert runs_at(other, "trackio") == [other]
    assert list(Discovery(tmp_path).walk()) == []


def test_a_path_that_goes_on_behind_another_file_is_only_a_path(tmp_path: Path) -> None:
    text = tmp_path / "log.txt"
    text.write_text("step 1: loss 2")
    for path in (text / "run", tmp_path / "gone" / "run", tmp_path / ("x" * 300) / "run", text, tmp_path):
        assert file_of(path) == path
