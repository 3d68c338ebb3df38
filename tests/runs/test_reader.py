"""The reader of a run's log: only whole lines, no line is fatal, and arrival in pieces changes nothing."""

from pathlib import Path

import numpy as np
import pytest
from runlogs import append, end, evaluation, manifest, step, whole_run, write_run

from dltui.errors import RunNotFoundError
from dltui.runs.find import find_run
from dltui.runs.reader import LONGEST_LINE_BYTES, LogReader, decode, read_manifest, read_tail
from dltui.runs.update import RunUpdate
from dltui.series.state import RunState
from dltui_trainers.runlog import MANIFEST, METRICS, LayersRecord, LayerStats, SystemRecord, to_line


def state_of(folder: Path, max_bytes: int) -> RunState:
    """Read the whole log in pieces of ``max_bytes``."""
    reader, state = LogReader(folder), RunState()
    more = True
    while more:
        reading = reader.read(max_bytes)
        more = reading.more
        state.take(RunUpdate(batch=reading.batch))
    return state


@pytest.mark.parametrize("max_bytes", [1, 7, 100, 1 << 20])
def test_a_log_in_pieces_reads_as_the_whole(tmp_path: Path, max_bytes: int) -> None:
    folder = write_run(tmp_path / "run", whole_run())
    append(folder, b"not a record\n", b'{"kind":"step"\n', b"\xff\xfe\x00\n")
    piecewise, whole = state_of(folder, max_bytes), state_of(folder, 1 << 22)
    assert np.array_equal(piecewise.train_loss.raw.values, whole.train_loss.raw.values)
    assert np.allclose(piecewise.train_loss.smooth.values, whole.train_loss.smooth.values, rtol=1e-12)
    assert len(whole.train_loss) == 100
    assert len(whole.val_loss) == len(piecewise.val_loss) == 10
    assert piecewise.skipped == whole.skipped == 3
    assert whole.best is not None and (whole.best.step, whole.best.val_loss) == (60, 0.25)
    assert whole.end is not None and whole.end.status == "finished"


def test_a_torn_last_line_is_waited_for(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1)])
    line = to_line(step(2))
    append(folder, line[:20])
    reader = LogReader(folder)
    first = reader.read().batch
    assert first is not None and first.steps is not None and len(first.steps) == 1 and first.skipped == 0
    assert reader.read().batch is None
    append(folder, line[20:])
    second = reader.read().batch
    assert second is not None and second.steps is not None and second.steps.step.tolist() == [2]


def test_foreign_lines_in_the_middle_are_counted_and_the_rest_is_read() -> None:
    lines = [
        to_line(step(1)),
        b"Epoch 3: loss nan\n",
        b"[1, 2]\n",
        b'{"kind": "step", "step": "x"}\n',
        to_line(step(2)),
    ]
    batch = decode(b"".join(lines).rstrip(b"\n"))
    assert batch.steps is not None and batch.steps.step.tolist() == [1, 2]
    assert batch.skipped == 3


def test_records_of_a_newer_version_are_ignored_and_not_called_broken() -> None:
    newer = b'{"kind":"hologram","step":3,"time":1.0,"depth":[1]}'
    extra = b'{"kind":"step","step":4,"time":1.0,"epoch":0,"train_loss":1,"lr":1,"mood":"good"}'
    batch = decode(newer + b"\n" + extra)
    assert batch.skipped == 0
    assert batch.steps is not None and batch.steps.step.tolist() == [4]


def test_numbers_that_are_not_finite() -> None:
    records = [step(1, float("nan")), step(2, float("inf")), evaluation(2, float("-inf"))]
    batch = decode(b"".join(to_line(record) for record in records).rstrip(b"\n"))
    assert batch.steps is not None and batch.evals is not None
    assert np.isnan(batch.steps.values["train_loss"][0]) and batch.steps.values["train_loss"][1] == np.inf
    assert batch.evals.values["val_loss"][0] == -np.inf


def test_a_metric_that_is_missing_is_told_from_one_that_is_nan() -> None:
    from dltui_trainers.runlog import number

    lines = [step(1), step(2, grad_norm=number(float("nan"))), step(3, grad_norm=1.5)]
    batch = decode(b"".join(to_line(each) for each in lines).rstrip(b"\n"))
    state = RunState()
    state.extend(batch)
    assert len(state.step_metrics["grad_norm"]) == 2
    assert len(state.step_metrics["throughput"]) == 0
    assert np.isnan(state.step_metrics["grad_norm"].raw.values[0])


def test_the_other_kinds_arrive() -> None:
    layers = LayersRecord(step=1, time=1.0, layers={"0": LayerStats(weight_norm=1.0)})
    system = SystemRecord(step=1, time=1.0, cpu=50.0, rss=1000)
    batch = decode(b"".join(map(to_line, [layers, system, end("failed", error="boom")])).rstrip(b"\n"))
    assert batch.layers == layers and batch.system == system
    assert batch.end is not None and batch.end.error == "boom"


def test_an_empty_and_a_missing_log(tmp_path: Path) -> None:
    assert LogReader(tmp_path).read().batch is None
    (tmp_path / METRICS).touch()
    reading = LogReader(tmp_path).read()
    assert reading.batch is None and not reading.more


def test_a_log_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", whole_run())
    reader = LogReader(folder)
    reader.read()
    (folder / METRICS).write_bytes(to_line(step(1)))
    reading = reader.read()
    assert reading.restarted
    assert reading.batch is not None and reading.batch.steps is not None and len(reading.batch.steps) == 1


def test_an_endless_line_is_dropped_and_memory_stays_bounded(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1)])
    with (folder / METRICS).open("ab") as file:
        file.truncate(LONGEST_LINE_BYTES * 2)  # a hole of zeros: a line without an end
    append(folder, b"\n", step(2))
    state = state_of(folder, 1 << 20)
    assert state.train_loss.track.axis("step").values.tolist() == [1, 2]
    assert state.skipped == 1


def test_the_tail_tells_how_a_long_run_ended(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [*(step(each) for each in range(3000)), end("stopped")])
    batch = read_tail(folder)
    assert batch is not None and batch.end is not None and batch.end.status == "stopped"
    assert batch.skipped == 0
    assert batch.steps is not None and len(batch.steps) < 3000


def test_a_manifest_that_is_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    for text in ("", "{", '{"format": 1}', "[]"):
        (tmp_path / "run.json").write_text(text)
        assert read_manifest(tmp_path) is None
    folder = write_run(tmp_path / "run", [])
    assert read_manifest(folder) == manifest("run")


def test_runs_are_found_by_name_and_by_path(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "runs" / "mine", [])
    assert find_run(tmp_path / "runs", "mine") == folder
    assert find_run(tmp_path / "elsewhere", str(folder)) == folder
    with pytest.raises(RunNotFoundError, match="'yours' is no run in"):
        find_run(tmp_path / "runs", "yours")
    with pytest.raises(RunNotFoundError, match=r"has no metrics\.jsonl"):
        find_run(tmp_path / "runs", str(tmp_path))


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind":"step","step":1%s,"time":1,"epoch":1,"train_loss":1,"lr":1}\n' % (b"0" * 400),
        b'{"kind":"system","step":1,"time":1,"cpu":1,"rss":1%s}\n' % (b"0" * 400),
        b'{"kind":"end","step":1%s,"time":1,"status":"finished"}\n' % (b"0" * 400),
        b'{"kind":"layers","step":1,"time":1,"layers":%s\n' % (b'{"a":' * 100_000),
    ],
    ids=["step", "memory", "end", "nested"],
)
def test_a_number_or_a_nesting_without_measure_is_a_foreign_line(line: bytes) -> None:
    batch = decode(to_line(step(1)) + line + to_line(step(2)))
    assert batch.steps is not None and batch.steps.step.tolist() == [1, 2]
    assert batch.skipped == 1 and batch.end is None and batch.system is None


def test_a_manifest_with_numbers_without_measure_is_none_of_ours(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1)])
    text = (folder / MANIFEST).read_text().replace('"epochs":10', '"epochs":1' + "0" * 400)
    assert "0" * 400 in text
    (folder / MANIFEST).write_text(text)
    assert read_manifest(folder) is None


def test_a_log_in_blocks_reads_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"".join(map(to_line, whole_run())) + b"foreign\n\n" + to_line(step(101))
    whole = decode(lines.rstrip(b"\n"))
    for size in (1, 100, 1000):
        monkeypatch.setattr("dltui.runs.reader.BLOCK_BYTES", size)
        blocks = decode(lines.rstrip(b"\n"))
        assert whole.steps is not None and blocks.steps is not None
        for name, column in whole.steps.values.items():
            assert np.array_equal(column, blocks.steps.values[name], equal_nan=True)
            unknown = [
                rows.unknown.get(name, np.zeros(len(rows), dtype=np.bool_)) for rows in (whole.steps, blocks.steps)
            ]
            assert np.array_equal(*unknown)
        assert blocks.skipped == whole.skipped == 1
        assert blocks.end is whole.end is None


def test_a_metric_that_is_null_is_unknown_and_one_that_is_nan_is_not() -> None:
    line = b'{"kind":"step","step":%d,"time":1,"epoch":1,"train_loss":1,"lr":1,"grad_norm":%s}'
    lines = [line % (number, value) for number, value in enumerate([b"null", b'"nan"', b"2.5", b"null"])]
    batch = decode(b"\n".join(lines))
    assert batch.steps is not None
    assert batch.steps.unknown["grad_norm"].tolist() == [True, False, False, True]
    assert np.array_equal(batch.steps.values["grad_norm"], [np.nan, np.nan, 2.5, np.nan], equal_nan=True)
    assert "train_loss" not in batch.steps.unknown and batch.steps.unknown["throughput"].all()


def test_an_end_counts_only_where_the_log_ends() -> None:
    assert decode(b"".join(map(to_line, [step(1), end(), step(2)]))[:-1]).end is None
    ended = decode(b"".join(map(to_line, [step(1), end("stopped"), evaluation(1, 1.0)]))[:-1]).end
    assert ended is not None and ended.status == "stopped"


def test_what_was_read_before_a_disk_failed_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_run(tmp_path / "run", whole_run())
    monkeypatch.setattr("dltui.runs.reader.BLOCK_BYTES", 1000)
    log, original, calls = LogReader(folder), LogReader._take_lines, iter(range(10**6))

    def fail_once(self: LogReader, data: bytes) -> object:
        if next(calls) == 3:
            self._offset -= len(data)  # what could not be read was not read
            raise OSError("the disk")
        return original(self, data)

    monkeypatch.setattr(LogReader, "_take_lines", fail_once)
    first, second = log.read(), log.read()
    assert first.more and first.batch is not None and first.batch.steps is not None
    assert second.batch is not None and second.batch.steps is not None
    assert len(first.batch.steps) + len(second.batch.steps) == 100
