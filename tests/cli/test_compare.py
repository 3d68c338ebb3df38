"""``dltui compare`` without a terminal: the text, the JSON that scripts read, and every way to get it wrong."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from runlogs import whole_run, write_run

from dltui.cli import main
from dltui_trainers.runlog import EvalRecord

ROOT = Path(__file__).parents[2]
SAMPLES = [str(ROOT / "samples" / name) for name in ("healthy", "overfitting", "underfitting")]
CSV = "epoch,train_loss,val_loss\n" + "".join(f"{each},{1 / each},{1.5 / each}\n" for each in range(1, 31))


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two runs that differ in two hyperparameters; the first is the better one."""
    worse = [replace(each, val_loss=2.0) if isinstance(each, EvalRecord) else each for each in whole_run()]
    write_run(tmp_path / "runs" / "good", whole_run())
    write_run(tmp_path / "runs" / "bad", worse, hparams={"lr": 0.1, "batch_size": 64, "optimizer": "sgd"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DLTUI_RUNS", raising=False)
    return tmp_path


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What was printed, as JSON."""
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_the_text_has_one_chart_and_both_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *SAMPLES]) == 0
    said = capsys.readouterr()
    lines = said.out.split("\n")
    assert said.err == "" and "\x1b" not in said.out
    assert lines[0].startswith("validation loss (log)  ●A healthy  ■B overfitting")
    assert max(map(cell_len, lines)) <= 80
    rows = {line.split()[0]: line for line in lines if line[:1] in "●■◆" and line}
    assert "good fit" in rows["●A"] and "overfitting" in rows["■B"] and "underfitting" in rows["◆C"]
    assert "★" in rows["●A"] and "epoch 25" in rows["●A"] and "★" not in rows["◆C"]
    assert "hyperparameters that differ: 6 of 25" in lines
    assert "width            64       512       2" in lines
    assert not any(line.startswith("batch_size") for line in lines)


def test_the_document_tells_what_the_screen_does(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "good", "bad", "--json"]) == 0
    told = document(capsys)
    good, bad = told["runs"]
    assert (good["label"], good["log"], good["format"], good["status"]) == ("A", "good", "dltui", "finished")
    scores = {"val_accuracy": 0.9, "val_perplexity": None, "val_r2": None}
    assert good["best"] == {"val_loss": 0.25, "step": 60, "epoch": 6.0, **scores}
    assert good["last"]["step"] == 100 and good["last"]["epoch"] == 10.0 and good["last"]["val_loss"] == 0.65
    assert good["verdict"] in ("good_fit", "overfitting", "underfitting", "diverged", "inconclusive")
    assert good["parameters"] == 650 and good["hparams"]["lr"] == 0.001 and good["elapsed_s"] == pytest.approx(9.9)
    assert bad["best"]["val_loss"] == 2.0
    assert told["best"]["best_val_loss"] == ["A"] and told["best"]["train_loss"] == ["A", "B"]
    assert told["differences"] == {
        "lr": {"A": 0.001, "B": 0.1},
        "optimizer": {"A": "adam", "B": "sgd"},
        "schedule": {"A": "cosine", "B": None},
        "dropout": {"A": 0.2, "B": None},
    }
    assert told["remarks"] == []


def test_a_log_that_cannot_be_read_is_told_and_the_others_are_shown(
    two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (two / "empty.csv").touch()
    assert main(["compare", "good", "nowhere", "empty.csv", "bad"]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 2 and said.err.count("dltui: ") == 2
    assert "'nowhere'" in said.err and "empty.csv" in said.err and "Traceback" not in said.err
    assert "●A  good" in said.out and "▲D  bad" in said.out and said.out.count("cannot be read") == 2
    assert main(["compare", "good", "nowhere", "--json"]) == 2
    good, nowhere = document(capsys)["runs"]
    assert good["verdict"] and set(nowhere) == {"label", "log", "error"}


def test_logs_of_other_programs_are_compared_with_ours(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (two / "results.csv").write_text(CSV)
    assert main(["compare", "good", "results.csv"]) == 0
    said = capsys.readouterr().out
    assert "Only A tells its hyperparameters." in said and "■B  results.csv" in said
    (two / "more.csv").write_text(CSV)
    assert main(["compare", "more.csv", "results.csv"]) == 0
    assert "None of the logs tells its hyperparameters." in capsys.readouterr().out


def test_columns_are_named_by_hand(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.csv", "b.csv"):
        (two / name).write_text(CSV.replace("val_loss", "odd"))
    assert main(["compare", "a.csv", "b.csv", "--json", "--map", "val_loss=odd"]) == 0
    assert [run["best"]["val_loss"] for run in document(capsys)["runs"]] == [pytest.approx(0.05)] * 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["good"], "nothing to compare 'good' with: name two logs or more"),
        (["good", "runs/good"], "'good' and 'runs/good' are the same log"),
        (["good", "bad", "--map", "x"], "--map x is not ROLE=COLUMN"),
        (["good", "bad", "--pattern", "("], "--pattern is no regular expression"),
        ([], "required: LOG"),
    ],
)
def test_words_that_make_no_sense(
    two: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert main(["compare", *words]) == 2
    said = capsys.readouterr()
    assert sentence in said.err and said.err.count("\n") == 1 and said.out == ""


def test_where_the_encoding_has_no_signs_letters_and_words_say_it(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", paper)
    assert main(["compare", "good", "bad"]) == 0
    paper.seek(0)
    said = paper.read()
    assert "no chart: this output is ascii" in said and " A  good" in said and "0.25 *" in said
    assert "?" not in said.replace("? inconclusive", "")


def test_a_loss_that_is_no_number_is_written_by_name(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = [replace(each, val_loss="nan") if isinstance(each, EvalRecord) else each for each in whole_run()]
    write_run(two / "runs" / "lost", lost)
    assert main(["compare", "lost", "good", "--json"]) == 0
    run = document(capsys)["runs"][0]
    assert run["best"]["val_loss"] is None and run["last"]["val_loss"] == "nan"
    assert main(["compare", "lost", "good"]) == 0
    assert "nan" in capsys.readouterr().out


def test_what_a_log_says_never_steers_the_terminal(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[31mred"
    write_run(two / "runs" / "x", whole_run(), hparams={hostile: hostile, "lr": 1}, task=hostile)
    assert main(["compare", "good", "x"]) == 0
    assert "\x1b" not in capsys.readouterr().out
