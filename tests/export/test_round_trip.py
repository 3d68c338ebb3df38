"""What is exported opens again as the same log: every sample, in every format."""

import csv
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from reports import HOSTILE, ROOT
from runlogs import START_S, end, evaluation, random_log, step, tuned_run, whole_run, write_run

from dltui.export.csv import csv_pieces
from dltui.export.jsonl import jsonl_pieces
from dltui.export.tensorboard import file_name, tensorboard_pieces
from dltui.formats import SavedLog, open_log, state_of
from dltui.runs.update import Batch
from dltui.series.state import RunState
from dltui_trainers.runlog import EVAL_METRICS, AnyRecord, EventRecord

SAMPLES = sorted(path.parent.name for path in ROOT.glob("samples/*/run.json"))
SHARED = ("train_loss", "lr", "grad_norm", *EVAL_METRICS)
"""What every reader knows; CSV and TensorBoard carry the rest under names that only people read."""
Writer = Callable[[Batch], Iterator[bytes]]


def curves(state: RunState) -> dict[str, tuple[list[float], list[float], list[float], list[float]]]:
    """Step, epoch, time and value of each curve."""
    found = {"train_loss": state.train_loss, **state.step_metrics, **state.eval_metrics}
    return {
        name: (
            *(curve.track.axis(axis).values.tolist() for axis in ("step", "epoch", "time")),
            curve.raw.values.tolist(),
        )
        for name, curve in found.items()
    }


def again(log: SavedLog, write: Writer, path: Path) -> SavedLog:
    """Export a log and open what was written."""
    path.write_bytes(b"".join(write(log.batch)))
    return open_log(path)


def alike(ours: list[float], theirs: list[float]) -> bool:
    """The same numbers, bit for bit; NaN is like NaN."""
    return bool(np.array_equal(np.array(ours), np.array(theirs), equal_nan=True))


@pytest.mark.parametrize("name", SAMPLES)
def test_csv_gives_the_same_curves(name: str, tmp_path: Path) -> None:
    log = open_log(ROOT / "samples" / name)
    found, expected = (curves(state_of(each)) for each in (again(log, csv_pieces, tmp_path / "x.csv"), log))
    for metric in SHARED:
        assert all(map(alike, found[metric], expected[metric])), metric


@pytest.mark.parametrize("name", SAMPLES)
def test_json_lines_give_the_same_run(name: str, tmp_path: Path) -> None:
    log = open_log(ROOT / "samples" / name)
    read = again(log, jsonl_pieces, tmp_path / "x.jsonl")
    assert read.format == "dltui" and read.batch.skipped == 0
    found, expected = curves(state_of(read)), curves(state_of(log))
    for metric in expected:
        assert all(map(alike, found[metric], expected[metric])), metric
    assert read.batch.events == log.batch.events and read.batch.end == log.batch.end
    assert read.batch.layers == log.batch.layers and read.batch.system == log.batch.system


@pytest.mark.parametrize("name", SAMPLES)
def test_tensorboard_gives_the_same_curves_in_seven_digits(name: str, tmp_path: Path) -> None:
    log = open_log(ROOT / "samples" / name)
    read = again(log, tensorboard_pieces, tmp_path / file_name(log.batch))
    assert read.format == "tfevents" and read.batch.skipped == 0
    found, expected = curves(state_of(read)), curves(state_of(log))
    for metric in SHARED:
        assert alike(found[metric][0], expected[metric][0]), metric
        assert alike(found[metric][3], np.float32(expected[metric][3]).tolist()), metric
    # what was written at one step is one row there, with the time of the first of it
    apart = np.subtract(found["train_loss"][2], expected["train_loss"][2])
    assert np.abs(apart).max() < 1.0


def test_what_is_not_finite_stays_what_it_is(tmp_path: Path) -> None:
    losses = (1.0, math.nan, math.inf, -math.inf, 0.5)
    records: list[AnyRecord] = [step(number + 1, loss) for number, loss in enumerate(losses)]
    log = open_log(write_run(tmp_path / "run", records))
    writers = {"x.csv": csv_pieces, "x.jsonl": jsonl_pieces, "x.tfevents.1.x": tensorboard_pieces}
    for name, write in writers.items():
        read = again(log, write, tmp_path / name)
        assert alike(state_of(read).train_loss.raw.values.tolist(), list(losses))


def test_csv_is_what_a_person_expects(tmp_path: Path) -> None:
    log = open_log(write_run(tmp_path / "run", [step(1, 0.1), evaluation(1, 0.25), step(2, math.inf), end()]))
    text = b"".join(csv_pieces(log.batch)).decode()
    assert text.splitlines() == [
        "step,epoch,time,train_loss,lr,val_loss",
        f"1,0.1,{START_S + 0.1},0.1,0.001,0.25",
        f"2,0.2,{START_S + 0.2},inf,0.001,",
    ]


def test_records_of_two_times_are_two_rows(tmp_path: Path) -> None:
    late = evaluation(1, 0.25)
    late.time += 0.01
    log = open_log(write_run(tmp_path / "run", [step(1, 0.1), late, step(2, 0.05)]))
    rows = list(csv.DictReader(b"".join(csv_pieces(log.batch)).decode().splitlines()))
    assert [(row["step"], row["train_loss"], row["val_loss"]) for row in rows] == [
        ("1", "0.1", ""),
        ("1", "", "0.25"),
        ("2", "0.05", ""),
    ]


@pytest.mark.parametrize("write", [csv_pieces, jsonl_pieces, tensorboard_pieces])
def test_a_perplexity_and_an_r2_come_back(write: Writer, tmp_path: Path) -> None:
    both = [evaluation(n, 1.5 / n, val_perplexity=4.5 / n, val_r2=1 - 2.0 / n) for n in range(1, 5)]
    log = open_log(write_run(tmp_path / "run", [*(step(n) for n in range(5)), *both, end()]))
    path = tmp_path / {csv_pieces: "x.csv", jsonl_pieces: "x.jsonl"}.get(write, file_name(log.batch))
    read = state_of(again(log, write, path))
    for name, values in (("val_perplexity", [4.5, 2.25, 1.5, 1.125]), ("val_r2", [-1, 0, 1 / 3, 0.5])):
        assert read.eval_metrics[name].raw.values.tolist() == pytest.approx(values)


FOREIGN = {
    "keras.csv": "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,2.0,0.4,2.1\n1,0.6,1.5,0.5,1.9\n2,0.7,1.0,0.6,1.8\n",
    "restart.csv": "step,loss\n10,2.0\n20,1.5\n30,1.0\n20,1.4\n30,0.9\n",
    "restart_of_both.csv": "epoch,loss,val_loss\n1,2.0,2.1\n2,1.5,1.9\n3,1.0,1.8\n1,1.9,2.0\n2,1.4,1.8\n3,0.9,1.7\n",
    "sparse.csv": "step,train_loss,lr,val_loss\n1,2.0,,\n1,,0.1,\n2,1.5,,\n2,,0.05,\n2,,,1.7\n3,1.2,,\n",
    "only_accuracy.jsonl": '{"epoch": 1, "val_acc": 0.5}\n{"epoch": 2, "val_acc": 0.6}\n{"epoch": 3, "val_acc": 0.7}\n',
    "text.csv": "epoch,train_loss,val_loss,val_ppl\n1,2.0,1.5,4.48\n2,1.5,1.0,2.72\n3,1.0,900,inf\n",
    "table.jsonl": '{"epoch": 1, "val_loss": 1, "r2_score": -3}\n{"epoch": 2, "val_loss": 0.5, "r2_score": 0.5}\n',
    "hf.json": json.dumps(
        {
            "log_history": [
                {"step": 10, "epoch": 0.5, "loss": 2.0, "learning_rate": 1e-3},
                {"step": 20, "epoch": 1.0, "loss": 1.5, "learning_rate": 5e-4},
                {"step": 20, "epoch": 1.0, "eval_loss": 1.7},
                {"step": 30, "epoch": 1.5, "loss": 1.2, "learning_rate": 1e-4},
            ]
        }
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("write", [csv_pieces, jsonl_pieces])
def test_logs_of_other_programs_keep_their_curves(name: str, write: Writer, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FOREIGN[name])
    log = open_log(tmp_path / name)
    read = again(log, write, tmp_path / ("x.csv" if write is csv_pieces else "x.jsonl"))
    found, expected = curves(state_of(read)), curves(state_of(log))
    for metric in SHARED:
        assert all(map(alike, found[metric], expected[metric])), metric


def test_events_stand_where_their_time_puts_them(tmp_path: Path) -> None:
    event = EventRecord(step=2, time=START_S + 0.25, name="set", from_=1, to=2)
    log = open_log(write_run(tmp_path / "run", [step(1), step(2), event, step(3), end()]))
    lines = [json.loads(line) for line in b"".join(jsonl_pieces(log.batch)).splitlines()]
    assert [line["kind"] for line in lines] == ["step", "step", "event", "step", "end"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_come_through_as_they_are(text: str, tmp_path: Path) -> None:
    said = text.encode("utf-8", errors="replace").decode()
    event = EventRecord(step=2, time=START_S, name=said, reason=said)
    log = open_log(write_run(tmp_path / "run", [step(1), event, end("failed", error=said)]))
    read = again(log, jsonl_pieces, tmp_path / "x.jsonl")
    assert read.batch.events == log.batch.events and read.batch.end == log.batch.end


def test_a_log_without_a_record_is_exported_as_one(tmp_path: Path) -> None:
    nothing = Batch()
    assert b"".join(csv_pieces(nothing)) == b"step\n"
    assert b"".join(jsonl_pieces(nothing)) == b""
    assert b"brain.Event:2" in b"".join(tensorboard_pieces(nothing))
    assert file_name(nothing) == "events.out.tfevents.0000000000.dltui"


def test_a_long_log_is_written_in_pieces(tmp_path: Path) -> None:
    log = open_log(write_run(tmp_path / "run", whole_run(40_000)))
    for write in (csv_pieces, jsonl_pieces, tensorboard_pieces):
        pieces = list(write(log.batch))
        assert len(pieces) >= 3 and max(map(len, pieces)) < 8 << 20


@pytest.mark.parametrize("write", [csv_pieces, jsonl_pieces])
def test_what_was_undone_is_kept_and_told_apart(write: Writer, tmp_path: Path) -> None:
    log = open_log(write_run(tmp_path / "run", [*tuned_run(), end()]))
    file = tmp_path / "exported"
    found, expected = (curves(state_of(each)) for each in (again(log, write, file), log))
    for metric in SHARED:
        assert all(map(alike, found[metric], expected[metric])), metric
    log_again = open_log(file)
    if write is jsonl_pieces:
        assert log_again.batch.steps is not None and len(log_again.batch.steps) == 120
    else:
        header, *rows = csv.reader(file.read_text().splitlines())
        undone = [row[0] for row in rows if row[-1] == "1"]
        assert header[-1] == "undone" and undone[0] == "41" and undone[-1] == "60" and len(rows) > 120


def test_a_log_without_undos_has_no_column_for_them() -> None:
    log = Batch(steps=None)
    assert b"undone" not in b"".join(csv_pieces(log))


def test_tensorboard_gets_only_what_counts(tmp_path: Path) -> None:
    log = open_log(write_run(tmp_path / "run", [*tuned_run(), end()]))
    found = curves(state_of(again(log, tensorboard_pieces, tmp_path / "events.out.tfevents.1.x")))
    assert found["train_loss"][0] == [float(each) for each in range(1, 101)]


@pytest.mark.parametrize("seed", range(10))
def test_any_run_with_undos_exports_as_json_lines(seed: int, tmp_path: Path) -> None:
    log = open_log(write_run(tmp_path / "run", [step(1), *random_log(seed, clock_may_stand=False)]))
    found, expected = (state_of(each) for each in (again(log, jsonl_pieces, tmp_path / "x.jsonl"), log))
    assert curves(found)["train_loss"][0] == curves(expected)["train_loss"][0]
    assert found.live.settings() == expected.live.settings() and len(found.undone) == len(expected.undone)
