"""What a walk takes for the log of a training, and what not, by the first bytes alone."""

import gzip
import random
import tarfile
from pathlib import Path

import pytest
from trees import EPOCHS, HISTORY, LINES, OWN, PRINTED, STATE, YOLO

from dltui.formats.recognise.training_log import is_training_log

HEADERS = "epoch;train_loss;val_loss\n1;0,5;0,6\n2;0,4;0,5\n"
LIGHTNING = "epoch,step,train_loss_step,val_loss\n0,49,2.1,\n0,49,,1.9\n1,99,1.5,\n"
PANDAS = ",loss,accuracy,val_loss\n0,0.9,0.5,1.0\n1,0.7,0.6,0.9\n"
MMCV = '{"env_info": "x", "seed": 0}\n' + "".join(
    f'{{"mode": "train", "epoch": 1, "iter": {n}, "lr": 0.1, "loss": {3 / n}}}\n' for n in (50, 100)
)
TQDM = "".join(f"\rEpoch 0: {n}%|##| {n}/100 [00:01<00:09, loss=1.{n}]" for n in range(10, 60, 10))
LATE = '{"labels": [' + "1, " * 30_000 + '1], "history": {"loss": [0.5, 0.4], "val_loss": [0.6, 0.5]}}'
TORN = STATE[: len(STATE) // 2 + 40]

LOGS = [
    ("csv", "a.csv", EPOCHS),
    ("csv", "a.csv", EPOCHS[:-4]),
    ("csv", "a.csv", "\ufeff" + EPOCHS.replace("\n", "\r\n")),
    ("csv", "a.csv", HEADERS),
    ("csv", "a.csv", LIGHTNING),
    ("csv", "a.csv", PANDAS),
    ("csv", "a.csv", YOLO),
    ("csv", "log.txt", EPOCHS),
    ("csv", "a.csv", "epoch,loss\n0,0.5\n"),
    ("json", "a.json", HISTORY),
    ("json", "a.json", STATE),
    ("json", "a.json", TORN),
    ("json", "a.json", LATE),
    ("json", "a.json", '[{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.4}]'),
    ("jsonl", "a.jsonl", LINES),
    ("jsonl", "a.json", MMCV),
    ("jsonl", "log.txt", LINES),
    ("text", "a.log", PRINTED),
    ("text", "a.out", TQDM),
    ("text", "nohup.out", "import torch\n" * 50 + PRINTED),
    ("dltui", "copied.jsonl", OWN),
]
OTHERS = [
    ("a.csv", "epoch,loss\n"),
    ("a.csv", "id,loss,gain\n1,200,3\n2,4,1000\n3,50,2\n"),
    ("a.csv", "step,x,y\n1,2,3\n2,3,4\n"),
    ("a.csv", "name,epoch,val_loss\nbest,90,0.3\n"),
    ("a.csv", "time,price,accuracy\n10:00,3,gps\n10:01,4,gps\n"),
    ("a.json", '{"loss": "cross_entropy", "lr": 0.1, "epochs": 3}'),
    ("a.json", '{"test_loss": 0.3}'),
    ("a.json", '{"a": {"precision": 0.5, "recall": 0.4}, "b": {"precision": 0.4, "recall": 0.3}}'),
    ("a.json", '["loss", "val_loss"]'),
    ("a.json", "[" * 60_000),
    ("a.jsonl", '{"model": "a", "accuracy": 0.5}\n{"model": "b", "accuracy": 0.6}\n'),
    ("a.jsonl", '{"a": ' * 5_000),
    ("a.txt", "We lost 3 games.\nThe error was 5 %.\n"),
    ("a.txt", "x" * 200_000),
    ("a.log", "12:00 INFO loss of connection 3\n12:01 ERROR 5 retries\n" * 20),
    ("a.txt", " \n\n "),
]


@pytest.mark.parametrize(("format", "name", "text"), LOGS)
def test_a_log_is_recognised(tmp_path: Path, format: str, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert is_training_log(tmp_path / name) == format


@pytest.mark.parametrize(("name", "text"), OTHERS)
def test_what_is_no_log_is_not(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert is_training_log(tmp_path / name) is None


def test_powershell_writes_two_bytes_a_character(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(PRINTED, encoding="utf-16")
    assert is_training_log(tmp_path / "a.log") == "text"


def test_bytes_of_anything_are_no_log_and_no_trouble(tmp_path: Path) -> None:
    chance = random.Random(1)
    beginnings = [b"", b":W&", b"SQLite format 3\0", b"{", b"[{", b"epoch,loss\n", b"\xff\xfe", b"kind: run\n"]
    for n in range(200):
        path = tmp_path / chance.choice(["a.csv", "a.json", "a.db", "a.wandb", "a.log", "x.tfevents.1"])
        path.write_bytes(chance.choice(beginnings) + chance.randbytes(chance.choice([3, 40, 900])))
        assert is_training_log(path) is None, n


def test_what_is_packed_or_missing_or_no_file_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(gzip.compress(EPOCHS.encode()))
    with tarfile.open(tmp_path / "b.csv", "w") as archive:
        archive.add(tmp_path / "a.csv")
    (tmp_path / "pipe.csv").symlink_to("/dev/zero")
    for name in ("a.csv", "b.csv", "nothing.csv", "pipe.csv", "a.csv/inside", "."):
        assert is_training_log(tmp_path / name) is None
