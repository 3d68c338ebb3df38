"""``dltui model``: the table as text, the JSON that scripts read, and every way to get it wrong."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from models import LAYERS, MODEL, measured, stats, watched_run
from rich.cells import cell_len
from runlogs import whole_run, write_run

from dltui.cli import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a run whose parameters were measured."""
    write_run(tmp_path / "runs" / "watched", watched_run(), model=MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DLTUI_RUNS", raising=False)
    return tmp_path


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What was printed, as JSON."""
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_the_table_as_text(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "watched"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert said.err == "" and "\x1b" not in said.out
    assert max(map(cell_len, lines)) <= 80
    assert lines[0].startswith("watched - model - step 100 (newest) - 10 186 parameters")
    rows = {line.split()[0]: line for line in lines if line.strip()}
    assert "† dead units" in rows["body.0.weight"] and "▲ 0.2" in rows["head.weight"]
    assert "□ frozen" in rows["body.norm.weight"] and "■ no optimiser" in rows["head.bias"]
    assert "Gradient noise scale: 500 samples; batch 64: a larger one takes fewer steps." in lines


def test_the_document_has_every_number(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "watched", "--json", "--at", "45"]) == 0
    told = document(capsys)
    assert (told["step"], told["record"], told["records"], told["parameters"]) == (40, 2, 5, MODEL.parameters)
    assert (told["noise_scale"], told["batch_size"], told["batch_advice"]) == (500.0, 64, "larger")
    tensors = {each["name"]: each for each in told["tensors"]}
    assert list(tensors) == [each.name for each in LAYERS]
    first = tensors["body.0.weight"]
    assert (first["shape"], first["parameters"], first["part"], first["module"]) == ([64, 32], 2048, "weight", "Linear")
    assert first["dead"] == 0.4 and first["health"] == "ok" and len(first["histogram"]) == 16
    assert tensors["body.norm.weight"]["grad_norm"] is None and tensors["body.norm.weight"]["trainable"] is False


def test_sorted_and_filtered(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "watched", "--json", "--sort", "ratio", "--weights", "--filter", "body -norm"]) == 0
    assert [each["name"] for each in document(capsys)["tensors"]] == ["body.2.weight", "body.0.weight"]
    assert main(["model", "watched", "--filter", "nobody"]) == 0
    assert "No parameter matches" in capsys.readouterr().out


def test_what_is_no_number_is_written_by_name(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = stats(grad_norm="inf")
    broken.norm = "nan"
    write_run(run / "runs" / "broken", watched_run(measured(40, body__0__weight=broken)), model=MODEL)
    assert main(["model", "broken", "--json", "--filter", "body.0.weight"]) == 0
    (told,) = document(capsys)["tensors"]
    assert (told["norm"], told["grad_norm"], told["update_ratio"], told["health"]) == (
        "nan",
        "inf",
        "nan",
        "non_finite",
    )


def test_a_run_that_tells_nothing_of_its_model_says_what_would(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(run / "runs" / "bare", whole_run(), model=None)
    assert main(["model", "bare"]) == 0
    assert "run.watch(model, optimizer)" in " ".join(capsys.readouterr().out.split())
    (run / "log.csv").write_text("epoch,train_loss,val_loss\n" + "".join(f"{at},{1 / at},1\n" for at in range(1, 20)))
    assert main(["model", "log.csv"]) == 0
    assert "another program" in capsys.readouterr().out
    assert main(["model", "log.csv", "--json"]) == 0
    assert document(capsys)["tensors"] == []


def test_names_from_a_log_steer_nothing_and_an_old_terminal_gets_ascii(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(run / "runs" / "odd", watched_run(measured(40, changed={"\x1b[31m.中文": stats()})), model=MODEL)
    assert main(["model", "odd"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    old = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", old)
    assert main(["model", "watched"]) == 0
    old.seek(0)
    assert "+ dead units" in old.read()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "nobody"),
        ([], "required: LOG"),
        (["watched", "--sort", "name"], "invalid choice"),
        (["watched", "--at", "-1"], "not a step"),
    ],
)
def test_words_that_make_no_sense(run: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main(["model", *words]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint and complaint.count("\n") == 1 and "Traceback" not in complaint
