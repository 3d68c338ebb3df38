"""``dltui train tabular``: every way in which a file cannot be learned from is one line and exit code 2."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dltui.cli import main
from dltui_trainers.runlog import MANIFEST

WINE = Path(__file__).parents[2] / "samples" / "data" / "wine.csv"
CALL = "import sys; from dltui.cli import main; sys.exit(main())"


def table(rows: int = 20, **cells: str) -> str:
    """A table that can be learned, but for the ``cells`` of its row 5, line 6."""
    lines = ["x,y,kind"]
    for n in range(rows):
        row = {"x": f"{n % 7}.5", "y": str(n * n % 11), "kind": "ab"[n % 2]}
        lines.append(",".join((row | (cells if n == 4 else {})).values()))
    return "\n".join(lines) + "\n"


GOOD = table()
TORN = gzip.compress(GOOD.encode())[:-20]

REFUSED: dict[str, tuple[str | bytes, list[str], list[str]]] = {
    "empty": ("", [], ["is empty"]),
    "blank": (" \n\n", [], ["is empty"]),
    "header only": ("x,y,kind\n", [], ["no row"]),
    "no header": (table().removeprefix("x,y,kind\n"), [], ["line 1", "names"]),
    "one column": ("x\n1\n2\n", [], ["one column", "'x'"]),
    "two columns of one name": ("x,x,kind\n1,2,a\n", [], ["line 1", "1 and 2", "'x'"]),
    "no such target": (GOOD, ["target=Kynd"], ["'Kynd'", "Did you mean 'kind'?", "'x', 'y', 'kind'"]),
    "no such column to ignore": (GOOD, ["ignore=x,why"], ["'why'", "'y'"]),
    "target ignored": (GOOD, ["ignore=kind"], ["'kind'", "target"]),
    "everything ignored": (GOOD, ["ignore=x, y"], ["no column of numbers"]),
    "ragged": (table(y="1,2"), [], ["line 6", "4 fields", "3 names"]),
    "short": (table().replace("2.5,4,a", "2.5"), [], ["line 4", "1 field,", "3 names"]),
    "text": (table(x="blue"), [], ["'x'", "'blue'", "line 6", "--set ignore=x", "text_columns=one_hot"]),
    "text in a column with a space": (
        table(x="blue").replace("x,", "the x,", 1),
        [],
        ["'the x'", "--set 'ignore=the x'"],
    ),
    "decimal comma": (table(x='"1,5"'), [], ["'1,5'", "decimals with a point"]),
    "too many texts for one_hot": (
        "name,kind\n" + "".join(f"n{n},{'ab'[n % 2]}\n" for n in range(60)),
        ["text_columns=one_hot"],
        ["60 different", "50", "--set ignore=name"],
    ),
    "only text": ("name,kind\n" + "u,a\nv,b\n" * 9, ["text_columns=drop"], ["no column of numbers"]),
    "missing": (table(x="?"), [], ["'x'", "line 6", "1 of 20", "missing=drop", "missing=mean", "ignore=x"]),
    "missing in two columns": (table(x="", y="NA"), [], ["line 6", "another column"]),
    "missing targets": (table(kind="-"), [], ["'kind'", "target", "line 6", "missing=drop"]),
    "a column of nothing": ("x,y,kind\n" + ",1,a\n,2,b\n" * 9, ["missing=mean"], ["'x'", "no value", "ignore=x"]),
    "nothing at all": ("x,y,kind\n" + ",,\n" * 20, ["missing=drop"], ["no value in any row"]),
    "too few whole rows": (
        "x,y,kind\n" + ",1,a\n1,,b\n" * 9 + "1,1,a\n2,2,b\n",
        ["missing=drop"],
        ["2 of 20", "at least 10", "mean"],
    ),
    "infinite": (table(x="-inf"), [], ["'x'", "infinite", "line 6"]),
    "one class": (table().replace("b\n", "a\n"), [], ["one class only", "'a'", "20 rows"]),
    "a class with one sample": (table(kind="c"), [], ["'c'", "line 6"]),
    "a constant number": (
        "y,x\n" + "1,3.5\n2,3.5\n" * 9,
        [],
        ["'x' is 3.5 in every row"],
    ),
    "constant columns": ("x,kind\n" + "1,a\n1,b\n" * 9, [], ["same"]),
    "text for numbers": (GOOD, ["target_kind=numbers"], ["'a'", "line 2", "target_kind"]),
    "too many classes": (
        "x,y\n" + "".join(f"{n % 7},{n}\n" for n in range(2500)),
        ["target_kind=classes"],
        ["2500", "target_kind=numbers"],
    ),
    "names for classes": ("x,y\n" + "".join(f"{n % 7},n{n}\n" for n in range(2500)), [], ["1000 different texts"]),
    "too few rows": (table(rows=8), [], ["8 rows", "at least 10"]),
    "one row": (table(rows=1), [], ["1 row,", "at least 10"]),
    "huge numbers": (table(x="1e308"), [], ["'x'", "1e+308"]),
    "binary": (bytes(range(256)) * 9, [], ["line 1", "NUL"]),
    "not UTF-8": (table(x="\xe9").encode("latin-1"), [], ["line 6", "0xe9", "UTF-8"]),
    "UTF-16": (GOOD.encode("utf-16"), [], ["UTF-16"]),
    "a spreadsheet": (b"PK\x03\x04" + bytes(99), [], ["spreadsheet"]),
    "torn": (TORN, [], ["torn"]),
    "no gzip file after all": (b"\x1f\x8b" + b"rubbish" * 9, [], ["gzip"]),
    "open quotes": (table(x='"1'), [], ["line 2", "quotes"]),
    "stray quotes": (table(x='"1"2'), [], ["line 6", "quotes"]),
    "old line ends": (GOOD.replace("\n", "\r"), [], ["line 1", "line ends"]),
    "train_size": (GOOD, ["train_size=17"], ["17", "16"]),
    "batch_size": (GOOD, ["batch_size=17"], ["17", "16"]),
    "a loss for numbers": (GOOD, ["target=x", "ignore=kind", "target_kind=numbers", "loss=mse"], ["loss"]),
    "another network": (GOOD, ["model=cnn"], ["model"]),
}
"""By what is wrong: the file, further settings, and what the sentence says."""


def refusal(capsys: pytest.CaptureFixture[str], runs: Path, *settings: str) -> str:
    """Return the one line that ``dltui train tabular`` says."""
    words = ["train", "tabular", *(word for each in settings for word in ("--set", each))]
    assert main([*words, "--detach", "--runs", str(runs)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("dltui: ") and said.err.endswith((".\n", "?\n"))
    assert said.err.count("\n") == 1 and said.err.rstrip("\n").isprintable(), said.err
    assert not runs.exists()
    return said.err


@pytest.mark.parametrize(("content", "settings", "hints"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str | bytes,
    settings: list[str],
    hints: list[str],
) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    said = refusal(capsys, tmp_path / "runs", f"data={file}", *settings)
    assert all(hint in said for hint in hints), said


def test_without_a_file_it_says_what_to_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, tmp_path / "runs")
    assert "--set data=FILE.csv" in said and "--set target=COLUMN" in said


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("wines.csv", "Did you mean 'wine.csv'?"),
        ("nowhere/wine.csv", "is no folder"),
        (".", "is a folder"),
        ("x" * 300 + ".csv", "too long"),
        ("pipe", "pipe"),
    ],
)
def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, hint: str) -> None:
    shutil.copy(WINE, tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert hint in refusal(capsys, tmp_path / "runs", f"data={tmp_path / name}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "table.csv"
    file.write_text(GOOD)
    file.chmod(0)
    assert "Permission denied" in refusal(capsys, tmp_path / "runs", f"data={file}")


EVIL = "\x1b]0;pwned\x07\x1b[2J\u202e"


@pytest.mark.parametrize(
    ("content", "setting"),
    [
        (table(x=EVIL), "seed=1"),  # a value
        (table(kind=EVIL), "seed=1"),  # a class
        (table(x="blue").replace("x", EVIL, 1), "seed=1"),  # a name
        (GOOD.replace("x", EVIL, 1), "target=z"),  # in the list of names
        (GOOD.replace("x", EVIL, 1), f"target={EVIL[:-1]}"),  # the closest one
    ],
)
def test_nothing_in_a_table_steers_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, setting: str
) -> None:
    file = tmp_path / f"{EVIL}.csv"
    file.write_text(content)
    refusal(capsys, tmp_path / "runs", f"data={file}", setting)


@pytest.mark.slow
def test_a_table_is_learned_and_learned_again_from_another_folder(tmp_path: Path) -> None:
    data = tmp_path / "tables"
    data.mkdir()
    shutil.copy(WINE, data)
    runs = tmp_path / "runs"
    first = dltui("train tabular --set data=wine.csv --set epochs=20 --name wine --headless", runs, data)
    assert first.returncode == 0, first.stderr
    manifest = json.loads((runs / "wine" / MANIFEST).read_text())
    assert manifest["hparams"]["data"] == str(data / "wine.csv")
    assert (manifest["data"]["input_shape"], manifest["data"]["classes"]) == ([13], 3)
    again = dltui("train --from wine@start --set epochs=2 --name again --headless", runs, tmp_path)
    assert again.returncode == 0, again.stderr
    assert manifest["data"] == json.loads((runs / "again" / MANIFEST).read_text())["data"]
    cut(data / "wine.csv")
    changed = dltui("train --from wine@last --set epochs=30 --name more --headless", runs, tmp_path)
    assert changed.returncode == 2
    assert "142 training samples, and now there are 136" in changed.stderr and "wine@start" in changed.stderr
    assert not (runs / "more").exists()


def cut(file: Path) -> None:
    """Let eight rows go."""
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-8]))


def dltui(words: str, runs: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CALL, *words.split(), "--runs", str(runs)]
    return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
