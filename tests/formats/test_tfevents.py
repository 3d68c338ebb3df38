"""TensorBoard's event files, byte by byte: both encodings of a scalar, all kinds of damage, folders of several runs."""

import math
import random
import struct
from pathlib import Path

import numpy as np
import pytest
from eventlogs import (
    BFLOAT16,
    DOUBLE,
    FILE,
    FLOAT,
    HALF,
    INT32,
    INT64,
    STRING,
    checksum,
    curve,
    event,
    number,
    part,
    record,
    simple,
    tensor,
    varint,
    written,
)

from dltui.errors import LogFormatError
from dltui.formats import SavedLog, open_log, state_of
from dltui.log_options import Role
from dltui.runs.update import Rows


def values(log: SavedLog, name: str) -> list[float]:
    for rows in (log.batch.steps, log.batch.evals):
        if rows is not None and name in rows.values:
            missing = rows.unknown.get(name, np.zeros(len(rows), dtype=np.bool_))
            return list(rows.values[name][~missing])
    return []


def steps(rows: Rows | None) -> list[float]:
    return [] if rows is None else list(rows.step)


def refused(path: Path) -> str:
    with pytest.raises(LogFormatError) as caught:
        open_log(path)
    text = str(caught.value)
    assert text.isprintable()
    return text


def test_scalars_as_torch_writes_them(tmp_path: Path) -> None:
    events = [
        each
        for epoch in range(5)
        for each in (
            event(epoch, simple("Loss/train", 1 / (1 + epoch)), time=1000.0 + 10 * epoch),
            event(epoch, simple("Loss/val", 2.0), time=1001.0 + 10 * epoch),
            event(epoch, simple("train/learning_rate", 0.5), time=1001.0 + 10 * epoch),
        )
    ]
    log = open_log(written(tmp_path, *events))
    state = state_of(log)
    assert log.format == "tfevents"
    assert values(log, "train_loss") == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    assert values(log, "val_loss") == [2.0] * 5
    assert values(log, "lr") == [0.5] * 5
    assert steps(log.batch.steps) == steps(log.batch.evals) == [0, 1, 2, 3, 4]
    assert state.elapsed_s == 40
    assert log.batch.skipped == 0


TENSORS = {
    "float_val, packed": number(1, FLOAT) + part(2, b"") + part(5, struct.pack("<f", 0.5)),
    "float_val, alone": number(1, FLOAT) + b"\x2d" + struct.pack("<f", 0.5),
    "float content": number(1, FLOAT) + part(4, struct.pack("<f", 0.5)),
    "double content": number(1, DOUBLE) + part(4, struct.pack("<d", 0.5)),
    "double_val, packed": number(1, DOUBLE) + part(6, struct.pack("<d", 0.5)),
    "double_val, alone": number(1, DOUBLE) + b"\x31" + struct.pack("<d", 0.5),
    "half content": number(1, HALF) + part(4, struct.pack("<e", 0.5)),
    "half_val, packed": number(1, HALF) + part(13, varint(0x3800)),
    "half_val, alone": number(1, HALF) + number(13, 0x3800),
    "int_val, packed": number(1, INT32) + part(7, varint(3)),
    "int_val, alone": number(1, INT32) + number(7, 3),
    "int32 content": number(1, INT32) + part(4, struct.pack("<i", 3)),
    "int64_val, packed": number(1, INT64) + part(10, varint(3)),
    "int64_val, alone": number(1, INT64) + number(10, 3),
    "int64 content": number(1, INT64) + part(4, struct.pack("<q", 3)),
    "bfloat16 content": number(1, BFLOAT16) + part(4, b"\x00\x3f"),
    "bfloat16 in half_val": number(1, BFLOAT16) + part(13, varint(0x3F00)),
}


@pytest.mark.parametrize(("kind", "content"), TENSORS.items(), ids=TENSORS)
def test_scalars_as_tensors(tmp_path: Path, kind: str, content: bytes) -> None:
    log = open_log(written(tmp_path, event(3, tensor("loss", content)), event(4, tensor("loss", content, None))))
    assert values(log, "train_loss") == ([3.0, 3.0] if kind.startswith("int") else [0.5, 0.5])
    assert steps(log.batch.steps) == [3, 4]


def test_what_is_no_scalar_is_stepped_over(tmp_path: Path) -> None:
    half = part(5, struct.pack("<f", 0.5))
    log = open_log(
        written(
            tmp_path,
            event(1, tensor("pr/loss", number(1, FLOAT) + half, "pr_curves")),
            event(2, tensor("pr/loss", number(1, FLOAT) + half, None)),  # the plugin was said with the first value
            event(1, tensor("several/loss", number(1, FLOAT) + part(4, bytes(8)))),
            event(1, tensor("text/loss", number(1, STRING) + part(8, "0.5"))),
            event(1, part(1, "image/loss") + part(4, number(1, 9) + part(4, bytes(70_000)))),
            event(1, part(1, "histogram/loss") + part(5, bytes(40))),
            event(1, part(1, "no/loss"), simple("", 1.0)),
            record(part(4, bytes(100_000))),
            record(b""),
            event(1, simple("loss", math.nan), simple("val_loss", math.inf)),
        )
    )
    assert [column.name for column in log.columns] == ["global_step", "timestamp", "loss", "val_loss"]
    assert math.isnan(values(log, "train_loss")[0])
    assert values(log, "val_loss") == [math.inf]
    assert log.batch.skipped == 0


@pytest.mark.parametrize("cut", [1, 4, 5, 20, 40])
def test_a_torn_end_costs_only_the_last_record(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path, *curve("loss", [3.0, 2.0, 1.0]))
    path.write_bytes(path.read_bytes()[:-cut])
    log = open_log(path)
    assert values(log, "train_loss") == [3.0, 2.0]
    assert log.batch.skipped == 1


@pytest.mark.parametrize("tail", [bytes(64), b"\xff" * 64, struct.pack("<Q", 1 << 62)])
def test_a_length_that_cannot_be_ends_the_reading(tmp_path: Path, tail: bytes) -> None:
    endless = struct.pack("<Q", 1 << 62)
    for each in (tail, endless + checksum(endless) + bytes(9)):
        log = open_log(written(tmp_path, *curve("loss", [3.0, 2.0]), each, *curve("loss", [9.0])))
        assert values(log, "train_loss") == [3.0, 2.0]
        assert log.batch.skipped == 1


def test_a_flipped_bit_costs_its_record(tmp_path: Path) -> None:
    events = curve("loss", [3.0, 2.0, 1.0])
    damaged = bytearray(events[1])
    for at in range(12, len(damaged)):
        damaged[at] ^= 0x10
        log = open_log(written(tmp_path, events[0], bytes(damaged), events[2]))
        assert values(log, "train_loss") == [3.0, 1.0]
        assert steps(log.batch.steps) == [0, 2]
        assert log.batch.skipped == 1
        damaged[at] ^= 0x10


def test_a_record_that_is_no_message_is_counted(tmp_path: Path) -> None:
    broken = [b"\x0b", b"\xff" * 12, part(5, b"\x0a\x7f"), b"\x09\x00", part(5, part(1, b"\x15\x00"))]
    log = open_log(written(tmp_path, *(record(each) for each in broken), *curve("loss", [3.0, 2.0])))
    assert values(log, "train_loss") == [3.0, 2.0]
    assert log.batch.skipped == len(broken)


def test_a_file_without_scalars_is_refused(tmp_path: Path) -> None:
    assert "just begun" in refused(written(tmp_path))
    path = tmp_path / FILE.format(1)
    path.write_bytes(b"")
    assert "is empty" in refused(path)
    path.write_bytes(b"\x01\x02garbage")
    assert "damaged" in refused(path)
    assert "apples" in refused(written(tmp_path / "b", *curve("apples", [1.0, 2.0])))


def test_an_event_file_is_known_under_any_name(tmp_path: Path) -> None:
    path = written(tmp_path, *curve("loss", [3.0, 2.0])).rename(tmp_path / "log.txt")
    assert open_log(path).format == "tfevents"


def test_hostile_tags_are_made_harmless(tmp_path: Path) -> None:
    tags = ["\x1b[31mred", "a\nb\u202e", "x" * 100_000, "global_step", "timestamp"]
    broken = part(1, b"l\xffoss\x00") + b"\x15" + struct.pack("<f", 1.0)
    text = refused(written(tmp_path, event(1, broken, *(simple(tag, 1.0) for tag in tags))))
    assert "red" in text
    assert len(text) < 1000
    many = [event(at, simple(f"key{at}", 1.0), simple("loss", 0.5)) for at in range(5000)]
    assert len(values(open_log(written(tmp_path, *many)), "train_loss")) == 5000
    log = open_log(written(tmp_path, event(7, simple("global_step", 1.0), simple("loss", 1.0)), event(8)))
    assert steps(log.batch.steps) == [7]


@pytest.mark.parametrize("seed", range(10))
def test_no_bytes_raise_anything_else(tmp_path: Path, seed: int) -> None:
    """Damage inside the messages, under sound checksums, and anywhere else."""
    chance = random.Random(seed)
    for _ in range(40):
        events = [event(step, simple("loss", 1.0), tensor("val/loss", TENSORS["half content"])) for step in range(5)]
        at = chance.randrange(5)
        inside = bytearray(events[at][12:-4])
        inside[chance.randrange(len(inside))] = chance.randrange(256)
        events[at] = record(bytes(inside))
        path = written(tmp_path, *events)
        if chance.random() < 0.5:
            whole = bytearray(path.read_bytes())
            start = chance.randrange(len(whole))
            whole[start : start + chance.randrange(9)] = chance.randbytes(chance.randrange(9))
            path.write_bytes(bytes(whole))
        try:
            state_of(open_log(path))
        except LogFormatError as error:
            assert str(error).isprintable()


@pytest.mark.parametrize(
    ("tag", "role"),
    [
        ("Loss/train", Role.TRAIN_LOSS),
        ("train_loss", Role.TRAIN_LOSS),
        ("Train/Loss", Role.TRAIN_LOSS),
        ("epoch_loss", Role.TRAIN_LOSS),
        ("Loss/total_loss", Role.TRAIN_LOSS),
        ("loss/val", Role.VAL_LOSS),
        ("val/loss", Role.VAL_LOSS),
        ("eval/loss", Role.VAL_LOSS),
        ("Loss/Validation", Role.VAL_LOSS),
        ("validation/accuracy", Role.VAL_ACCURACY),
        ("Accuracy/test", Role.VAL_ACCURACY),
        ("Accuracy/train", Role.TRAIN_ACCURACY),
        ("eval/perplexity", Role.VAL_PERPLEXITY),
        ("perplexity/val", Role.VAL_PERPLEXITY),
        ("r2/val", Role.VAL_R2),
        ("lr", Role.LR),
        ("train/learning_rate", Role.LR),
        ("train/epoch_learning_rate", Role.LR),
        ("charts/learning_rate", Role.LR),
        ("lr-Adam", Role.LR),
        ("train/grad_norm", Role.GRAD_NORM),
    ],
)
def test_tags_find_their_roles(tmp_path: Path, tag: str, role: Role) -> None:
    values = [9.0, 4.0] if role is Role.VAL_PERPLEXITY else [0.5, 0.4]
    log = open_log(written(tmp_path, *curve(tag, values)))
    assert {column.name: column.role for column in log.columns}[tag] is role


def test_without_steps_the_values_are_counted(tmp_path: Path) -> None:
    log = open_log(written(tmp_path, *curve("loss", [3.0, 2.0, 1.0])))
    assert steps(log.batch.steps) == [0, 1, 2]
    unsaid = [event(0, simple("loss", value)) for value in (3.0, 2.0, 1.0)]
    assert steps(open_log(written(tmp_path, *unsaid)).batch.steps) == [1, 2, 3]


def test_steps_may_be_below_zero_or_beyond_a_float(tmp_path: Path) -> None:
    events = [event(step, simple("loss", 1.0)) for step in (-1, 0, 5, 2**60)]
    assert steps(open_log(written(tmp_path, *events)).batch.steps) == [-1, 0, 5, 5]


def test_a_validation_that_counts_epochs_stands_where_the_training_was(tmp_path: Path) -> None:
    events = []
    for epoch in range(3):
        events += curve("Loss/train", [1.0] * 10, range(10 * epoch, 10 * epoch + 10), since=1000.0 * epoch)
        events += curve("Loss/val", [2.0], range(epoch, epoch + 1), since=1000.0 * epoch + 500)
    log = open_log(written(tmp_path, *events))
    assert steps(log.batch.evals) == [9, 19, 29]


def test_curves_written_one_after_the_other_are_laid_side_by_side(tmp_path: Path) -> None:
    events = curve("Loss/train", [3.0, 2.0, 1.0]) + curve("Loss/val", [3.5, 2.5, 1.5]) + curve("test", [1.0])
    log = open_log(written(tmp_path, *events))
    assert steps(log.batch.steps) == steps(log.batch.evals) == [0, 1, 2]
    assert values(log, "val_loss") == [3.5, 2.5, 1.5]


def test_parts_logged_one_by_one_are_summed(tmp_path: Path) -> None:
    events = [event(step, simple(f"train/{name}_loss", 0.5)) for step in range(3) for name in ("box", "cls")]
    assert values(open_log(written(tmp_path, *events)), "train_loss") == [1.0, 1.0, 1.0]


def test_files_of_a_folder_are_one_log_with_its_restarts(tmp_path: Path) -> None:
    written(tmp_path, *curve("loss", [1.5, 1.0], range(2, 4), since=900.0), made_at=1700000000)
    written(tmp_path, *curve("loss", [3.0, 2.0, 1.9]), made_at=999999999)
    (tmp_path / FILE.format(1800000000)).write_bytes(b"")
    log = open_log(tmp_path)
    assert log.path == tmp_path
    assert values(log, "train_loss") == [3.0, 2.0, pytest.approx(1.9), 1.5, 1.0]
    assert steps(log.batch.steps) == [0, 1, 2, 2, 3]


def test_keras_writes_a_folder_for_training_and_one_for_validation(tmp_path: Path) -> None:
    losses, rates = curve("epoch_loss", [3.0, 2.0, 1.0]), curve("epoch_learning_rate", [0.5] * 3)
    written(tmp_path / "train", *(each for both in zip(losses, rates, strict=True) for each in both))
    path = written(tmp_path / "validation", *curve("epoch_loss", [4.0, 3.0, 2.0], since=101.0))
    log = open_log(tmp_path)
    named = {column.name: column.role for column in log.columns}
    assert named["train/epoch_loss"] is Role.TRAIN_LOSS
    assert named["validation/epoch_loss"] is Role.VAL_LOSS
    assert named["train/epoch_learning_rate"] is Role.LR
    assert values(log, "train_loss") == [3.0, 2.0, 1.0]
    assert values(log, "val_loss") == [4.0, 3.0, 2.0]
    assert steps(log.batch.steps) == steps(log.batch.evals) == [0, 1, 2]
    for alone in (path, path.parent):
        assert values(open_log(alone), "val_loss") == [4.0, 3.0, 2.0]
        assert open_log(alone).batch.steps is None


def test_batches_and_epochs_in_two_folders_keep_their_order_in_time(tmp_path: Path) -> None:
    written(tmp_path / "train", *curve("batch_loss", [1.0] * 20))
    validations = curve("epoch_loss", [2.0], range(1), since=195.0) + curve(
        "epoch_loss", [2.0], range(1, 2), since=295.0
    )
    written(tmp_path / "validation", *validations)
    assert steps(open_log(tmp_path).batch.evals) == [9, 19]


def test_add_scalars_makes_a_folder_for_each_curve(tmp_path: Path) -> None:
    written(tmp_path, *curve("lr", [0.5, 0.5]))
    written(tmp_path / "Loss_train", *curve("Loss", [3.0, 2.0]))
    written(tmp_path / "Loss_val", *curve("Loss", [4.0, 3.0]))
    written(tmp_path / "1700.5", *curve("hp_metric", [-1.0]))
    log = open_log(tmp_path)
    assert values(log, "train_loss") == [3.0, 2.0]
    assert values(log, "val_loss") == [4.0, 3.0]
    assert values(log, "lr") == [0.5, 0.5]


def test_a_tag_that_says_its_split_keeps_its_name(tmp_path: Path) -> None:
    written(tmp_path / "train", *curve("train/loss", [3.0, 2.0]), *curve("val/loss", [4.0, 3.0]))
    assert [column.name for column in open_log(tmp_path).columns][2:] == ["train/loss", "val/loss"]


@pytest.mark.parametrize("names", [("exp1", "exp2"), ("train", "train2"), ("train", "run")])
def test_trainings_beside_each_other_are_not_mixed(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        written(tmp_path / name, *curve("loss", [3.0, 2.0]))
    text = refused(tmp_path)
    assert "not a run" in text
    assert all(name in text for name in names)
