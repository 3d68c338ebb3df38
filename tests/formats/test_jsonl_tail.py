"""JSON lines that grow, and the two roads on which they are read: whichever it was, the table is the same."""

import json
import random
from pathlib import Path

import pytest
from formats.tables import assert_same, read_whole, written

from dltui.formats.jsonl import columns as jsonl_columns
from dltui.formats.jsonl import log as jsonl_log
from dltui.formats.reading.table import Table
from dltui.log_options import AS_IT_IS

PLAIN = '{"step": 0, "loss": 2.5}\n{"step": 1, "loss": 1e-05, "lr": 0.1}\n\n{"step": 2, "loss": null}\n'
LITERALS = '{"step": 0, "loss": NaN}\n{"step": 1, "loss": Infinity}\n{"step": 2, "loss": -Infinity, "acc": 1}\n'
SPLIT = '{"seed": 1}\n{"mode": "train", "iter": 1, "loss": 1.5}\n{"mode": "val", "iter": 1, "loss": 2, "mIoU": 0.3}\n'
NESTED = '{"step": 0, "val": {"loss": 1, "deep": {"er": {"and": {"er": 2}}}}, "train": {"loss": "nan"}}\n'
TORN = '{"step": 1, "loss": 0.5}\r\nhello\r\n[1]\r\n{"step": 2, "loss": 0.25}\r\n{"step": 3, "lo'
STRANGE = (
    b'{"step": 1, "step": 2, "l\\u006fss": 1, "loss ": "5%"}\n{"step": 3, "loss": true}\n{"a": "\xff", "loss": 1}\n'
    b'{"loss": 1}\x00\n{"loss": "\x01"}\n{"loss": 1} {"loss": 2}\n{"loss": 1},{"loss": 2}\n{"loss":\n3}\n'
    b'{"\\ud800": 1}\n'
    b'{"loss": 1e999}\n{"loss": 1'
    + b"0" * 400
    + b"}\n{"
    + b'"loss": 0}\n{"loss": '
    + b"[" * 5000
    + b"]" * 5000
    + b"}\n"
)

MARKED = f'{{"loss": {jsonl_columns._MARK!r}}}\n{{"loss": 1}}\n{{"loss": NaN}}\n{{"mode": "NaN", "loss": 1}}\n'
TWO_IN_ONE = '{"loss": 1} {"loss": 2}\n\n{"loss": 3}\n'
TWO_SPLITS = '{"mode": "train", "phase": "val", "loss": 1}\n{"phase": "val", "mode": "train", "loss": 2}\n' * 9


def table_of(tmp_path: Path, text: str | bytes, most: int = 4 << 20) -> Table:
    return read_whole(jsonl_log.tail(written(tmp_path, "log.jsonl", text), AS_IT_IS), most)


@pytest.mark.parametrize("most", [1, 2, 7])
@pytest.mark.parametrize("text", [PLAIN, LITERALS, SPLIT, NESTED, TORN, PLAIN * 3 + LITERALS * 3 + SPLIT * 2 + PLAIN])
def test_byte_by_byte_gives_the_table_of_the_whole(tmp_path: Path, text: str, most: int) -> None:
    assert_same(table_of(tmp_path, text, most), table_of(tmp_path, text))


@pytest.mark.parametrize("few", [10, 60, 200])
@pytest.mark.parametrize("text", [PLAIN, LITERALS, SPLIT, NESTED, TORN, STRANGE, MARKED, TWO_IN_ONE, TWO_SPLITS])
def test_what_is_strange_is_read_as_it_is_line_by_line(
    tmp_path: Path, text: str | bytes, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = b'{"step": 0, "loss": 1}\n{"mode": "train", "loss": 1}\n{"mode": "val", "loss": 1}\n' * 5
    whole = begin + (text.encode() if isinstance(text, str) else text)
    monkeypatch.setattr(jsonl_log, "_MANY_BYTES", len(begin))
    monkeypatch.setattr(jsonl_log, "_FEW_BYTES", few)
    fast = table_of(tmp_path, whole)
    monkeypatch.setattr(jsonl_columns.RecordColumns, "read", lambda *_: None)
    assert_same(fast, table_of(tmp_path, whole))


@pytest.mark.parametrize("seed", range(40))
def test_both_roads_give_the_same_table(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = a_log(random.Random(seed))
    monkeypatch.setattr(jsonl_log, "_MANY_BYTES", 3000)
    monkeypatch.setattr(jsonl_log, "_FEW_BYTES", 100 + 37 * seed)
    fast = table_of(tmp_path, text)
    monkeypatch.setattr(jsonl_columns.RecordColumns, "read", lambda *_: None)
    assert_same(fast, table_of(tmp_path, text))


def a_log(rng: random.Random) -> str:
    """300 records, mostly of the same keys, with now and then a value or a record of another kind."""
    names = ["step", "loss", "val_loss", "phase", "timestamp", "note", "acc", "done", "batch_size"]
    names = rng.sample(names, rng.randint(1, len(names)))
    strange, absent = rng.choice([0, 0.002, 0.05]), rng.choice([0, 0.3])
    lines = []
    for row in range(300):
        record = {name: a_value(rng, name, row, strange) for name in names if rng.random() >= absent}
        lines.append(
            json.dumps(record) if rng.random() >= strange else rng.choice(["", "{}", "x", "1", '{"other": 1, "'])
        )
    return rng.choice(["\n", "\r\n"]).join(lines)


def a_value(rng: random.Random, name: str, row: int, strange: float) -> object:
    if rng.random() < strange:
        return rng.choice(
            [None, True, "nan", "1.5", "5%", [1], {"loss": row}, float("nan"), float("inf"), 10**400, -0.0]
        )
    if name in ("phase", "note"):
        return "val" if row % 50 == 0 else "train"
    if name == "timestamp":
        return f"2024-01-01T10:{row // 60:02d}:{row % 60:02d}"
    if name == "done":
        return False
    return row if name == "step" else 32 if name == "batch_size" else rng.uniform(-3, 3)


def test_records_come_one_by_one(tmp_path: Path) -> None:
    path = written(tmp_path, "log.jsonl", "")
    tail = jsonl_log.tail(path, AS_IT_IS)
    for row in range(5):
        with path.open("a") as file:
            file.write(f'{{"step": {row}, "loss": ')
        assert not tail.advance().changed
        with path.open("a") as file:
            file.write("NaN}\n" if row == 3 else "0.5}\n")
        assert tail.advance().changed
        assert tail.table().columns["step"].values.tolist() == list(range(row + 1))
        assert len(tail.table().columns["loss"]) == row + 1
    path.write_text('{"epoch": 1, "loss": 1}\n')
    assert tail.advance().changed
    assert list(tail.table().columns) == ["epoch", "loss"]


def test_keys_without_end_are_read_up_to_the_limit(tmp_path: Path) -> None:
    wide = json.dumps({f"key{at}": at for at in range(10_000)})
    ever_new = "".join(f'{{"loss": 1, "new{row}": {row}}}\n' for row in range(3000))
    table = table_of(tmp_path, f"{ever_new}{wide}\n")
    assert (table.length, table.skipped, len(table.columns)) == (3001, 0, 2000)
    assert len(table.columns["loss"]) == 3000


def test_a_setting_between_the_records_is_one(tmp_path: Path) -> None:
    table = table_of(
        tmp_path, '{"step": 1, "loss": 1, "seed": 7}\n' * 50 + '{"seed": 8}\n' + '{"step": 2, "loss": 1}\n'
    )
    assert table.facts == {"seed": 8}


@pytest.mark.parametrize("name", ["a\\nb", 'a\\"b', "a\\\\b", "a\\ud800", "a\\u0000", "\\u202e"])
def test_a_key_may_be_any_text(tmp_path: Path, name: str) -> None:
    lines = "".join(f'{{"step": {n}, "loss": 0.5, "{name}": {n}}}\n' for n in range(4))
    table = read_whole(jsonl_log.tail(written(tmp_path, "a.jsonl", lines), AS_IT_IS), most=20)
    assert table.columns[json.loads(f'"{name}"')].values.tolist() == [0, 1, 2, 3]
