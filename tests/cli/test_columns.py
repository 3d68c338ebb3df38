"""What each column of a log is taken for: explained, chosen by a person, and read by a person's own pattern."""

import json
from pathlib import Path

import pytest

from dltui.cli import main

CSV = "iter,my_loss,holdout,loss,lr,memory\n" + "".join(
    f"{n},{2.5 - n / 10},{2.6 - n / 10},{n},0.01,{n % 3}\n" for n in range(1, 21)
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(CSV)
    return path


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str | None]:
    assert main(["diagnose", *words, "--json", "--explain-columns"]) == 0
    columns = json.loads(capsys.readouterr().out)["columns"]
    assert isinstance(columns, dict)
    return columns


def test_the_choice_is_explained(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", str(log), "--explain-columns"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.partition("\nColumns\n")[2].splitlines()]
    assert ["train_loss", "loss"] in lines and ["step", "iter"] in lines
    assert ["not", "used", "my_loss,", "holdout,", "memory"] in lines


def test_a_person_overrides_the_choice(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explained(capsys, str(log))["loss"] == "train_loss"
    columns = explained(capsys, str(log), "--map", "train_loss=my_loss", "--map", "val_loss=holdout")
    assert columns == {
        "iter": "step",
        "my_loss": "train_loss",
        "holdout": "val_loss",
        "loss": None,
        "lr": "lr",
        "memory": None,
    }


def test_without_being_asked_the_json_is_as_it_was(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", str(log), "--json"]) == 0
    assert "columns" not in json.loads(capsys.readouterr().out)


def test_a_run_of_ours_has_no_columns_to_explain(capsys: pytest.CaptureFixture[str]) -> None:
    samples = Path(__file__).parents[2] / "samples"
    assert main(["diagnose", str(samples / "healthy"), "--explain-columns"]) == 0
    assert "a run of dltui: its names are known" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--map", "train_loss"], "is not ROLE=COLUMN"),
        (["--map", "train_los=my_loss"], "Did you mean 'train_loss'?"),
        (["--map", "train_loss=my_los"], "Did you mean 'my_loss'?"),
        (["--map", "nonsense=my_loss"], "take one of train_loss, val_loss"),
        (["--pattern", "(?P<step>"], "is no regular expression"),
        (["--pattern", r"(\d+)"], "has no named group"),
        (["--pattern", r"(?P<epoch>never) (?P<train_loss>there)"], "No loss was found"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    log: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert main(["diagnose", str(log), *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_hostile_names_of_columns_stay_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text("step,loss,\x1b[31mred[bold]," + "x" * 200 + "\n" + "".join(f"{n},1,2,3\n" for n in range(5)))
    assert main(["diagnose", str(log), "--explain-columns"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out and "x" * 100 not in out.partition("\nColumns\n")[2]


def test_an_odd_text_log_is_read_by_a_pattern(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "odd.txt"
    log.write_text("".join(f"<<{n}>> T{1 / n:.3f}~V{2 / n:.3f}\nnoise 7\n" for n in range(1, 31)))
    pattern = r"<<(?P<step>\d+)>> T(?P<train_loss>[\d.]+)~V(?P<val_loss>[\d.]+)"
    assert explained(capsys, str(log), "--pattern", pattern) == {
        "step": "step",
        "train_loss": "train_loss",
        "val_loss": "val_loss",
    }
