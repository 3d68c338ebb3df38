"""``dltui control`` with a search or a tuning: its words, what it prints of an answer, its JSON, and its exit codes."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from asked import answering, commands, done
from msgspec.structs import replace as changed
from runlogs import whole_run, write_run
from search.studies import search_records, tune_records, write_study
from search.supervising import supervising

from dltui.cli import main
from dltui.guide.folder import STATE
from dltui.search.space.dimension import Dimension
from dltui.search.study.folder import read_study
from dltui.search.study.options import SearchOptions
from dltui.search.study.records import Begun
from dltui.search.supervisor.commands import KINDS
from dltui_trainers.runlog import CONTROL


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A search of 40 trials in ``runs/`` of the current folder; nobody is at work on it."""
    monkeypatch.chdir(tmp_path)
    return write_study(Path("runs") / "mine", search_records(status="stopped"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["pause"], "mine is paused: its trainings stand still until 'resume'"),
        (["resume"], "mine goes on"),
        (["stop"], "mine stops: its trainings write their checkpoints and end; 'dltui search --resume runs/mine' goes"),
        (["prune", "31"], "trial 31 of mine stops for good, and counts as pruned"),
        (["raise", "trials=80"], "mine: trials 40 → 80, budget no limit\n"),
        (["raise", "budget=10m"], "mine: trials 40, budget no limit → 10:00\n"),
        (["raise", "trials=0", "budget=1h"], "mine: trials 40 → no limit, budget no limit → 1:00:00\n"),
    ],
)
def test_each_command_is_answered(study: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with supervising(study, at_work=31):
        assert main(["control", "mine", *words, "--by", "me", "--reason", "why not"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(told) and said.out.count("\n") == 1 and said.err == ""
    (command,) = commands(study)
    assert (command.command, command.by, command.reason) == (words[0], "me", "why not")


def test_every_command_of_a_supervisor_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["control", "--help"])
    told = capsys.readouterr().out.partition("A search or a tuning:")[2]
    assert [each for each in KINDS if f"  {each} " not in told] == []


def test_a_limit_that_is_not_named_stays(study: Path) -> None:
    with supervising(study):
        assert main(["control", str(study), "raise", "budget=10m"]) == 0
        assert main(["control", str(study), "raise", "trials=50"]) == 0
        assert main(["control", str(study), "raise", "budget=0"]) == 0
    after = read_study(study)
    assert (after.most_trials, after.budget_s) == (50, 0.0)


def test_a_refusal_is_told_on_stderr(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with supervising(study):
        assert main(["control", "mine", "prune", "99"]) == 1
        assert main(["control", "mine", "prune", "2", "--json"]) == 1
    out, err = capsys.readouterr()
    assert err == "dltui: prune was refused: There is no trial 99.\ndltui: prune was refused: Trial 2 has ended.\n"
    document = json.loads(out)
    assert document["outcome"] == "refused" and document["answers"][0]["reason"] == "Trial 2 has ended."


def test_one_document_for_scripts(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with supervising(study):
        assert main(["control", "mine", "raise", "trials=80", "budget=90s", "--json"]) == 0
    out, err = capsys.readouterr()
    document = json.loads(out)
    (answer,) = document.pop("answers")
    text = "mine: trials 40 → 80, budget no limit → 1:30"
    assert err == "" and document == {
        "study": "mine",
        "command": "raise",
        "id": commands(study)[0].id,
        "outcome": "done",
        "text": text,
        "notes": [],
    }
    assert answer.pop("time") > 0
    assert answer == {"name": "raise", "done": True, "reason": "", "trials": 80, "budget_s": 90.0, "text": text}


def test_no_answer_in_time_says_that_the_command_stays(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with supervising(study, deaf=True):
        assert main(["control", "mine", "pause", "--timeout", "0"]) == 1
        assert main(["control", "mine", "stop", "--no-wait"]) == 0
    out, err = capsys.readouterr()
    assert "mine has not answered within 0 s. The command stays" in err
    assert out == "handed to mine: its study.jsonl will tell what became of it\n"
    assert [command.command for command in commands(study)] == ["pause", "stop"]


def test_a_supervisor_that_ends_before_it_answers(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with supervising(study, leaves=True):
        assert main(["control", "mine", "pause", "--timeout", "30"]) == 1
    assert capsys.readouterr().err == (
        "dltui: mine has finished before it answered: nobody works on it, who could hear a command."
        " 'dltui search --resume runs/mine --trials N' goes on with it.\n"
    )


@pytest.mark.parametrize(
    ("records", "became"),
    [
        (search_records(status="stopped"), "mine was stopped: nobody works on it, who could hear a command. 'dltui"),
        (search_records(status="finished"), "--resume runs/mine --trials N' goes on with it."),
        (search_records(), "mine was killed: nobody works on it"),
        (tune_records("stopped"), "'dltui tune --resume runs/mine' goes on with it."),
        (tune_records("finished"), "'dltui tune --resume runs/mine --budget N' goes on with it."),
    ],
)
def test_where_nobody_is_at_work_the_command_that_goes_on_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    records: list[object],
    became: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write_study(Path("runs") / "mine", records)  # type: ignore[arg-type]
    monkeypatch.setattr("dltui.search.study.folder.gethostname", lambda: "here")
    for word in (["pause"], ["stop"], ["resume"], ["prune", "2"]):
        assert main(["control", "mine", *word]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 4 and err.count(became) == 4
    assert main(["control", "mine", "pause", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["outcome"] == "over"
    assert not (folder / CONTROL).exists()


def test_a_raise_holds_when_the_study_is_gone_on_with_however_late(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as an_hour_ago:
        an_hour_ago.setattr("dltui.runs.control.time.time", lambda now=time.time: now() - 3600.0)
        assert main(["control", "mine", "raise", "trials=80"]) == 0
    assert capsys.readouterr().out == (
        "mine was stopped; this holds as soon as 'dltui search --resume runs/mine' goes on with it\n"
    )
    with supervising(study):
        assert main(["control", "mine", "resume"]) == 0
    after = read_study(study)
    assert after.most_trials == 80 and [each.refused for each in after.answers] == ["", ""]


def test_what_was_answered_is_not_answered_again_when_the_study_is_gone_on_with(study: Path) -> None:
    for _ in range(2):
        with supervising(study):
            assert main(["control", "mine", "pause"]) == 0
    assert [each.refused for each in read_study(study).answers] == ["", ""]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["pase"], "A search knows no command 'pase'. Did you mean 'pause'?"),
        (["set", "lr=1"], "It is for one training: name that of a trial"),
        (["pause", "now"], "'pause' takes nothing after it"),
        (["raise"], "What to raise is missing"),
        (["raise", "trials"], "'trials' is not NAME=VALUE"),
        (["raise", "trial=3"], "Did you mean 'trials'?"),
        (["raise", "trials=3", "trials=4"], "trials is there twice"),
        (["raise", "trials=-1"], "trials = -1 is not a number from 0"),
        (["raise", "trials=1000000"], "is not a number from 0 to 100000"),
        (["raise", "budget=soon"], "'soon' is no time"),
        (["raise", "budget=1e9h"], "longer than a year"),
        (["raise", "trials=0"], "Nothing would end it"),
        (["raise", "trials=\x1b[31m"], "␛[31m is not a number"),
        (["prune"], "Which trial to stop is missing"),
        (["prune", "1", "2"], "'prune 1' takes nothing after it"),
        (["prune", "-1"], "'-1' is no number of a trial"),
        (["prune", "best"], "'best' is no number of a trial"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    study: Path, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with supervising(study):
        assert main(["control", "mine", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and why in err and err.count("\n") == 1 and "\x1b" not in err
    assert not (study / CONTROL).exists()


def test_a_grid_ends_by_itself_and_may_lose_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    begun, *rest = search_records()
    grid = SearchOptions(method="grid", dimensions=(Dimension(name="width", choices=(8, 16)),), trials=1)
    assert isinstance(begun, Begun)
    folder = write_study(Path("runs") / "mine", [changed(begun, search=grid), *rest])
    with supervising(folder):
        assert main(["control", "mine", "raise", "trials=0"]) == 0
    assert read_study(folder).most_trials == 0


def test_a_trial_of_a_search_is_a_run(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trial = write_run(study / "t0007", whole_run(20)[:-1])
    with answering(trial, lambda command: [done(command)]):
        assert main(["control", "mine/t0007", "checkpoint"]) == 0
    assert [each.command for each in commands(trial)] == ["checkpoint"] and not (study / CONTROL).exists()


def test_a_guide_says_which_keys_do_it(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    guide = Path("runs") / "led"
    guide.mkdir()
    (guide / STATE).write_text("{}")
    assert main(["control", "led", "pause"]) == 2
    err = capsys.readouterr().err
    assert "led is a guide" in err and "'dltui runs/led' opens that" in err and "space bar" in err


def test_a_hostile_study_steers_no_terminal(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;owned\x07\r\n[bold]"
    (study / "study.jsonl").write_text((study / "study.jsonl").read_text() + json.dumps(
        {"record": "supervised", "time": 1.0, "status": "failed", "error": evil}
    ) + "\n")  # fmt: skip
    assert main(["control", "mine", "pause"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and err.strip("\n").isprintable() and "[bold]" in err


def test_a_study_is_asked_without_what_takes_long_to_import(study: Path) -> None:
    code = (
        "import sys; from dltui.cli import main; code = main(['control', 'mine', 'pause']);"
        "print(code, sorted({'numpy', 'optuna', 'textual', 'torch'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "1 []\n"
