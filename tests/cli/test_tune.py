"""``dltui tune``: what is refused, and the record, the document and the going on of a real tuning."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from search.studies import study_of, tune_records

from dltui.cli import main
from dltui.cli.tune_lines import TuneLines, closing_lines
from dltui.search.space.dimension import Dimension
from dltui.search.study.folder import read_study, studies_in
from dltui.search.study.options import SearchOptions
from dltui.search.study.records import Answered
from dltui.search.supervisor.launch import begin

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]
SLOW = ("--set", "lr=1e-5", "--set", "epochs=5", "--fixed", "epochs")

REFUSED = {
    "no task": ([], "TASK"),
    "unknown task": (["digitz"], "digits"),
    "hyperparameter": (["digits", "--set", "lr=-1"], "lr"),
    "unknown hyperparameter": (["digits", "--set", "lrr=1"], "lr"),
    "what is to be fixed is unknown": (["digits", "--fixed", "epochs,widht"], "'width'"),
    "no trainings": (["digits", "--budget", "0"], "0 trainings"),
    "fewer than none": (["digits", "--budget", "-3"], "-3"),
    "a budget that is a word": (["digits", "--budget", "long"], "'long'"),
    "too many": (["digits", "--budget", "1000000000"], "trials"),
    "two targets": (["digits", "--minimise", "a", "--maximise", "b"], "not allowed"),
    "an option of another engine": (["digits", "--partition", "gpu"], "slurm"),
    "name that leaves the folder": (["digits", "--name", "../out"], "../out"),
    "nothing to go on with": (["--resume"], "no unfinished tuning"),
    "no such tuning": (["--resume", "nix"], "nix"),
    "to go on from somewhere else": (["--resume", "nix", "--set", "lr=1"], "--set"),
    "to go on otherwise": (["--resume", "nix", "--thorough"], "--thorough"),
    "a task and a tuning": (["digits", "--resume", "nix"], "not both"),
}


@pytest.mark.parametrize(("words", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], hint: str) -> None:
    assert main(["tune", *words, "--headless", "--runs", str(tmp_path / "runs")]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and hint in said.err
    assert not list(tmp_path.glob("runs/*"))


def test_a_search_is_no_tuning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    space = (Dimension(name="lr", low=0.01, high=0.1),)
    begin(tmp_path, "digits", SearchOptions(dimensions=space), "mine")
    assert main(["tune", "--resume", "mine", "--headless", "--runs", str(tmp_path)]) == 2
    assert "dltui search --resume" in capsys.readouterr().err


def test_without_a_terminal_it_says_what_to_add(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "digits", "--runs", str(tmp_path)]) == 2
    assert "--headless" in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.long
def test_the_record_the_document_and_more_trainings(tmp_path: Path) -> None:
    done = _dltui(tmp_path, "tune", "digits", *SLOW, "--budget", "3", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder, study), *others = studies_in(tmp_path / "runs")
    assert not others and len(study.trials) == 2 and study.trials[1].change["lr"] == (1e-5, 1e-3)
    assert "against not learning: lr 1e-5 → 1e-3, from the start" in done.stdout
    assert "helped, kept" in done.stdout and "; healthy" in done.stdout
    command = shlex.split(next(line for line in done.stdout.splitlines() if line.startswith("  dltui train ")))
    assert command[:3] == ["dltui", "train", "digits"] and "lr=0.001" in command and "epochs=5" in command

    told = _dltui(tmp_path, "tune", "digits", *SLOW, "--budget", "3", "--thorough", "--json")
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    first, second, third = document["trials"]
    assert (first["parent"], first["kept"], first["finding"]) == (None, True, "not_learning")
    assert (second["change"], second["outcome"]) == ({"lr": {"from": 1e-5, "to": 1e-3}}, "helped")
    assert third["parent"] == 1 and third["why"] and document["ending"] == "spent"
    assert document["best"]["value"] == min(each["value"] for each in document["trials"])

    more = _dltui(tmp_path, "tune", "--resume", Path(document["folder"]).name, "--budget", "4", "--headless")
    assert more.returncode == 0, more.stderr
    assert "goes on after 3 trainings" in more.stdout and len(read_study(Path(document["folder"])).trials) == 4
    wrong = _dltui(tmp_path, "search", "--resume", folder.name, "--headless")
    assert wrong.returncode == 2 and "dltui tune --resume" in wrong.stderr
    assert any("dltui train digits" in line for line in closing_lines(study, folder))


def _dltui(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DLTUI_RUNS": str(folder / "runs")}
    return subprocess.run(
        [*DLTUI, *words], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_what_is_refused_is_told_among_the_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines, records = TuneLines(tmp_path), tune_records()
    lines.take(study_of(records))
    capsys.readouterr()
    lines.take(study_of([*records, Answered(id=1, time=1.0, command="prune", refused="There is no trial 99.")]))
    assert capsys.readouterr().out == "refused: prune: There is no trial 99.\n"
