"""Runs of MLflow, in its file store and in its database: what the real tool wrote, as it comes, and damaged."""

import gzip
import math
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from toollogs import EPOCHS, LOGS, SINGLE, STEPS, TRAIN, VAL, cells, contents, read

from dltui.errors import LogFormatError
from dltui.formats.mlflow import log as mlflow_log
from dltui.formats.reading.table import Table
from dltui.log_options import AS_IT_IS

MLRUNS, PACKED = LOGS / "mlflow" / "mlruns", LOGS / "mlflow" / "mlflow.db.gz"
BROKEN, FINE = mlflow_log.runs_beneath(MLRUNS)
META = "lifecycle_stage: active\nrun_id: a\nstart_time: 1700000000000\nstatus: {}\n"


def opened(path: Path, piece: int = 4 << 20) -> Table:
    return read(mlflow_log.tail(path, AS_IT_IS), piece)


def run(folder: Path, status: int = 1, **metrics: list[tuple[float, float, int]]) -> Path:
    """A run; each value of a metric comes with its second and its step."""
    (folder / "metrics").mkdir(parents=True)
    (folder / "meta.yaml").write_text(META.format(status))
    for name, values in metrics.items():
        lines = [f"{int(1000 * second)} {value} {step}\n" for second, value, step in values]
        (folder / "metrics" / name).write_text("".join(lines))
    return folder


def rows(table: Table, name: str) -> list[int]:
    return np.arange(table.length)[table.columns[name].at()].tolist()


def test_a_run_that_ended_well() -> None:
    table = opened(FINE)
    assert cells(table, "train/loss") == pytest.approx(TRAIN, rel=SINGLE)
    assert cells(table, "val_loss") == pytest.approx(VAL, rel=SINGLE)
    assert [math.isnan(value) for value in cells(table, "odd")] == [True] * EPOCHS
    assert (table.skipped, table.ended, table.failed) == (0, True, False)
    settings = {"lr": 0.1, "batch_size": 1, "epochs": EPOCHS, "optimizer": "sgd", "model/layers": 1, "layers": 1}
    assert table.facts == settings


def test_the_validation_that_counts_epochs_stands_where_the_training_was() -> None:
    table = opened(FINE)
    train, val = rows(table, "train/loss"), rows(table, "val_loss")
    steps = table.columns["step"].dense(table.length).values
    assert [steps[row] for row in train] == list(STEPS)
    for epoch, row in enumerate(val):
        assert sum(each <= row for each in train) == 2 * epoch + 2


def test_a_run_that_failed() -> None:
    table = opened(BROKEN)
    assert cells(table, "train/loss") == pytest.approx(TRAIN[:4], rel=SINGLE)
    assert (table.ended, table.failed) == (True, True)


def test_the_runs_of_an_experiment_and_of_all(tmp_path: Path) -> None:
    (experiment,) = MLRUNS.iterdir()
    assert mlflow_log.runs_beneath(experiment) == [BROKEN, FINE]
    assert mlflow_log.runs_beneath(FINE) == [FINE]
    assert mlflow_log.runs_beneath(tmp_path) == mlflow_log.runs_beneath(tmp_path / "gone") == []
    assert mlflow_log.sniff(b"", FINE) and mlflow_log.sniff(b"", FINE / "meta.yaml")
    assert not mlflow_log.sniff(b"", experiment) and not mlflow_log.sniff(b"", MLRUNS)
    shutil.copytree(experiment, tmp_path / "1")
    meta = tmp_path / "1" / FINE.name / "meta.yaml"
    meta.write_text(meta.read_text().replace("lifecycle_stage: active", "lifecycle_stage: deleted"))
    assert [each.name for each in mlflow_log.runs_beneath(tmp_path)] == [BROKEN.name]


def test_byte_by_byte_it_is_the_same(tmp_path: Path) -> None:
    tail = mlflow_log.tail(run(tmp_path / "run"), AS_IT_IS)
    tail.advance()
    assert tail.table().known
    changes = 0
    for file in sorted(each for folder in ("metrics", "params") for each in (FINE / folder).glob("**/*")):
        copy = tmp_path / "run" / file.relative_to(FINE)
        if file.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
            continue
        copy.parent.mkdir(exist_ok=True)
        if "params" in file.parts:
            shutil.copy(file, copy)
            continue
        with copy.open("ab", buffering=0) as stream:
            for byte in file.read_bytes():
                stream.write(bytes([byte]))
                changes += tail.advance().changed
                tail.table()
    assert changes > 600
    shutil.copy(FINE / "meta.yaml", tmp_path / "run" / "meta.yaml")
    assert tail.advance().changed
    assert not tail.advance().changed
    tail.finish()
    assert contents(tail.table()) == contents(opened(FINE))
    assert contents(opened(FINE, piece=64)) == contents(opened(FINE))


def test_metrics_without_a_step_are_told_apart_by_their_time(tmp_path: Path) -> None:
    train = [(second, 1 / second, 0) for second in range(1, 9)]
    val = [(second + 0.5, 2 / second, 0) for second in range(2, 9, 2)]
    table = opened(run(tmp_path / "run", loss=train, val_loss=val, val_acc=val))
    assert "step" not in table.columns
    assert table.length == 12
    assert rows(table, "val_loss") == rows(table, "val_acc") == [2, 5, 8, 11]
    assert cells(table, "timestamp") == sorted(cells(table, "timestamp"))


def test_a_restart_goes_back(tmp_path: Path) -> None:
    steps = [0, 1, 2, 3, 2, 3, 4]
    table = opened(run(tmp_path / "run", loss=[(second, 1.0, step) for second, step in enumerate(steps)]))
    assert cells(table, "step") == steps


def test_curves_that_were_logged_one_after_the_other_are_joined_by_step(tmp_path: Path) -> None:
    loss = [(step * 0.001, 1.0, step) for step in range(5)]
    val = [(1 + step * 0.001, 2.0, step) for step in range(5)]
    table = opened(run(tmp_path / "run", loss=loss, val_loss=val))
    assert (table.length, cells(table, "step")) == (5, [0, 1, 2, 3, 4])


def test_a_value_that_was_logged_twice_is_two_rows(tmp_path: Path) -> None:
    table = opened(run(tmp_path / "run", loss=[(0, 1.0, 1), (0, 0.5, 1)], acc=[(0, 0.1, 1), (0, 0.2, 1)]))
    assert (cells(table, "loss"), cells(table, "acc"), table.length) == ([1.0, 0.5], [0.1, 0.2], 2)


def test_broken_lines_are_counted_and_the_rest_counts(tmp_path: Path) -> None:
    folder = run(tmp_path / "run")
    text = b"1 0.5 1\n\n2 nonsense 2\nnan 1 2\n3\n4 inf 4 digest model-1\n5 0.25\n\xff\x00\n7 0.125 7"
    (folder / "metrics" / "loss").write_bytes(text)
    (folder / "metrics" / "empty").write_bytes(b"")
    (folder / "metrics" / "endless").write_bytes(b"1" * 200_000)
    table = opened(folder)
    assert sorted(cells(table, "loss")) == [0.125, 0.25, 0.5, math.inf]
    assert table.skipped == 5


def test_a_metric_that_was_written_anew(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", loss=[(1, 3.0, 1), (2, 2.0, 2)])
    tail = mlflow_log.tail(folder, AS_IT_IS)
    tail.advance()
    (folder / "metrics" / "loss").write_text("9000 1.0 1\n")
    assert tail.advance().changed
    assert cells(tail.table(), "loss") == [1.0]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", loss=[(1, 3.0, 1)])
    tail = mlflow_log.tail(folder, AS_IT_IS)
    tail.advance()
    shutil.rmtree(folder)
    with pytest.raises(LogFormatError, match="is not a run of MLflow"):
        tail.advance()
    for meta in (b"", b"experiment_id: '0'\nname: a\n", b"\xff\xfe\x00:\n"):
        (tmp_path / "meta.yaml").write_bytes(meta)
        assert not mlflow_log.sniff(b"", tmp_path)


def test_a_file_in_the_way_of_a_metric_is_left_out(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", loss=[(1, 3.0, 1)])
    (folder / "metrics" / "loop").symlink_to(folder / "metrics")
    (folder / "params").write_text("not a folder")
    (folder / "metrics" / "gone").symlink_to(tmp_path / "nowhere")
    assert set(opened(folder).columns) == {"step", "timestamp", "loss"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "mlflow.db"
    path.write_bytes(gzip.decompress(PACKED.read_bytes()))
    return path


def changed(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for each in statements:
            connection.execute(each)


def test_a_database_tells_the_same_as_the_file_store(database: Path) -> None:
    assert mlflow_log.runs_beneath(database) == [database / "broken", database / "fine"]
    for name, folder in (("fine", FINE), ("broken", BROKEN)):
        stored, kept = opened(database / name), opened(folder)
        for metric in ("train/loss", "val_loss", "odd"):
            assert cells(stored, metric) == pytest.approx(cells(kept, metric), rel=1e-12, nan_ok=True)
            assert rows(stored, metric) == rows(kept, metric)
        assert stored.facts == kept.facts
        assert (stored.failed, stored.ended, stored.skipped) == (kept.failed, kept.ended, 0)
    assert contents(opened(database / "fine", piece=1)) == contents(opened(database / "fine"))
    assert [each.name for each in database.parent.iterdir()] == [database.name]


def test_of_several_runs_in_a_database_one_must_be_named(database: Path) -> None:
    for path, said in ((database, "holds 2 runs"), (database / "third", "no run 'third'")):
        with pytest.raises(LogFormatError, match=said):
            opened(path)
    changed(database, "UPDATE runs SET lifecycle_stage = 'deleted' WHERE name = 'broken'")
    assert len(cells(opened(database), "train/loss")) == 12


def test_a_database_as_it_is_written(database: Path) -> None:
    changed(database, "DELETE FROM metrics", "UPDATE runs SET status = 'RUNNING'")
    tail = mlflow_log.tail(database / "fine", AS_IT_IS)
    assert tail.advance().changed and tail.table().known and not tail.table().ended
    add = "INSERT INTO metrics SELECT '{}', {}, {}, run_uuid, {}, 0 FROM runs WHERE name = '{}'"
    for step in range(1, 10):
        changed(database, add.format("loss", 1 / step, 5000 * step, step, "fine"))
        changed(database, add.format("loss", 9.0, 5000 * step, step, "broken"))
        assert tail.advance().changed
        assert cells(tail.table(), "loss")[-1] == 1 / step
        assert not tail.advance().changed
    changed(database, add.format("loss", "-1.7976931348623157e308", 99_000, 10, "fine"))
    changed(database, "UPDATE runs SET status = 'KILLED'")
    tail.advance()
    assert cells(tail.table(), "loss")[-1] == -math.inf
    assert tail.table().ended and not tail.table().failed
    changed(database, "DELETE FROM metrics", add.format("loss", 0.5, 1, 1, "fine"))
    tail.advance()
    assert cells(tail.table(), "loss") == [0.5]


def test_a_database_that_is_locked_or_another_s_is_refused(database: Path, tmp_path: Path) -> None:
    tail = mlflow_log.tail(database / "fine", AS_IT_IS)
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LogFormatError, match="is locked"):
            tail.advance()
    tail.advance()
    assert len(cells(tail.table(), "train/loss")) == 12
    other = tmp_path / "other.db"
    changed(other, "CREATE TABLE metrics (key TEXT)")
    assert not mlflow_log.sniff(other.read_bytes()[:100], other)
    with pytest.raises(LogFormatError, match="not a database of MLflow"):
        mlflow_log.runs_beneath(other)


@pytest.mark.parametrize("seed", range(5))
def test_no_bytes_of_a_database_raise_anything_else(database: Path, seed: int) -> None:
    chance = random.Random(seed)
    whole = database.read_bytes()
    for _ in range(20):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 10, 1000))):
            data[chance.randrange(16, len(data))] = chance.randrange(256)
        database.write_bytes(data[: chance.choice((len(data), chance.randrange(16, len(data))))])
        mlflow_log.sniff(bytes(data[:100]), database)
        try:
            opened(database / "fine")
        except LogFormatError as error:
            assert str(error).isprintable()
