"""Runs of Weights & Biases: what the real tool wrote, as it comes, and all kinds of damage."""

import json
import math
import random
import struct
import zlib
from pathlib import Path

import pytest
from toollogs import EPOCHS, LOGS, SINGLE, STEPS, TRAIN, VAL, cells, contents, read

from dltui.errors import LogFormatError
from dltui.formats.reading.table import Table
from dltui.formats.wandb import log as wandb_log
from dltui.formats.wandb.wire import BLOCK_BYTES
from dltui.log_options import AS_IT_IS

FINE, BROKEN = LOGS / "wandb" / "run-fine.wandb", LOGS / "wandb" / "run-broken.wandb"
HEADER = b":W&B\xe1\xbe\x00"
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def opened(path: Path, piece: int = 4 << 20) -> Table:
    return read(wandb_log.tail(path, AS_IT_IS), piece)


def part(number: int, content: bytes | str) -> bytes:
    """A field that has a length, of less than 16 kB."""
    data = content.encode() if isinstance(content, str) else content
    tag = number << 3 | 2
    key = bytes([tag]) if tag < 128 else bytes([tag & 127 | 128, tag >> 7])
    size = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
    return key + size + data


def item(name: str, value: object) -> bytes:
    return part(1, part(2, name) + part(16, json.dumps(value)))


def history(**values: object) -> bytes:
    return part(2, b"".join(item(name, value) for name, value in values.items()))


def chunk(type_: int, data: bytes) -> bytes:
    return struct.pack("<IHB", zlib.crc32(bytes([type_]) + data), len(data), type_) + data


def file(*records: bytes) -> bytes:
    """A file of these records, cut into chunks where blocks of 32 KiB end."""
    data = bytearray(HEADER)
    for record in records:
        begun = False
        while True:
            left = BLOCK_BYTES - len(data) % BLOCK_BYTES
            if left < 7:
                data += bytes(left)
                continue
            piece, record = record[: left - 7], record[left - 7 :]
            data += chunk((MIDDLE if begun else FIRST) if record else (LAST if begun else FULL), piece)
            begun = True
            if not record:
                break
    return bytes(data)


def rows(count: int, padding: int = 0) -> list[bytes]:
    return [history(_step=step, loss=1 / (step + 1), note="x" * padding) for step in range(count)]


def written(folder: Path, data: bytes) -> Path:
    path = folder / "run-a.wandb"
    path.write_bytes(data)
    return path


def refused(path: Path) -> str:
    with pytest.raises(LogFormatError) as caught:
        opened(path)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_run_that_ended_well() -> None:
    table = opened(FINE)
    assert cells(table, "train/loss") == pytest.approx(TRAIN, rel=SINGLE)
    assert cells(table, "val/loss") == pytest.approx(VAL, rel=SINGLE)
    assert table.columns["val/loss"].rows.tolist() == list(STEPS[1::2])
    assert cells(table, "_step") == list(STEPS)
    assert cells(table, "epoch") == [step // 2 for step in STEPS]
    assert cells(table, "_timestamp") == sorted(cells(table, "_timestamp"))
    assert table.facts == {"lr": 0.1, "batch_size": 1, "epochs": EPOCHS, "optimizer": "sgd", "layers": 1}
    assert (table.length, table.skipped, table.ended, table.failed) == (12, 0, True, False)
    assert set(table.columns) == {"train/loss", "val/loss", "_step", "_timestamp", "_runtime", "epoch"}


def test_a_run_that_failed() -> None:
    table = opened(BROKEN)
    assert cells(table, "train/loss") == pytest.approx(TRAIN[:4], rel=SINGLE)
    assert (table.ended, table.failed) == (True, True)


def test_a_run_that_goes_on_has_not_ended(tmp_path: Path) -> None:
    table = opened(written(tmp_path, file(*rows(3))))
    assert (table.length, table.ended, table.failed, table.skipped) == (3, False, False, 0)


def test_byte_by_byte_it_is_the_same(tmp_path: Path) -> None:
    whole = FINE.read_bytes()
    path = written(tmp_path, b"")
    tail = wandb_log.tail(path, AS_IT_IS)
    lengths = []
    with path.open("ab", buffering=0) as stream:
        for at in range(len(whole)):
            stream.write(whole[at : at + 1])
            tail.advance()
            lengths.append(tail.table().length if at % 50 == 0 else 0)
    tail.finish()
    assert contents(tail.table()) == contents(opened(FINE))
    assert len(set(lengths)) > 5  # the rows came one after the other


@pytest.mark.parametrize("piece", [1000, BLOCK_BYTES, 100_000])
def test_records_run_over_the_ends_of_blocks(tmp_path: Path, piece: int) -> None:
    table = opened(written(tmp_path, file(*rows(300, padding=3000))), piece)
    assert cells(table, "loss") == [1 / (step + 1) for step in range(300)]
    assert table.skipped == 0


def test_the_folder_is_opened_by_the_run_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "wandb" / "offline-run-20260101_000000-a"
    folder.mkdir(parents=True)
    path = written(folder, file(*rows(2)))
    (tmp_path / "wandb" / "latest-run").symlink_to(folder)
    newer = tmp_path / "wandb" / "run-20260102_000000-b"
    newer.mkdir()
    written(newer, b"")
    assert wandb_log.sniff(b"", folder) and wandb_log.sniff(HEADER, path) and not wandb_log.sniff(b"", tmp_path)
    assert contents(opened(folder)) == contents(opened(path))
    assert wandb_log.runs_beneath(tmp_path / "wandb") == [newer, folder]
    assert wandb_log.runs_beneath(tmp_path / "nothing") == []


def test_numbers_in_every_form(tmp_path: Path) -> None:
    number = part(1, part(2, "number") + b"\x31" + struct.pack("<d", 0.25))
    integer = part(1, part(2, "integer") + b"\x28\x05")
    old = part(1, part(1, "plain") + part(16, "3"))
    newer = part(1, part(2, "newer") + part(8, "4.5"))
    row = part(2, number + integer + old + newer + part(2, b"\x08\x07"))
    values = history(_step=1, nan=math.nan, inf=-math.inf, quoted="NaN", text="0.5 or so", yes=True, nothing=None)
    table = opened(written(tmp_path, file(row, values)))
    assert [cells(table, name) for name in ("number", "integer", "plain", "newer")] == [[0.25], [-3.0], [3.0], [4.5]]
    assert cells(table, "_step") == [7, 1]
    assert math.isnan(cells(table, "nan")[0]) and math.isnan(cells(table, "quoted")[0])
    assert cells(table, "inf") == [-math.inf]
    assert not {"text", "yes", "nothing"} & set(table.columns)


def test_settings_come_with_the_run_and_later(tmp_path: Path) -> None:
    setting = lambda name, value: part(1, part(1, name) + part(16, json.dumps(value)))  # noqa: E731
    run = part(17, part(4, setting("lr", 0.1) + setting("_wandb", {"seed": 3}) + setting("model", {"layers": 2})))
    table = opened(written(tmp_path, file(run, part(5, setting("lr", 0.2)), part(5, setting("depth", None)))))
    assert table.facts == {"lr": 0.2, "layers": 2}
    assert table.known


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_torn_end_costs_only_the_last_record(tmp_path: Path, cut: int) -> None:
    table = opened(written(tmp_path, file(*rows(5))[:-cut]))
    assert (table.length, table.skipped) == (4, 1)


def test_a_flipped_bit_costs_its_record(tmp_path: Path) -> None:
    records = rows(5)
    begin, end = len(file(*records[:2])), len(file(*records[:3]))
    for at in range(begin + 7, end):
        data = bytearray(file(*records))
        data[at] ^= 0x10
        table = opened(written(tmp_path, bytes(data)))
        assert cells(table, "_step") == [0, 1, 3, 4]
        assert table.skipped == 1


def test_a_length_that_cannot_be_costs_the_rest_of_its_block(tmp_path: Path) -> None:
    data = bytearray(file(*rows(100, padding=1000)))
    data[4 + len(file(*rows(2, padding=1000))) : 6 + len(file(*rows(2, padding=1000)))] = b"\xff\xff"
    table = opened(written(tmp_path, bytes(data)))
    assert table.skipped == 1
    assert 60 < table.length < 75
    assert cells(table, "_step")[-1] == 99


def test_zeros_of_a_block_that_was_never_written_are_stepped_over(tmp_path: Path) -> None:
    data = file(*rows(2))
    data += bytes(BLOCK_BYTES - len(data)) + chunk(FULL, history(_step=9, loss=0.5))
    table = opened(written(tmp_path, data + bytes(500)))
    assert (cells(table, "_step"), table.skipped) == ([0, 1, 9], 0)


def test_a_record_that_was_begun_anew_counts_as_lost(tmp_path: Path) -> None:
    data = HEADER + chunk(FIRST, rows(1)[0][:9]) + chunk(FULL, rows(1)[0]) + chunk(LAST, b"end") + chunk(MIDDLE, b"x")
    table = opened(written(tmp_path, data))
    assert (table.length, table.skipped) == (1, 1)


def test_a_record_that_is_no_message_is_counted(tmp_path: Path) -> None:
    broken = [b"\x0b", b"\xff" * 12, part(2, b"\x0a\x7f"), part(2, part(1, part(2, "a") + part(16, "{nonsense")))]
    table = opened(written(tmp_path, file(*broken, *rows(2))))
    assert (table.length, table.skipped) == (2, len(broken))


def test_a_record_of_endless_empty_chunks_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.formats.wandb.wire.LONGEST_RECORD", 1000)
    data = HEADER + chunk(FIRST, b"") + chunk(MIDDLE, b"") * 200 + chunk(FULL, rows(1)[0])
    table = opened(written(tmp_path, data))
    assert (table.length, table.skipped) == (1, 1)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    assert "does not begin as one" in refused(written(tmp_path, b"nonsense"))
    assert "There is no file" in refused(tmp_path / "gone.wandb")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no run of W&B" in refused(empty)
    assert opened(written(tmp_path, b"")).known  # wandb writes for the first time after some seconds


def test_a_run_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    path = written(tmp_path, file(*rows(5)))
    tail = wandb_log.tail(path, AS_IT_IS)
    tail.advance()
    assert not tail.advance().changed
    path.write_bytes(file(*rows(2)))
    assert tail.advance().changed
    assert tail.table().length == 2


@pytest.mark.parametrize("seed", range(10))
def test_no_bytes_raise_anything_else(tmp_path: Path, seed: int) -> None:
    """Damage inside the messages, under sound checksums, and anywhere else."""
    chance = random.Random(seed)
    for _ in range(40):
        records = [bytearray(each) for each in (*rows(4), part(17, part(4, part(1, part(1, "lr") + part(16, "0.1")))))]
        for _ in range(chance.randrange(4)):
            record = chance.choice(records)
            record[chance.randrange(len(record))] = chance.randrange(256)
        data = bytearray(file(*map(bytes, records)))
        for _ in range(chance.randrange(3)):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        opened(written(tmp_path, bytes(data[: chance.randrange(7, len(data))])))
