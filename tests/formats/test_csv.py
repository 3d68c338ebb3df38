"""Tables: whose columns they are, what percent and sums become, and where their rows stand."""

import math
from pathlib import Path

import numpy as np
import pytest

from dltui.formats import ColumnRole, SavedLog, open_log, state_of
from dltui.log_options import Role
from dltui.runs.update import Rows


def opened(tmp_path: Path, text: str, name: str = "log.csv") -> SavedLog:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return open_log(path)


def known(rows: Rows | None, name: str) -> list[float]:
    """The values of a metric in the rows that have it."""
    assert rows is not None
    missing = rows.unknown.get(name, np.zeros(len(rows), dtype=np.bool_))
    return list(rows.values[name][~missing])


def test_a_keras_log_has_both_losses_at_the_same_step(tmp_path: Path) -> None:
    text = "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n0,0.3,0.001,2.0,0.4,1.9\n1,0.5,0.001,1.5,0.6,1.4\n"
    log = opened(tmp_path, text)
    steps, evals = log.batch.steps, log.batch.evals
    assert steps is not None and evals is not None
    assert log.format == "csv"
    assert list(steps.step) == list(evals.step) == list(steps.epoch) == [0, 1]
    assert known(steps, "train_loss") == [2.0, 1.5]
    assert known(evals, "val_loss") == [1.9, 1.4]
    assert known(evals, "val_accuracy") == [0.4, 0.6]
    assert known(evals, "train_accuracy") == [0.3, 0.5]
    assert log.hparams == {"lr": 0.001}
    assert math.isnan(log.planned_epochs)
    assert steps.unknown["grad_norm"].all()
    assert "train_loss" not in steps.unknown


@pytest.mark.parametrize(
    "header",
    [
        "Epoch,TrainLoss,ValLoss,LR",
        "epoch, training_loss, validation_loss, lr",
        "epoch;train loss;valid loss;learning rate",
        "epoch\ttrain/loss\teval/loss\tlr-Adam",
        "epoch,loss,test_loss,lr",
        "# epoch,trainLoss,valLoss,lr",
        "epoch,trainloss,valloss,lr",
    ],
)
def test_names_are_known_in_any_style(tmp_path: Path, header: str) -> None:
    separator = ";" if ";" in header else "\t" if "\t" in header else ","
    log = opened(tmp_path, header + "\n" + separator.join(["1", "0.5", "0.6", "0.01"]) + "\n")
    assert known(log.batch.steps, "train_loss") == [0.5]
    assert known(log.batch.steps, "lr") == [0.01]
    assert known(log.batch.evals, "val_loss") == [0.6]


def test_sparse_rows_of_lightning_give_rows_of_their_own(tmp_path: Path) -> None:
    rows = ["0,49,0.6,,", "0,99,0.5,,", "0,99,,0.7,", "1,149,0.4,,", "1,199,,0.6,", "1,200,,,0.9"]
    text = "epoch,step,train_loss,val_loss,test_loss\n" + "\n".join(rows) + "\n"
    log = opened(tmp_path, text, "metrics.csv")
    steps, evals = log.batch.steps, log.batch.evals
    assert steps is not None and evals is not None
    assert list(steps.step) == [49, 99, 149]
    assert known(steps, "train_loss") == [0.6, 0.5, 0.4]
    assert list(evals.step) == [99, 199]
    assert known(evals, "val_loss") == [0.7, 0.6]  # the test at the end is no validation where there is one


def test_parts_are_summed_where_there_is_no_total(tmp_path: Path) -> None:
    text = (
        "   epoch,   time, train/box_loss, train/cls_loss, val/box_loss, val/cls_loss, "
        "metrics/precision(B), metrics/mAP50(B), metrics/mAP50-95(B), lr/pg0, lr/pg1\n"
        "1, 10.5, 1.0, 2.0, 1.5, 2.5, 0.3, 0.8, 0.6, 0.1, 0.01\n"
        "2, 20.5, 0.5, 1.0, 1.0, 2.0, 0.4, 0.9, 0.7, 0.05, 0.02\n"
    )
    log = opened(tmp_path, text, "results.csv")
    assert known(log.batch.steps, "train_loss") == [3.0, 1.5]
    assert known(log.batch.steps, "lr") == [0.01, 0.02]
    assert known(log.batch.evals, "val_loss") == [4.0, 3.0]
    assert known(log.batch.evals, "val_precision") == [0.3, 0.4]
    assert known(log.batch.evals, "val_accuracy") == [0.6, 0.7]
    assert ColumnRole("train/box_loss", Role.TRAIN_LOSS) in log.columns


def test_a_total_is_never_added_to_its_parts(tmp_path: Path) -> None:
    log = opened(tmp_path, "epoch,train/loss,train/ce_loss,train/dice_loss,val_loss,val_loss_ce\n1,3,1,2,5,4\n")
    assert known(log.batch.steps, "train_loss") == [3]
    assert known(log.batch.evals, "val_loss") == [5]
    assert ColumnRole("train/ce_loss", Role.UNUSED) in log.columns


def test_percent_becomes_a_fraction_for_both_accuracies(tmp_path: Path) -> None:
    log = opened(tmp_path, "epoch,loss,train_acc,val_acc\n1,0.5,80,1.0\n2,0.4,90,1.2\n")
    assert known(log.batch.evals, "train_accuracy") == pytest.approx([0.8, 0.9])
    assert known(log.batch.evals, "val_accuracy") == pytest.approx([0.01, 0.012])


@pytest.mark.parametrize("name", ["val_ppl", "valid_perplexity", "eval/perplexity", "perplexity", "val ppl", "ValPPL"])
def test_a_perplexity_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    log = opened(tmp_path, f"epoch,train_loss,val_loss,{name}\n1,3,2.1,8.2\n2,2,1.5,4.5\n3,1,900,inf\n")
    assert known(log.batch.evals, "val_perplexity") == [8.2, 4.5, math.inf]
    assert ColumnRole(name, Role.VAL_PERPLEXITY) in log.columns


@pytest.mark.parametrize(
    "name", ["r2", "val_r2", "val_r2_score", "R2", "R²", "r_squared", "eval/r2", "val_rsq", "test_r2"]
)
def test_an_r2_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    log = opened(tmp_path, f"epoch,train_loss,val_loss,{name}\n1,3,2.1,-4\n2,2,1.5,0.5\n")
    assert known(log.batch.evals, "val_r2") == [-4, 0.5]
    assert ColumnRole(name, Role.VAL_R2) in log.columns


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("val_ppl", "0.5,4"),  # never below 1
        ("train_ppl", "9,4"),  # of the training
        ("best_val_perplexity", "9,4"),
        ("val_r2", "0.5,1.5"),  # never above 1
        ("train_r2", "0.1,0.5"),
        ("layer2", "0.1,0.5"),
        ("R2_D2", "0.1,0.5"),
    ],
)
def test_what_cannot_be_a_perplexity_or_an_r2_is_none(tmp_path: Path, name: str, values: str) -> None:
    first, last = values.split(",")
    log = opened(tmp_path, f"epoch,train_loss,val_loss,{name}\n1,3,2.1,{first}\n2,2,1.5,{last}\n")
    assert known(log.batch.evals, "val_perplexity") == known(log.batch.evals, "val_r2") == []
    assert known(log.batch.evals, "val_loss") == [2.1, 1.5]


def test_an_unsaid_perplexity_beside_an_unsaid_loss_is_that_of_the_training(tmp_path: Path) -> None:
    log = opened(tmp_path, "step,loss,ppl,val_loss,val_ppl\n1,2,7.4,2.5,12.2\n2,1,2.7,1.5,4.5\n")
    assert known(log.batch.evals, "val_perplexity") == [12.2, 4.5]
    alone = opened(tmp_path, "step,loss,ppl,val_loss\n1,2,7.4,2.5\n2,1,2.7,1.5\n")
    assert known(alone.batch.evals, "val_perplexity") == []


def test_another_quality_stands_in_only_without_an_accuracy(tmp_path: Path) -> None:
    without = opened(tmp_path, "epoch,train_loss,val_loss,mIoU\n1,0.5,0.6,0.3\n")
    assert known(without.batch.evals, "val_accuracy") == [0.3]
    beside = opened(tmp_path, "epoch,train_loss,val_loss,mIoU,val_acc\n1,0.5,0.6,0.3,0.9\n")
    assert known(beside.batch.evals, "val_accuracy") == [0.9]
    percent = opened(tmp_path, "epoch,train_loss,val_loss,mIoU\n1,0.5,0.6,30\n")
    assert known(percent.batch.evals, "val_accuracy") == []


def test_a_mean_squared_error_is_the_loss_where_nothing_else_is(tmp_path: Path) -> None:
    log = opened(tmp_path, "Test MSE,Train loss,Valid MSE,epoch,step\n,,30.5,0,0\n,20.5,,1,1\n9.5,,,2,2\n")
    assert known(log.batch.evals, "val_loss") == [30.5]
    assert known(log.batch.steps, "train_loss") == [20.5]


def test_values_that_are_not_finite_are_values_and_empty_cells_are_none(tmp_path: Path) -> None:
    log = opened(tmp_path, "step,train_loss,val_loss\n1,nan,\n2,inf,-inf\n3,,NaN\n")
    assert known(log.batch.steps, "train_loss")[1] == math.inf
    assert math.isnan(known(log.batch.steps, "train_loss")[0])
    assert len(known(log.batch.steps, "train_loss")) == 2
    assert len(known(log.batch.evals, "val_loss")) == 2


def test_a_restart_appended_to_the_file_stays_visible(tmp_path: Path) -> None:
    rows = [*range(5), *range(3)]
    text = "epoch,loss\n" + "".join(f"{epoch},{1 / (1 + place)}\n" for place, epoch in enumerate(rows))
    log = opened(tmp_path, text)
    assert log.batch.steps is not None
    assert list(log.batch.steps.step) == rows
    assert len(state_of(log).train_loss.track.axis("step").segments(8)) == 2


def test_a_second_header_may_name_other_columns(tmp_path: Path) -> None:
    log = opened(tmp_path, "epoch,loss\n1,0.5\n2,0.4\nepoch,val_loss,loss\n1,0.9,0.45\n")
    assert known(log.batch.steps, "train_loss") == [0.5, 0.4, 0.45]
    assert known(log.batch.evals, "val_loss") == [0.9]
    assert log.batch.skipped == 0


def test_a_torn_last_line_is_counted_and_the_rest_kept(tmp_path: Path) -> None:
    log = opened(tmp_path, "epoch,loss,val_loss\n1,0.5,0.6\n2,0.4")
    assert known(log.batch.steps, "train_loss") == [0.5]
    assert log.batch.skipped == 1


def test_a_line_without_its_end_counts_if_it_is_whole(tmp_path: Path) -> None:
    log = opened(tmp_path, "epoch,loss,val_loss\n1,0.5,0.6\n2,0.4,0.5")
    assert known(log.batch.steps, "train_loss") == [0.5, 0.4]


def test_without_step_and_epoch_the_rows_are_counted(tmp_path: Path) -> None:
    log = opened(tmp_path, "training_loss, training_acc, val_loss, val_acc\n0.6, 0.4, 0.5, 0.7\n0.5, 0.5, 0.4, 0.8\n")
    assert log.batch.steps is not None
    assert list(log.batch.steps.step) == [1, 2]
    assert np.isnan(log.batch.steps.epoch).all()
    state = state_of(log)
    assert math.isnan(state.elapsed_s)
    assert state.step == 2


def test_the_index_of_pandas_counts_the_rows(tmp_path: Path) -> None:
    log = opened(tmp_path, ",train_loss,val_dice_no_bg,lr\n0,0.9,0.8,0.1\n1,0.3,0.9,0.1\n")
    assert log.batch.steps is not None
    assert list(log.batch.steps.step) == [0, 1]
    assert known(log.batch.evals, "val_accuracy") == [0.8, 0.9]


def test_many_rows_an_epoch_are_counted_in_rows(tmp_path: Path) -> None:
    text = "epoch,loss\n" + "".join(f"{row // 10},0.5\n" for row in range(40))
    log = opened(tmp_path, text)
    assert log.batch.steps is not None
    assert list(log.batch.steps.step) == list(range(1, 41))
    assert log.batch.steps.epoch[-1] == 3


def test_rows_may_say_which_split_they_are_of(tmp_path: Path) -> None:
    log = opened(tmp_path, "epoch,phase,loss,acc\n1,train,1.0,10\n1,val,1.1,9\n2,train,0.8,30\n2,val,1.0,20\n")
    assert log.batch.steps is not None
    assert list(log.batch.steps.step) == [1, 2]
    assert known(log.batch.evals, "val_loss") == [1.1, 1.0]
    assert known(log.batch.evals, "train_accuracy") == [0.1, 0.3]


def test_times_may_have_units_or_dates(tmp_path: Path) -> None:
    minutes = opened(tmp_path, "epoch,time,loss\n" + "".join(f"{i},{i * 1.5}m,0.5\n" for i in range(5)))
    assert state_of(minutes).elapsed_s == pytest.approx(360)
    dates = opened(tmp_path, "epoch,time,loss\n" + "".join(f"{i},2024-01-01 10:0{i}:00,0.5\n" for i in range(5)))
    assert state_of(dates).elapsed_s == pytest.approx(240)


def test_the_seconds_that_an_epoch_took_are_no_clock(tmp_path: Path) -> None:
    text = "epoch,time,loss\n" + "".join(f"{i},{5 + i % 2},0.5\n" for i in range(20))
    assert math.isnan(state_of(opened(tmp_path, text)).elapsed_s)


def test_decimal_commas_and_utf_16_are_read(tmp_path: Path) -> None:
    log = opened(tmp_path, "Epoch;Train Loss;Val Loss\r\n1;0,5;0,6\r\n")
    assert known(log.batch.steps, "train_loss") == [0.5]
    path = tmp_path / "wide.csv"
    path.write_bytes("epoch,loss\n1,0.5\n".encode("utf-16"))
    assert known(open_log(path).batch.steps, "train_loss") == [0.5]


def test_line_ends_written_twice_over_are_one(tmp_path: Path) -> None:
    log = opened(tmp_path, "epoch,loss\r\r\n0,0.5\r\r\n1,0.4\r\r\n")
    assert known(log.batch.steps, "train_loss") == [0.5, 0.4]


def test_a_header_alone_is_a_training_that_has_just_begun(tmp_path: Path) -> None:
    log = opened(tmp_path, "epoch,loss,val_loss\n")
    assert log.batch.steps is None
    assert log.batch.evals is None
    assert state_of(log).step == 0


def test_a_step_beyond_what_a_float_counts_is_none(tmp_path: Path) -> None:
    log = opened(tmp_path, "epoch,step,loss\n1,1,0.5\n1e308,1e308,0.4\n2,2,0.3\n3,inf,0.2\n")
    assert log.batch.steps is not None
    assert list(log.batch.steps.step) == [1, 1, 2, 2]
    assert len(state_of(log).train_loss) == 4
