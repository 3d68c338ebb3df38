"""What ``run.log`` writes of which values."""

import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import torch

from dltui_trainers.recorder import Run, start_run
from dltui_trainers.runlog import EndRecord, EvalRecord, MetricsRecord, Record, StepRecord
from recorder.kept import end_of, read_log


def logged(run: Run) -> list[Record]:
    assert run.folder is not None
    return [record for record in read_log(run.folder) if not isinstance(record, EndRecord)]


@pytest.fixture
def run() -> Run:
    return start_run("test")


def test_a_step_is_in_the_file_at_once(run: Run) -> None:
    run.log(3, train_loss=0.5, lr=0.1, epoch=1.5)
    (record,) = logged(run)
    assert record == StepRecord(step=3, time=record.time, train_loss=0.5, lr=0.1, epoch=1.5)


@pytest.mark.parametrize("name", ["train_loss", "loss"])
@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (2, 2.0),
        (True, 1.0),
        (np.float32(0.5), 0.5),
        (np.array(0.5), 0.5),
        (np.int64(3), 3.0),
        (Decimal("0.5"), 0.5),
        (torch.tensor(0.5), 0.5),
        (torch.tensor([0.5]), 0.5),
        (torch.tensor(0.5, requires_grad=True), 0.5),
        (torch.tensor(2), 2.0),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (np.float32("inf"), "inf"),
        (torch.tensor(math.nan), "nan"),
    ],
)
def test_anything_that_is_one_number_is_kept(run: Run, name: str, value: object, kept: object) -> None:
    run.log(1, **{name: value})
    (record,) = logged(run)
    assert isinstance(record, StepRecord)
    assert record.train_loss == kept


@pytest.mark.parametrize("value", ["0.5", b"1", [1, 2], {"a": 1}, np.zeros(3), torch.zeros(2), 1j, object(), 10**400])
def test_what_is_no_number_is_told_once_and_the_rest_is_kept(
    run: Run, value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    run.log(1, train_loss=0.5, extra=value)
    run.log(2, train_loss=0.5, extra=value)
    assert [type(record) for record in logged(run)] == [StepRecord, StepRecord]
    (warning,) = capsys.readouterr().err.splitlines()
    assert warning.startswith("dltui: extra is ")


def test_none_is_no_number_and_no_trouble(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.log(1, train_loss=0.5, val_loss=None, extra=None)
    assert [type(record) for record in logged(run)] == [StepRecord]
    assert capsys.readouterr().err == ""


def test_a_step_without_its_loss_keeps_what_stood_beside_it(run: Run) -> None:
    run.log(1, train_loss=None, lr=0.1)
    (record,) = logged(run)
    assert isinstance(record, MetricsRecord)
    assert record.values == {"lr": 0.1}


def test_one_call_writes_one_record_of_each_kind(run: Run) -> None:
    run.log(7, epoch=2, loss=0.5, val_loss=0.75, val_acc=0.9, reward=3)
    step, evaluation, own = logged(run)
    assert step == StepRecord(step=7, time=step.time, epoch=2.0, train_loss=0.5)
    assert evaluation == EvalRecord(step=7, time=step.time, epoch=2.0, val_loss=0.75, val_accuracy=0.9)
    assert own == MetricsRecord(step=7, time=step.time, epoch=2.0, values={"reward": 3.0})


def test_the_epoch_is_known_by_the_step() -> None:
    run = start_run("test", steps_per_epoch=20)
    run.log(10, train_loss=1.0)
    run.log(10, train_loss=np.float32(1.0), val_loss=0.5, own=1.0)
    run.log(10, train_loss=1.0, epoch=3.0)
    assert [record.epoch for record in logged(run)] == [0.5, 0.5, 0.5, 0.5, 3.0]  # type: ignore[union-attr]


def test_percents_are_told_and_stay_a_number(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.log(1, val_loss=0.5, val_accuracy=97.5)
    run.log(2, val_accuracy=98.0)
    evaluation, first, second = logged(run)
    assert isinstance(evaluation, EvalRecord) and evaluation.val_accuracy is None
    assert isinstance(first, MetricsRecord) and first.values == {"val_accuracy": 97.5}
    assert isinstance(second, MetricsRecord)
    assert capsys.readouterr().err.count("divide percents by 100") == 1


@pytest.mark.parametrize("step", [np.int64(5), torch.tensor(5), 5.0, np.float64(5.0)])
def test_a_step_may_be_any_whole_number(run: Run, step: int) -> None:
    run.log(step, train_loss=0.5)
    assert [record.step for record in logged(run)] == [5]
    assert run.step == 5


@pytest.mark.parametrize("step", [1.5, "5", 2**60, 10**400, math.nan, {"train_loss": 0.5}])
def test_a_step_that_is_none_is_told_and_left_out(run: Run, step: int, capsys: pytest.CaptureFixture[str]) -> None:
    run.log(step, train_loss=0.5)
    run.log(step, val_loss=0.5)
    assert logged(run) == []
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_step_is_the_last_one(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.log(12, train_loss=0.5)
    run.log(val_loss=0.5)
    assert [record.step for record in logged(run)] == [12, 12]
    assert "without a step" in capsys.readouterr().err


def test_a_step_that_goes_back_is_written_as_it_is(run: Run) -> None:
    for step in (5, 3, 3, 4):
        run.log(step, train_loss=0.5)
    assert [record.step for record in logged(run)] == [5, 3, 3, 4]


def test_any_name_can_be_logged(run: Run) -> None:
    names = {"self": 1.0, "損失": 2.0, "a/b c": 3.0, "\ud800": 4.0, "\x1b[31m": 5.0, "step ": 6.0}
    run.log(1, **names)
    run.log(2, train_loss=1.0)
    assert isinstance(logged(run)[-1], StepRecord)


def test_a_call_with_nothing_writes_nothing(run: Run) -> None:
    run.log(1)
    run.log(1, epoch=3)
    assert logged(run) == []
    assert run.step == 1


def test_the_best_validation_stands_in_the_last_record(run: Run) -> None:
    for step, loss in ((1, 0.9), (2, 0.5), (3, math.nan), (4, 0.7)):
        run.log(step, val_loss=loss)
    run.finish()
    assert run.folder is not None
    end = end_of(run.folder)
    assert (end.step, end.best_step, end.best_val_loss) == (4, 2, 0.5)


def test_a_number_whose_own_code_fails_stops_nothing(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    class Hostile:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("never")

        def __float__(self) -> float:
            raise RuntimeError("never\never")

    run.log(1, train_loss=Hostile(), val_loss=0.5)
    assert capsys.readouterr().err.count("\n") == 1


def test_what_live_control_knows_goes_with_the_loss_and_never_over_the_script(run: Run) -> None:
    run.supply = lambda step: {"lr": step / 10, "data_wait": 0.25}
    run.log(1, train_loss=0.5)
    run.log(2, train_loss=0.5, lr=9.0)
    run.log(3, val_loss=0.5)
    first, second, third = logged(run)
    assert isinstance(first, StepRecord) and (first.lr, first.data_wait) == (0.1, 0.25)
    assert isinstance(second, StepRecord) and second.lr == 9.0
    assert isinstance(third, EvalRecord)


def test_listeners_hear_of_each_step_and_of_the_end(run: Run, tmp_path: Path) -> None:
    heard: list[object] = []

    class Ear:
        def on_log(self, step: int) -> None:
            heard.append(step)

        def close(self) -> None:
            heard.append("end")

    run.attach(Ear())
    run.log(1, train_loss=0.5)
    run.log(2, val_loss=0.5)
    run.finish()
    run.finish()
    assert heard == [1, 2, "end"]
