"""A log that was read before: opened again it gives the same, and only what is new is read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from runlogs import append, end, evaluation, step, whole_run, write_run

from dltui.cache.folder import kept_file
from dltui.runs import reader
from dltui.runs.follow import FolderWatch
from dltui.runs.kept_batch import from_columns, to_columns
from dltui.runs.kept_run import VARIANT, KeptRunLog
from dltui.runs.reader import LONGEST_LINE_BYTES, decode
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, RunUpdate
from dltui.series.state import RunState
from dltui_trainers.runlog import (
    METRICS,
    AnyRecord,
    EventRecord,
    LayersRecord,
    LayerStats,
    SystemRecord,
    number,
    to_line,
)


@pytest.fixture(autouse=True)
def keep_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Short logs are worth keeping too, in a folder of this test's own; they are read in many pieces."""
    monkeypatch.setenv("DLTUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("dltui.cache.WORTH_KEEPING_BYTES", 1)
    monkeypatch.setattr("dltui.runs.reader.LogReader.read.__defaults__", (1500,), raising=False)
    return tmp_path / "cache"


def every_kind(steps: int = 60) -> list[AnyRecord]:
    """Return a log with everything that one can hold, NaN and missing values included."""
    records = whole_run(steps)[:-1]
    records[5:5] = [
        step(6, float("nan"), grad_norm=number(float("nan")), throughput=5.0),
        EventRecord(step=6, time=1.0, name="set", from_=1e-3, to="x", by="user", reason="why"),
        LayersRecord(step=6, time=1.0, layers={"0": LayerStats(weight_norm=1.0, dead=0.5)}),
        SystemRecord(step=6, time=1.0, cpu=50.0, rss=1000),
        step(7, float("inf")),
        evaluation(7, float("nan")),
    ]
    return [*records, step(3), step(4, update_ratio=1e-3), end(best_step=60, best_val_loss=0.25)]


def read(log: KeptRunLog, state: RunState | None = None) -> RunState:
    """Take in all that the log has."""
    state = state or RunState()
    more = True
    while more:
        reading = log.read()
        more = reading.more
        state.take(RunUpdate(batch=reading.batch, restarted=reading.restarted, share=reading.share, loading=more))
    return state


def opened(folder: Path) -> RunState:
    """Open the run anew."""
    return read(KeptRunLog(folder))


def of_lines(lines: bytes) -> RunState:
    """The state after those lines, read at once and without a cache."""
    state = RunState()
    state.extend(decode(lines.rpartition(b"\n")[0]))
    return state


def same(one: RunState, other: RunState) -> bool:
    """Whether two states tell the same of a run."""
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(_numbers(one), _numbers(other), strict=True)) and (
        (one.events, one.layers, one.system, one.end, one.skipped)
        == (other.events, other.layers, other.system, other.end, other.skipped)
    )


def _numbers(state: RunState) -> Iterator[object]:
    for curve in (state.train_loss, *state.step_metrics.values(), *state.eval_metrics.values()):
        yield curve.raw.values
        for axis in ("step", "epoch", "time"):
            yield curve.track.axis(axis).values
            yield curve.track.axis(axis).segments(len(curve))
    best = state.best
    yield [state.start_s, state.last_s, state.step, state.epoch]
    yield [] if best is None else [best.step, best.epoch, best.time, best.val_loss]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was decoded of the log."""
    seen: list[bytes] = []
    original = reader._decode

    def spy(lines: bytes, skipped: int) -> Batch:
        seen.append(lines)
        return original(lines, skipped)

    monkeypatch.setattr(reader, "_decode", spy)
    return seen


def test_a_batch_becomes_columns_and_comes_back() -> None:
    lines = b"".join(map(to_line, every_kind())) + b"foreign\n"
    for given in (decode(lines[:-1]), decode(b""), decode(to_line(end())[:-1]), decode(to_line(step(1))[:-1])):
        back = from_columns(*to_columns(given))
        states = [RunState(), RunState()]
        states[0].extend(given)
        states[1].extend(back)
        assert same(*states)


def test_a_batch_that_is_damaged_is_refused() -> None:
    columns, header = to_columns(decode(to_line(step(1))[:-1]))
    for axis in ("step", "epoch", "time"):
        with pytest.raises(ValueError, match="not a kept batch"):
            from_columns({name: column for name, column in columns.items() if name != f"steps.{axis}"}, header)
    with pytest.raises(ValueError, match="not a kept batch"):
        from_columns(columns, b"\xc1")
    with pytest.raises(ValueError, match="differ"):
        from_columns({**columns, "steps.time": np.zeros(2)}, header)


def test_opened_again_nothing_is_read_and_all_is_the_same(tmp_path: Path, decoded: list[bytes]) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    append(folder, b"not a record\n")
    whole = of_lines((folder / METRICS).read_bytes())
    decoded.clear()
    assert same(opened(folder), whole) and decoded
    decoded.clear()
    again = opened(folder)
    assert same(again, whole) and not decoded
    assert again.skipped == 1 and not again.loading


def test_of_a_log_that_grew_only_the_rest_is_read(tmp_path: Path, decoded: list[bytes]) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    opened(folder)
    for number_of in range(200, 203):
        append(folder, step(number_of), evaluation(number_of, 0.1))
        decoded.clear()
        again, rest = opened(folder), b"".join(decoded)
        assert same(again, of_lines((folder / METRICS).read_bytes()))
        assert b'"step":%d' % number_of in rest and b'"step":%d' % (number_of - 1) not in rest


def test_byte_by_byte_with_a_cache_gives_what_the_whole_gives(tmp_path: Path) -> None:
    records = every_kind(10)
    lines = b"".join(map(to_line, records))
    folder = write_run(tmp_path / "run", [])
    following, followed = KeptRunLog(folder), RunState()
    for length in range(1, len(lines) + 1):
        append(folder, lines[length - 1 : length])
        read(following, followed)
        if length % 7 == 0 or length == len(lines):
            whole = of_lines(lines[:length])
            assert same(opened(folder), whole), length
            assert same(followed, whole), length


def test_a_torn_last_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    line = to_line(step(300))
    append(folder, line[:30])
    assert opened(folder).step == opened(folder).step == 100
    assert not opened(folder).loading
    append(folder, line[30:])
    assert opened(folder).train_loss.track.axis("step").values[-1] == 300


def test_a_log_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    opened(folder)
    log = KeptRunLog(folder)
    state = read(log)
    for _ in range(2):
        (folder / METRICS).write_bytes(to_line(step(1)))
        assert len(read(log, state).train_loss) == 1
        assert len(opened(folder).train_loss) == 1


def test_a_log_that_is_replaced_while_it_is_read_is_not_kept_as_two(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    log, state = KeptRunLog(folder), RunState()
    state.take(RunUpdate(batch=log.read().batch))
    (folder / METRICS).write_bytes(to_line(step(1)))
    assert len(read(log, state).train_loss) == 1
    assert len(opened(folder).train_loss) == 1


def test_a_log_that_is_replaced_after_its_kept_beginning_was_given_is_not_kept_as_two(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    opened(folder)
    append(folder, *(step(number_of) for number_of in range(200, 240)))
    log, state = KeptRunLog(folder), RunState()
    while state.step < 200:
        state.take(RunUpdate(batch=log.read().batch))
    lines = b"".join(to_line(step(number_of)) for number_of in range(30))
    (folder / METRICS).write_bytes(lines)
    assert same(read(log, state), of_lines(lines))
    assert same(opened(folder), of_lines(lines))


@pytest.mark.parametrize("where", [0.02, 0.3, 0.6])
def test_a_kept_log_that_is_damaged_inside_is_read_anew(tmp_path: Path, where: float) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    whole = of_lines((folder / METRICS).read_bytes())
    opened(folder)
    file = kept_file(folder / METRICS, VARIANT)
    assert file is not None
    data = bytearray(file.read_bytes())
    data[int(where * len(data))] ^= 0xFF
    file.write_bytes(data)
    assert same(opened(folder), whole)
    data = bytearray(file.read_bytes())  # it was kept anew
    assert same(opened(folder), whole) and file.read_bytes() == data


def test_inside_a_line_without_an_end_nothing_is_kept(tmp_path: Path, keep_everything: Path) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    with (folder / METRICS).open("ab") as file:
        file.truncate(file.tell() + LONGEST_LINE_BYTES + 10)
    KeptRunLog(folder)
    log, state = KeptRunLog(folder), RunState()
    reader_of_all = log._log.read
    log._log.read = lambda max_bytes=1 << 26: reader_of_all(max_bytes)  # type: ignore[method-assign]
    read(log, state)
    assert list(keep_everything.iterdir()) == []


def test_a_short_log_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep_everything: Path) -> None:
    monkeypatch.setattr("dltui.cache.WORTH_KEEPING_BYTES", 1 << 20)
    folder = write_run(tmp_path / "run", every_kind())
    opened(folder)
    assert not keep_everything.exists()


def test_a_follower_tells_how_far_it_is_and_then_what_became_of_the_run(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    for _ in range(2):
        watch, state = FolderWatch(folder), RunState()
        shares, states = [], []
        while state.loading:
            update = watch.look()
            state.take(update)
            shares.append(update.share)
            states.append(update.status)
        assert shares[:-1] == sorted(set(shares[:-1])) and 0 < shares[0] < 1 and np.isnan(shares[-1])
        assert set(states) == {None, RunStatus.FINISHED} and states[-1] is RunStatus.FINISHED


def test_the_cache_may_vanish_at_any_time(tmp_path: Path, keep_everything: Path) -> None:
    folder = write_run(tmp_path / "run", every_kind())
    whole = of_lines((folder / METRICS).read_bytes())
    opened(folder)
    log = KeptRunLog(folder)
    state = RunState()
    state.take(RunUpdate(batch=log.read().batch))
    for file in keep_everything.iterdir():
        file.unlink()
    keep_everything.rmdir()
    assert same(read(log, state), whole)
    assert same(opened(folder), whole)
