"""JSON documents and JSON lines: where in them the curves are, and what they tell beside them."""

import json
import math
from pathlib import Path

import pytest

from dltui.formats import SavedLog, open_log, state_of


def opened(tmp_path: Path, text: str, name: str = "history.json") -> SavedLog:
    path = tmp_path / name
    path.write_text(text)
    return open_log(path)


def test_a_keras_history_inside_a_document(tmp_path: Path) -> None:
    text = (
        '{"history": {"loss": [2, NaN, 1], "val_loss": [2.1, 1.5, 1.2]}, "params": {"epochs": 9, "optimizer": "Adam"}}'
    )
    log = opened(tmp_path, text)
    state = state_of(log)
    assert log.format == "json"
    assert math.isnan(state.train_loss.raw.values[1])
    assert list(state.val_loss.raw.values) == [2.1, 1.5, 1.2]
    assert log.planned_epochs == 9
    assert log.hparams == {"epochs": 9, "optimizer": "adam"}
    assert not state.loading


@pytest.mark.parametrize(
    "text",
    [
        '{"train_loss": [1, 0.5], "val_loss": [1.1, 0.6], "classes": ["a", "b"], "test_acc": 77.6}',
        '{"train": {"loss": [1, 0.5]}, "val": {"loss": [1.1, 0.6]}}',
        '[{"loss": 1, "val_loss": 1.1}, {"loss": 0.5, "val_loss": 0.6}]',
        '{"results": {"training_history": [{"train": {"loss": 1}, "val": {"loss": 1.1}}, '
        '{"train": {"loss": 0.5}, "val": {"loss": 0.6}}]}}',
        '{"1": {"loss": 1, "val_loss": 1.1}, "2": {"loss": 0.5, "val_loss": 0.6}}',
        '{"learning_curve": [[1, 1.1], [0.5, 0.6]], "y_train": [0, 1, 1, 0, 1]}',
    ],
)
def test_the_curves_are_found_in_any_shape(tmp_path: Path, text: str) -> None:
    state = state_of(opened(tmp_path, text))
    assert list(state.train_loss.raw.values) == [1, 0.5]
    assert list(state.val_loss.raw.values) == [1.1, 0.6]
    assert list(state.val_loss.track.axis("step").values) == [1, 2]


def test_lists_of_three_are_loss_and_two_accuracies(tmp_path: Path) -> None:
    text = (
        '{"num_epochs": 2, "learning_rate": 0.002, "learning_curve": [[0.6, 0.7, 0.65], [0.5, 0.8, 0.7]], "loss": 0.5}'
    )
    log = opened(tmp_path, text)
    state = state_of(log)
    assert list(state.train_loss.raw.values) == [0.6, 0.5]
    assert list(state.eval_metrics["train_accuracy"].raw.values) == [0.7, 0.8]
    assert list(state.eval_metrics["val_accuracy"].raw.values) == [0.65, 0.7]
    assert log.hparams == {"epochs": 2, "lr": 0.002}


def test_a_shorter_validation_stands_at_the_end_of_its_epochs(tmp_path: Path) -> None:
    state = state_of(opened(tmp_path, '{"loss": [4, 3, 2, 1], "val_loss": [3.5, 1.5]}'))
    assert list(state.val_loss.track.axis("step").values) == [2, 4]


def test_folds_in_one_document_are_not_summed(tmp_path: Path) -> None:
    state = state_of(opened(tmp_path, '{"fold0": {"loss": [2, 1]}, "fold1": {"loss": [4, 3]}}'))
    assert list(state.train_loss.raw.values) == [2, 1]


def trainer_state(*records: dict[str, float]) -> str:
    return json.dumps({"global_step": 6, "num_train_epochs": 3, "train_batch_size": 2, "log_history": records})


def test_the_state_of_transformers(tmp_path: Path) -> None:
    log = opened(
        tmp_path,
        trainer_state(
            {"epoch": 0.5, "step": 10, "loss": 0.7, "learning_rate": 1e-4, "grad_norm": 2.0},
            {"epoch": 1.0, "step": 20, "loss": 0.6, "learning_rate": 5e-5, "grad_norm": 1.0},
            {"epoch": 1.0, "step": 20, "eval_loss": 0.65, "eval_accuracy": 0.8, "eval_runtime": 3.0},
            {"epoch": 1.0, "step": 20, "train_loss": 0.65, "train_runtime": 60.0},
        ),
        "trainer_state.json",
    )
    state = state_of(log)
    assert list(state.train_loss.raw.values) == [0.7, 0.6]
    assert list(state.step_metrics["grad_norm"].raw.values) == [2.0, 1.0]
    assert list(state.val_loss.raw.values) == [0.65]
    assert list(state.eval_metrics["val_accuracy"].raw.values) == [0.8]
    assert (state.step, state.epoch) == (20, 1.0)
    assert log.planned_epochs == 3
    assert log.hparams == {"epochs": 3, "batch_size": 2}


def test_a_training_too_short_to_have_logged_opens_empty(tmp_path: Path) -> None:
    log = opened(tmp_path, trainer_state())
    assert log.batch.steps is None
    assert state_of(log).step == 0


MMCV = [
    {"env_info": "x", "seed": 1},
    {"mode": "train", "epoch": 1, "iter": 50, "lr": 0.1, "loss": 1.0, "heatmap_loss": 1.0, "time": 0.6},
    {"mode": "train", "epoch": 1, "iter": 100, "lr": 0.1, "loss": 0.9, "heatmap_loss": 0.9, "time": 0.5},
    {"mode": "val", "epoch": 1, "iter": 9, "lr": 0.1, "mIoU": 0.3},
    {"mode": "train", "epoch": 2, "iter": 50, "lr": 0.01, "loss": 0.8, "heatmap_loss": 0.8, "time": 0.6},
    {"mode": "train", "epoch": 2, "iter": 100, "lr": 0.01, "loss": 0.7, "heatmap_loss": 0.7, "time": 0.5},
    {"mode": "val", "epoch": 2, "iter": 9, "lr": 0.01, "mIoU": 0.4},
]


def test_iterations_that_begin_anew_count_on_through_the_epochs(tmp_path: Path) -> None:
    log = opened(tmp_path, "\n".join(map(json.dumps, MMCV)) + "\n", "None.log.json")
    steps, evals = log.batch.steps, log.batch.evals
    assert steps is not None and evals is not None
    assert log.format == "jsonl"
    assert list(steps.step) == [50, 100, 150, 200]
    assert list(steps.epoch) == [0.5, 1.0, 1.5, 2.0]
    assert list(steps.values["lr"]) == [0.1, 0.1, 0.01, 0.01]
    assert list(evals.step) == [100, 200]  # a validation's own counter is none of the training's
    assert list(evals.values["val_accuracy"]) == [0.3, 0.4]
    assert evals.unknown["val_loss"].all()
    assert math.isnan(state_of(log).elapsed_s)
    assert log.hparams["seed"] == 1


def test_a_detr_log_has_test_for_validation_and_parts_beside_the_total(tmp_path: Path) -> None:
    lines = [
        {
            "train_lr": 1e-4,
            "train_loss": 24.5,
            "train_loss_bbox": 1.0,
            "test_loss": 21.5,
            "test_loss_ce": 3.0,
            "epoch": each,
        }
        for each in range(3)
    ]
    state = state_of(opened(tmp_path, "\n".join(map(json.dumps, lines)), "log.txt"))
    assert list(state.train_loss.raw.values) == [24.5] * 3
    assert list(state.val_loss.raw.values) == [21.5] * 3
    assert list(state.train_loss.track.axis("step").values) == [0, 1, 2]


def test_torn_and_foreign_lines_are_counted(tmp_path: Path) -> None:
    text = '{"step": 1, "loss": "nan"}\nhello\n{"step": 2, "val": {"loss": 1}, "loss": 0.5}\n{"step": 3, "lo'
    log = opened(tmp_path, text, "metrics.jsonl")
    state = state_of(log)
    assert state.skipped == 2
    assert math.isnan(state.train_loss.raw.values[0])
    assert list(state.val_loss.raw.values) == [1]


def test_a_restart_goes_back(tmp_path: Path) -> None:
    rows = [1, 2, 3, 2, 3, 4]
    log = opened(tmp_path, "".join(f'{{"step": {each}, "loss": 1}}\n' for each in rows), "x.jsonl")
    assert log.batch.steps is not None
    assert list(log.batch.steps.step) == rows


def test_a_number_of_an_epoch_that_cannot_be_is_left_out(tmp_path: Path) -> None:
    text = ", ".join(f'"{number}": {{"loss": 0.5}}' for number in ("0", "1", "9" * 400, "9" * 5000))
    assert len(state_of(opened(tmp_path, f"{{{text}}}")).train_loss) == 2
