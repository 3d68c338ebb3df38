"""What a user's script writes: a log with less in it than one of our own loop, and with numbers of its own."""

import math
from pathlib import Path

import msgspec
from runlogs import manifest

from dltui.runs.follow import FolderWatch
from dltui.runs.kept_batch import from_columns, to_columns
from dltui.runs.reader import decode
from dltui.series.state import RunState
from dltui_trainers.runlog import (
    MANIFEST,
    METRICS,
    EvalRecord,
    EventRecord,
    Manifest,
    MetricsRecord,
    ParametersRecord,
    ParameterStats,
    Record,
    StepRecord,
    to_line,
)

BARE = b'{"format":1,"run":"mine","task":"mine","created":"","command":[],"host":"here","pid":1}'


def state_of(*records: Record) -> RunState:
    """Return what becomes of these records."""
    state = RunState()
    state.extend(decode(b"".join(map(to_line, records)).rstrip(b"\n")))
    return state


def parameters(step: int) -> ParametersRecord:
    """Return what was measured of one layer at ``step``."""
    return ParametersRecord(step=step, time=float(step), parameters={"fc.weight": ParameterStats(norm=1.0)})


def test_a_step_may_tell_its_loss_alone() -> None:
    state = state_of(StepRecord(step=3, time=1.0, train_loss=2.0), StepRecord(step=4, time=2.0, train_loss=1.0, lr=0.1))
    assert list(state.train_loss.raw.values) == [2.0, 1.0]
    assert list(state.step_metrics["lr"].raw.values) == [0.1]
    assert state.step == 4 and math.isnan(state.epoch)


def test_a_validation_may_have_no_loss() -> None:
    state = state_of(EvalRecord(step=3, time=1.0, val_accuracy=0.5), EvalRecord(step=4, time=2.0, val_loss="nan"))
    assert list(state.eval_metrics["val_accuracy"].raw.values) == [0.5]
    assert len(state.val_loss) == 1 and math.isnan(state.val_loss.last)
    assert state.best is None


def test_of_the_numbers_of_ones_own_the_newest_of_each_is_known() -> None:
    records = [
        MetricsRecord(step=at, time=float(at), values=values)
        for at, values in ((1, {"bleu": 1.0, "ter": 5.0}), (2, {"bleu": 2.0}))
    ]
    state = state_of(*records)
    assert state.metrics is not None and state.metrics.values == {"bleu": 2.0, "ter": 5.0} and state.metrics.step == 2
    later = state_of()
    for record in records:
        later.extend(decode(to_line(record).rstrip(b"\n")))
    assert later.metrics == state.metrics


def test_every_record_of_the_parameters_is_kept_but_for_those_that_were_taken_back() -> None:
    state = state_of(*map(parameters, (1, 2, 3)))
    assert [each.step for each in state.parameters] == [1, 2, 3]
    state.extend(decode(to_line(EventRecord(step=2, time=9.0, name="undo")).rstrip(b"\n")))
    assert [each.step for each in state.parameters] == [1, 2]


def test_all_of_it_comes_back_from_what_is_kept() -> None:
    records = (parameters(1), MetricsRecord(step=1, time=1.0, values={"bleu": "inf"}), parameters(2))
    batch = decode(b"".join(map(to_line, records)).rstrip(b"\n"))
    again = from_columns(*to_columns(batch))
    assert again.parameters == batch.parameters and again.metrics == batch.metrics


def test_what_a_script_tells_of_itself_later_is_read(tmp_path: Path) -> None:
    (tmp_path / METRICS).touch()
    (tmp_path / MANIFEST).write_bytes(BARE)
    watch = FolderWatch(tmp_path)
    first = watch.look().manifest
    assert first is not None and first.model is None and first.data is None
    assert watch.look().manifest is None
    later: Manifest = manifest(settable=["lr"])
    (tmp_path / "new").write_bytes(msgspec.json.encode(later))
    (tmp_path / "new").rename(tmp_path / MANIFEST)
    assert watch.look().manifest == later


def test_a_plan_that_nobody_told_is_not_known() -> None:
    state = state_of(StepRecord(step=3, time=1.0, train_loss=2.0))
    state.manifest = manifest(epochs=0, steps_per_epoch=0, data=None, model=None, hparams={})
    assert all(math.isnan(each) for each in (state.planned_epochs, state.planned_steps, state.progress, state.eta_s))
