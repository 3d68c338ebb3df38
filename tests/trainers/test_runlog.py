"""One record <-> one line."""

import math

import msgspec
import pytest

from dltui_trainers.runlog import (
    AnyRecord,
    EndRecord,
    EvalRecord,
    EventRecord,
    LayersRecord,
    LayerStats,
    StepRecord,
    SystemRecord,
    number,
    record_decoder,
    to_line,
)

RECORDS: list[AnyRecord] = [
    StepRecord(step=3, time=1.5, epoch=0.5, train_loss=2.25, lr=1e-3, grad_norm=0.5, update_ratio=1e-3, throughput=9.0),
    StepRecord(step=3, time=1.5, epoch=0.5, train_loss="nan", lr=1e-3, grad_norm="inf"),
    EvalRecord(step=3, time=1.5, epoch=1.0, val_loss="-inf", val_accuracy=0.5),
    LayersRecord(step=3, time=1.5, layers={"hidden1.linear": LayerStats(weight_norm=1.0, dead=0.25)}),
    SystemRecord(step=3, time=1.5, cpu=99.0, rss=10**9, gpu_util=50.0),
    EventRecord(step=3, time=1.5, name="set", from_=1e-3, to=1e-4, by="user", reason="é\n", id=7),
    EndRecord(step=3, time=1.5, status="failed", error="RuntimeError: x"),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_round_trip(record: AnyRecord) -> None:
    line = to_line(record)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert record_decoder.decode(line) == record


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0.0, -1e-300])
def test_every_float_survives(value: float) -> None:
    record = StepRecord(step=1, time=0.0, epoch=0.0, train_loss=number(value), lr=0.1)
    read = record_decoder.decode(to_line(record))
    assert isinstance(read, StepRecord)
    back = float(read.train_loss)
    assert back == value or (math.isnan(back) and math.isnan(value))


def test_unknown_keys_are_ignored_and_unknown_kinds_refused() -> None:
    read = record_decoder.decode(b'{"kind":"end","step":1,"time":2.0,"status":"finished","mood":"good"}')
    assert read == EndRecord(step=1, time=2.0, status="finished")
    with pytest.raises(msgspec.DecodeError):
        record_decoder.decode(b'{"kind":"poem","step":1,"time":2.0}')
    with pytest.raises(msgspec.DecodeError):
        record_decoder.decode(b'{"kind":"end","step":1,"ti')


def test_from_is_called_from_in_json() -> None:
    assert b'"from":0.1' in to_line(EventRecord(step=1, time=0.0, name="set", from_=0.1, to=0.2))
