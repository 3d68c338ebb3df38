"""``dltui export STUDY``: a row a trial, in columns that pandas reads, and every way to get it wrong."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from search.studies import HOSTILE, search_records, tune_records, write_study

from dltui.cli import main
from dltui.search.study.options import SearchOptions
from dltui.search.study.records import Asked, Begun, StudyRecord, Told

ROOT = Path(__file__).parents[2]


def exported(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    """The rows of the study in ``folder``, as CSV."""
    assert main(["export", str(folder), "-o", "-", "--to", "csv"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_a_search_is_a_row_a_trial_with_a_column_for_each_hyperparameter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path / "s", search_records(40, 31, status="finished"))
    path = tmp_path / "trials.csv"
    assert main(["export", "s", "--runs", str(tmp_path), "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"Wrote '{path}'.\n"
    assert path.read_text().split("\n")[0] == (
        "number,state,value,step,verdict,finding,pruned_by,seconds,error,run,lr,weight_decay,dropout,width,optimizer,norm"
    )
    rows = exported(tmp_path / "s", capsys)
    assert [row["number"] for row in rows] == [str(number) for number in range(34)]
    failed, running, waiting = rows[5], rows[31], rows[33]
    assert failed["state"] == "failed" and failed["error"].startswith("CUDA") and failed["value"] == ""
    assert rows[2]["pruned_by"] == "diagnosis: diverged" and rows[18]["pruned_by"] == "median"
    assert running["state"] == "running" and running["value"] == running["seconds"] == running["step"] == ""
    assert waiting["run"] == "" and running["run"] == "t0031"
    assert rows[10]["norm"] == "" and float(rows[10]["lr"]) == 0.00246


def test_a_tuning_tells_of_each_training_what_was_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = exported(write_study(tmp_path / "t", tune_records("finished")), capsys)
    assert rows[0]["parent"] == "" and rows[0]["change"] == ""
    told = {name: rows[5][name] for name in ("parent", "at_step", "symptom", "change", "outcome", "kept")}
    assert told == {
        "parent": "4", "at_step": "400", "symptom": "overfitting", "change": "weight_decay 0 -> 0.01",
        "outcome": "hurt", "kept": "False",
    }  # fmt: skip
    assert rows[7]["kept"] == ""  # nobody knows yet


def test_json_lines_have_numbers_and_leave_out_what_there_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path / "t", tune_records("finished"))
    assert main(["export", str(tmp_path / "t"), "-o", "-", "--to", "jsonl"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[1] == {
        "number": 1, "state": "complete", "value": 0.412, "step": 0, "verdict": "underfitting",
        "finding": "lr_too_high", "seconds": 7.5, "run": "t0001", "parent": 0, "symptom": "lr_too_high",
        "change": "lr 0.3 -> 0.03", "outcome": "helped", "kept": True, "lr": 0.03,
    }  # fmt: skip
    assert rows[0]["lr"] == 0.3  # what was given for all is a number, too


def test_names_are_never_the_same_and_texts_stay_in_their_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = SearchOptions(settings={"epochs": "3", "fast": "true", "state": "own"})
    records: list[StudyRecord] = [
        Begun(name="s", task="digits", time=0.0, command=[], search=options),
        Asked(number=0, time=1.0, settings={"value": 7, "set_value": 8, HOSTILE: f'a "b", {HOSTILE}'}),
        Told(number=0, time=2.0, state="failed", error=f"{HOSTILE},\r\nx"),
    ]
    write_study(tmp_path / "s", records)
    assert main(["export", str(tmp_path / "s"), "-o", "-", "--to", "csv"]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text and "\u202e" not in text and text.count("\n") == 2
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["value"], row["set_value"], row["set_set_value"]) == ("", "7", "8")
    assert (row["epochs"], row["fast"], row["state"], row["set_state"]) == ("3", "True", "failed", "own")
    assert main(["export", str(tmp_path / "s"), "-o", "-", "--to", "jsonl"]) == 0
    line = capsys.readouterr().out
    assert "\x1b" not in line and "\u202e" not in line and json.loads(line)["fast"] is True


@pytest.mark.parametrize("words", [["-o", "tb"], ["-o", "x.csv", "--to", "tensorboard"]])
def test_tensorboard_shows_trials_and_no_table_of_them(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path / "runs" / "s", search_records(40, 31, status="finished"))
    assert main(["export", "s", *words]) == 2
    printed = capsys.readouterr()
    assert "dltui export s/t0007" in printed.err and printed.err.count("\n") == 1
    assert [each.name for each in tmp_path.iterdir()] == ["runs"]
    shutil.copytree(ROOT / "samples" / "healthy", tmp_path / "runs" / "s" / "t0007")
    assert main(["export", "s/t0007", "-o", "tb"]) == 0


def test_a_study_without_a_trial_is_not_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_study(tmp_path / "s", search_records(ended=0)[:2])
    assert main(["export", str(folder), "-o", str(tmp_path / "x.csv")]) == 2
    assert "has no trial yet" in capsys.readouterr().err and not (tmp_path / "x.csv").exists()


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, path = write_study(tmp_path / "s", search_records()), tmp_path / "x.csv"
    path.write_text("mine")
    assert main(["export", str(folder), "-o", str(path)]) == 2
    assert path.read_text() == "mine" and "--force" in capsys.readouterr().err
