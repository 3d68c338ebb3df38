"""Logs of real tools, all of one training whose numbers are known: the series that are found, and as they come."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from toollogs import EPOCHS, LOGS, RATE, SINGLE, STEPS, STEPS_PER_EPOCH, TRAIN, VAL, contents

from dltui.errors import LogFormatError
from dltui.formats import SavedLog, open_log
from dltui.formats.known import find_format
from dltui.log_options import AS_IT_IS
from dltui.runs.update import Rows

FOUR_DIGITS, TWO_DIGITS, FIVE_DIGITS = 5.1e-5, 5.1e-3, 5.1e-6
OF_EPOCHS = [sum(TRAIN[at : at + STEPS_PER_EPOCH]) / STEPS_PER_EPOCH for at in range(0, len(TRAIN), STEPS_PER_EPOCH)]
LASTS = TRAIN[STEPS_PER_EPOCH - 1 :: STEPS_PER_EPOCH]
ENDS = [float(step) for step in STEPS[STEPS_PER_EPOCH - 1 :: STEPS_PER_EPOCH]]


def smoothed(beta: float) -> list[float]:
    """The mean that fastai writes at the end of each epoch, without the pull towards 0 of its first values."""
    mean, means = 0.0, []
    for step, loss in enumerate(TRAIN, start=1):
        mean = beta * mean + (1 - beta) * loss
        means.append(mean / (1 - beta**step))
    return means[STEPS_PER_EPOCH - 1 :: STEPS_PER_EPOCH]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a log must tell. ``digits``: what it rounds to; else its numbers have 32 bits."""

    format: str
    train: Sequence[float] = tuple(TRAIN)
    val: Sequence[float] = tuple(VAL)
    steps: Sequence[float] = tuple(map(float, STEPS))
    val_steps: Sequence[float] = tuple(ENDS)
    digits: float = 0.0


def counted(first: int, count: int, by: int = 1) -> list[float]:
    return [float(first + by * at) for at in range(count)]


KNOWN = {
    "tensorboard/plain": Known(format="tfevents"),
    "tensorboard/tensor": Known(format="tfevents"),
    "tensorboard/tensorflow": Known(format="tfevents"),
    "wandb/run-fine.wandb": Known(format="wandb"),
    "lightning/metrics.csv": Known(format="csv"),
    "keras/training.csv": Known(
        format="csv", train=OF_EPOCHS, steps=counted(0, EPOCHS), val_steps=counted(0, EPOCHS)
    ),
    "fastai/history.csv": Known(
        format="csv", train=smoothed(0.98), steps=counted(0, EPOCHS), val_steps=counted(0, EPOCHS)
    ),
    "transformers/trainer_state.json": Known(
        format="json", steps=counted(1, len(TRAIN)), val_steps=counted(2, EPOCHS, by=2)
    ),
    "mmengine/scalars.json": Known(
        format="jsonl", train=LASTS, steps=counted(2, EPOCHS, by=2), val_steps=counted(2, EPOCHS, by=2)
    ),
    "mmengine/20260101_000000.log": Known(
        format="text", train=LASTS, steps=counted(2, EPOCHS, by=2), val_steps=counted(2, EPOCHS, by=2),
        digits=FOUR_DIGITS,
    ),
    "text/nanogpt.txt": Known(format="text", digits=FOUR_DIGITS),
    "text/word_lm.txt": Known(
        format="text", steps=counted(1, len(TRAIN)), val_steps=counted(2, EPOCHS, by=2), digits=TWO_DIGITS
    ),
    "text/tqdm.txt": Known(  # a bar is printed over itself: at 0, 1 and 2 steps done, with the newest loss each time
        format="text", train=[loss for at in range(0, 12, 2) for loss in (TRAIN[at], TRAIN[at + 1], TRAIN[at + 1])],
        steps=[float(at + done) for at in range(0, 12, 2) for done in range(3)],
        val_steps=counted(2, EPOCHS, by=2), digits=5e-4,
    ),
}  # fmt: skip


def values(rows: Rows | None, name: str) -> list[float]:
    assert rows is not None
    missing = rows.unknown.get(name, np.zeros(len(rows), dtype=np.bool_))
    return rows.values[name][~missing].tolist()


def steps(rows: Rows | None, name: str) -> list[float]:
    assert rows is not None
    missing = rows.unknown.get(name, np.zeros(len(rows), dtype=np.bool_))
    return rows.step[~missing].tolist()


def check(log: SavedLog, known: Known) -> None:
    close = {"abs": known.digits} if known.digits else {"rel": SINGLE}
    assert log.format == known.format
    assert values(log.batch.steps, "train_loss") == pytest.approx(list(known.train), **close)
    assert steps(log.batch.steps, "train_loss") == list(known.steps)
    assert values(log.batch.evals, "val_loss") == pytest.approx(list(known.val), **close)
    assert steps(log.batch.evals, "val_loss") == list(known.val_steps)
    assert log.batch.skipped == 0


@pytest.mark.parametrize("name", KNOWN)
def test_the_series_are_those_of_the_training(name: str) -> None:
    check(open_log(LOGS / name), KNOWN[name])


@pytest.mark.parametrize("name", [name for name in KNOWN if (LOGS / name).is_file()])
def test_byte_by_byte_it_is_the_same(tmp_path: Path, name: str) -> None:
    found = find_format(LOGS / name)
    assert found is not None
    whole = found.format.tail(LOGS / name, AS_IT_IS)
    while whole.advance().more:
        pass
    whole.finish()
    path = tmp_path / Path(name).name
    path.touch()
    tail = found.format.tail(path, AS_IT_IS)
    data = (LOGS / name).read_bytes()
    with path.open("ab", buffering=0) as stream:
        for at in range(len(data)):
            stream.write(data[at : at + 1])
            if at == len(data) - 1 or found.format.name != "json":  # a document is read when it is whole
                tail.advance()
                tail.table()
    tail.finish()
    assert contents(tail.table()) == contents(whole.table())


def test_a_folder_of_runs_is_the_only_one_in_it_or_names_them(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run = tmp_path / "wandb" / f"offline-run-20260101_000000-{name}"
        run.mkdir(parents=True)
        (run / f"run-{name}.wandb").write_bytes((LOGS / "wandb" / "run-fine.wandb").read_bytes())
        if name == "a":
            assert open_log(tmp_path / "wandb").path == run
    for folder in (tmp_path / "wandb", LOGS / "mlflow" / "mlruns"):
        with pytest.raises(LogFormatError, match="holds 2 runs: name one of them, as "):
            open_log(folder)


@pytest.mark.parametrize("name", ["transformers/trainer_state.json", "mmengine/scalars.json", "text/word_lm.txt"])
def test_the_learning_rate_is_told(name: str) -> None:
    assert open_log(LOGS / name).hparams["lr"] == RATE


def test_yolo_as_it_told_its_callbacks() -> None:
    told = json.loads((LOGS / "ultralytics" / "ultralytics.json").read_text())
    log = open_log(LOGS / "ultralytics" / "results.csv")
    parts = ("box_loss", "cls_loss", "dfl_loss")
    for rows, role, split in ((log.batch.steps, "train_loss", "train"), (log.batch.evals, "val_loss", "val")):
        sums = [sum(each[f"{split}/{part}"] for part in parts) for each in told]
        assert values(rows, role) == pytest.approx(sums, abs=3 * FIVE_DIGITS)
        assert steps(rows, role) == [1, 2, 3]
    for name in ("precision", "recall"):
        assert values(log.batch.evals, f"val_{name}") == [each[f"metrics/{name}(B)"] for each in told]
    with (LOGS / "ultralytics" / "results.csv").open(newline="") as file:
        rates = [float(row["lr/pg2"]) for row in csv.DictReader(file)]
    assert values(log.batch.steps, "lr") == rates


OLD_MMDET = """\
2022-03-01 10:00:00,000 - mmdet - INFO - workflow: [('train', 1)], max: 12 epochs
2022-03-01 10:00:50,123 - mmdet - INFO - Epoch [1][50/1000]\tlr: 1.978e-03, eta: 2:05:59, time: 0.631, \
data_time: 0.048, memory: 3812, loss_rpn_cls: 0.6236, loss_rpn_bbox: 0.0982, acc: 71.4492, loss: 2.7311
2022-03-01 10:01:50,123 - mmdet - INFO - Epoch [1][100/1000]\tlr: 3.976e-03, eta: 2:03:10, time: 0.601, \
data_time: 0.010, memory: 3812, loss_rpn_cls: 0.4012, loss_rpn_bbox: 0.0861, acc: 92.0, loss: 1.5
2022-03-01 10:11:50,123 - mmdet - INFO - Epoch [2][50/1000]\tlr: 2.000e-02, eta: 1:53:10, time: 0.601, \
data_time: 0.010, memory: 3812, loss_rpn_cls: 0.3012, loss_rpn_bbox: 0.0461, acc: 94.0, loss: 1.25
"""


def test_the_text_of_older_mmdetection(tmp_path: Path) -> None:
    path = tmp_path / "20220301_100000.log"
    path.write_text(OLD_MMDET)
    rows = open_log(path).batch.steps
    assert values(rows, "train_loss") == [2.7311, 1.5, 1.25]
    assert steps(rows, "train_loss") == [50, 100, 1050]
    assert values(rows, "lr") == [1.978e-03, 3.976e-03, 2e-2]
