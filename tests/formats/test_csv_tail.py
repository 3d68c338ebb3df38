"""Tables that grow, and the roads on which their lines are read: whichever it was, the table is the same."""

import random
import struct
from pathlib import Path

import numpy as np
import pytest
from formats.tables import assert_same, read_whole, written

from dltui.formats.csv import log as csv_log
from dltui.formats.csv import rows as csv_rows
from dltui.formats.reading.table import Table
from dltui.log_options import AS_IT_IS

PLAIN = "step,loss,lr\n0,2.5,0.1\n1,2.25,0.1\n2,1e-05,0.01\n"
SPARSE = "epoch,step,train_loss,val_loss,lr\n0,49,0.6,,\n0,99,,0.7,\n1,149,nan,,0.1\n1,199,inf,-inf,\n,,,,\n"
SPLIT = "epoch,phase,loss,acc\n1,train,1.0,10%\n1,val,1.1,9%\n2,train,0.8,30%\n2,val,1.0,20%\n"
HEADERS = "epoch,loss\n1,0.5\n2,0.4\nepoch,val_loss,loss\n1,0.9,0.45\n\nepoch,loss\n3,0.25\n"
QUOTED = 'step,note,loss\n1,"a,\nb\n",0.5\n2,"say ""so""",0.25\n3,c"d,0.125\n'
RAGGED = "epoch,loss,val_loss\n1,0.5\n2,0.4,0.3,7\n3,0.2,0.1\nname\n4,0.1"
GERMAN = "Epoch;Train Loss;Val Loss\r\n1;0,5;0,6\r\n2;,25;1e-3\r\n"
DATES = "time,step,loss\r\r\n2024-01-01 10:00:00,0,0.5\r\r\n2024-01-01 10:00:01.5,1,0.25\r\r\n"
TABS = "step\tloss\tnote\n1\t0.5\t\n2\t1,5\t\n3\t-0\tx\n\n"
OPEN = 'step,loss\n1,0.5\n2,"0.4\n3,0.3\n'
STRANGE = "step,loss\n1,1_000\n2,007\n3,.5\n4,5.\n5,true\n6,null\n7,1e999\n8,0x10\n9,\ud7ff\x00\n10, 5 \n11,1.3m\n"


def table_of(tmp_path: Path, text: str | bytes, most: int = 4 << 20) -> Table:
    return read_whole(csv_log.tail(written(tmp_path, "log.csv", text), AS_IT_IS), most)


def values(table: Table, name: str) -> list[float]:
    return table.columns[name].values.tolist()


@pytest.mark.parametrize("most", [1, 2, 7])
@pytest.mark.parametrize("text", [PLAIN, SPARSE, SPLIT, HEADERS, QUOTED, RAGGED, GERMAN, DATES, TABS, OPEN, STRANGE])
def test_byte_by_byte_gives_the_table_of_the_whole(tmp_path: Path, text: str, most: int) -> None:
    assert_same(table_of(tmp_path, text, most), table_of(tmp_path, text))
    wide = text.encode("utf-16")
    assert_same(table_of(tmp_path, wide, most), table_of(tmp_path, text))


@pytest.mark.parametrize("seed", range(40))
def test_each_road_gives_the_same_table(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = a_table(random.Random(seed))
    monkeypatch.setattr(csv_log, "_MANY_BYTES", 2000)
    monkeypatch.setattr(csv_log, "_FEW_BYTES", 100 + 37 * seed)
    fast = table_of(tmp_path, text)
    monkeypatch.setattr(csv_log, "read_numbers", lambda *_: None)
    middle = table_of(tmp_path, text)
    monkeypatch.setattr(csv_log, "read_columns", lambda *_: None)
    assert_same(fast, table_of(tmp_path, text))
    assert_same(middle, table_of(tmp_path, text))


def a_table(rng: random.Random) -> str:
    """A table of 300 rows, mostly of numbers, with now and then a cell or a row of another kind."""
    delimiter = rng.choice([",", ",", ";", "\t"])
    end = rng.choice(["\n", "\n", "\r\n", "\r\r\n"])
    names = ["step", "loss", "val_loss", "phase", "time", "note", "acc"][: rng.randint(1, 7)]
    rng.shuffle(names)
    strange = rng.choice([0, 0.001, 0.05])
    empty = rng.choice([0, 0.3, 0.9])
    rows = [delimiter.join(names)]
    for row in range(300):
        cells = ["" if rng.random() < empty else a_cell(rng, name, row, strange) for name in names]
        if rng.random() < strange:
            cells = rng.choice([cells[:-1], [*cells, "1"], [], names[::-1], ["", *cells]])
        rows.append(delimiter.join(cells))
    return end.join(rows) + rng.choice(["", end])


def a_cell(rng: random.Random, name: str, row: int, strange: float) -> str:
    if rng.random() < strange:
        cells = (
            "nan",
            "NaN",
            "-nan",
            "inf",
            "-0",
            "null",
            '"1.5"',
            "12%",
            "1,5",
            "1 ",
            " 1",
            " ",
            "x",
            "1_0",
            "1\r2",
            "9" * 70,
        )
        return rng.choice(cells)
    if name == "phase":
        return "val" if row % 50 == 0 else "train"
    if name == "time":
        return f"2024-01-01 10:{row // 60:02d}:{row % 60:02d}" if rng.random() < 0.9 else str(row)
    if name == "step":
        return str(row)
    number: float = struct.unpack("d", rng.randbytes(8))[0]
    return repr(number) if rng.random() < 0.5 and np.isfinite(number) else f"{rng.uniform(-3, 3):.4f}"


def test_plain_numbers_are_those_of_float(tmp_path: Path) -> None:
    rng = random.Random(0)
    drawn = [struct.unpack("d", rng.randbytes(8))[0] for _ in range(3000)]
    texts = [repr(number) for number in drawn if np.isfinite(number)] + ["9007199254740993", "5e-324", "1" + "0" * 40]
    table = table_of(tmp_path, "step,loss\n" + "".join(f"{row},{text}\n" for row, text in enumerate(texts)))
    assert values(table, "loss") == [float(text) for text in texts]


def test_a_zero_keeps_its_sign(tmp_path: Path) -> None:
    table = table_of(tmp_path, "step,loss\n1,-0\n2,0\n3,-0.0\n")
    assert np.signbit(values(table, "loss")).tolist() == [True, False, True]


def test_what_is_too_long_is_no_number(tmp_path: Path) -> None:
    table = table_of(tmp_path, f"step,loss\n1,{'9' * 64}\n2,{'9' * 65}\n")
    assert values(table, "loss") == [1e64]
    assert table.length == 2


def test_rows_come_one_by_one(tmp_path: Path) -> None:
    path = written(tmp_path, "log.csv", "step,loss,val_loss\n")
    tail = csv_log.tail(path, AS_IT_IS)
    tail.advance()
    assert tail.table().length == 0 and list(tail.table().columns) == ["step", "loss", "val_loss"]
    for row in range(5):
        with path.open("a") as file:
            file.write(f"{row},{row / 4}")
        assert not tail.advance().changed
        with path.open("a") as file:
            file.write(",\n")
        assert tail.advance().changed
        assert values(tail.table(), "loss") == [each / 4 for each in range(row + 1)]
    assert len(tail.table().columns["val_loss"]) == 0


def test_a_table_that_was_begun_anew_is_another(tmp_path: Path) -> None:
    path = written(tmp_path, "log.csv", PLAIN)
    tail = csv_log.tail(path, AS_IT_IS)
    tail.advance()
    before = tail.table()
    path.write_text("epoch,val_loss\n1,0.5\n")
    assert tail.advance().changed
    assert list(tail.table().columns) == ["epoch", "val_loss"]
    assert values(before, "loss") == [2.5, 2.25, 1e-05]


def test_quotes_that_stay_open_cost_a_line(tmp_path: Path) -> None:
    rows = "".join(f"{row},0.5\n" for row in range(csv_rows.MOST_LINES * 3))
    for most in (4 << 20, 100):
        table = table_of(tmp_path, f'step,loss\n0,"0.5\n{rows}', most)
        assert (table.length, table.skipped) == (csv_rows.MOST_LINES * 3, 1)


def test_ten_thousand_columns_are_read_up_to_the_limit(tmp_path: Path) -> None:
    names = ",".join(f"metric{at}" for at in range(10_000))
    cells = ",".join(map(str, range(10_000)))
    table = table_of(tmp_path, f"{names}\n{cells}\n{cells}\n")
    assert table.length == 2 and len(table.columns) == 2000
    assert values(table, "metric1999") == [1999, 1999]


def test_two_columns_of_one_name_fill_each_others_gaps(tmp_path: Path) -> None:
    table = table_of(tmp_path, "step,loss,loss\n1,0.5,7\n2,,0.25\n")
    assert values(table, "loss") == [0.5, 0.25]
