"""``dltui control``: its words, what it prints of an answer, its JSON, and its exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asked import answering, commands, done, refused
from msgspec.structs import replace
from runlogs import Lock, append, end, step, wait_until, whole_run, write_run

from dltui.cli import main
from dltui.runs import control
from dltui.runs.follow import FolderWatch
from dltui.runs.launch import launch
from dltui.series.state import RunState
from dltui_trainers.control import KINDS
from dltui_trainers.runlog import CHECKPOINTS, CONTROL, MANIFEST, METRICS, Command, EventRecord

Printed = Callable[[], Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in ``runs/`` of the current folder, at work as long as somebody holds its lock."""
    monkeypatch.chdir(tmp_path)
    return write_run(Path("runs") / "mine", whole_run(20)[:-1])


def test_a_set_tells_when_it_took_effect(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(run, lambda command: [done(command, 1200, from_=0.1, note="the schedule goes on from there")]):
        assert main(["control", "mine", "set", "lr=0.03", "--by", "me", "--reason", "it jumps"]) == 0
    assert capsys.readouterr() == ("lr 0.1 → 0.03 from step 1 201 on; the schedule goes on from there\n", "")
    (command,) = commands(run)
    assert (command.command, command.hparam, command.value, command.by) == ("set", "lr", 0.03, "me")
    assert command.reason == "it jumps"


def test_several_are_set_in_one_breath(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(command: Command) -> list[EventRecord]:
        values = {command.hparam: command.value, **command.also}
        return [done(command, 20, hparam=name, to=value, from_=0, note="noted") for name, value in values.items()]

    with answering(run, answer):
        assert main(["control", str(run), "set", "dropout=0.5", "batch_size=32", "schedule=step"]) == 0
    (command,) = commands(run)
    assert (command.hparam, command.value, command.also) == ("dropout", 0.5, {"batch_size": 32, "schedule": "step"})
    assert capsys.readouterr().out.splitlines() == [
        "dropout 0 → 0.5 from step 21 on",
        "batch_size 0 → 32 from step 21 on",
        "schedule 0 → step from step 21 on; noted",
    ]


@pytest.mark.parametrize("word", [kind for kind in KINDS if kind != "set"])
def test_each_command_is_carried_out(run: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(run, lambda command: [done(command)]):
        assert main(["control", "mine", word]) == 0
    assert [command.command for command in commands(run)] == [word]
    said = capsys.readouterr()
    assert "step 10" in said.out and said.err == ""


def test_a_refusal_is_told_on_stderr(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(run, lambda command: [refused(command, "nothing was changed yet")]):
        assert main(["control", "mine", "undo"]) == 1
    assert capsys.readouterr() == ("", "dltui: undo was refused: nothing was changed yet\n")


def test_one_document_for_scripts(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[31m\u202e\x9b é"
    with answering(run, lambda command: [done(command, 20, from_=0.1, note=evil, time=1.5)]):
        assert main(["control", "mine", "set", "lr=0.03", "--json", "--reason", evil]) == 0
    out, err = capsys.readouterr()
    assert err == "" and not {"\x1b", "\u202e", "\x9b"} & set(out) and "é" in out
    document = json.loads(out)
    (answer,) = document.pop("answers")
    text = "lr 0.1 → 0.03 from step 21 on; ␛[31m\ufffd\ufffd é"
    id = commands(run)[0].id
    assert document == {
        "run": "mine",
        "command": "set",
        "id": id,
        "outcome": "done",
        "text": text,
        "notes": [],
    }
    assert answer == {
        "name": "set",
        "done": True,
        "step": 20,
        "time": 1.5,
        "hparam": "lr",
        "from": 0.1,
        "to": 0.03,
        "by": "user",
        "reason": evil,
        "note": evil,
        "text": text,
    }


def test_a_refusal_in_json_is_told_on_both(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(run, lambda command: [refused(command, "too large")]):
        assert main(["control", "mine", "set", "lr=900", "--json"]) == 1
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert err == "dltui: set lr was refused: too large\n"
    assert document["outcome"] == "refused" and document["text"] == "set lr was refused: too large"
    assert document["answers"][0]["done"] is False and document["answers"][0]["to"] is None
    assert document["notes"] == ["lr = 900 is far outside the usual 1e-5 to 0.3."]


def test_no_answer_in_time_says_that_the_command_stays(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Lock(run):
        assert main(["control", "mine", "pause", "--timeout", "0"]) == 1
        assert main(["control", "mine", "set", "lr=90", "--timeout=0", "--json"]) == 1
    out, err = capsys.readouterr()
    assert "mine has not answered within 0 s. The command stays" in err
    assert "dltui: note: lr = 90 is far outside" in err
    assert json.loads(out)["outcome"] == "no_answer"
    assert [command.command for command in commands(run)] == ["pause", "set"]


def test_a_training_that_is_still_starting_takes_commands(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / MANIFEST).unlink()
    (run / METRICS).write_bytes(b"")
    with Lock(run):
        assert main(["control", "mine", "set", "lr=0.5", "--no-wait"]) == 0
        assert main(["control", "mine", "set", "width=5"]) == 2
        assert main(["control", "mine", "pause", "--timeout", "0"]) == 1
    out, err = capsys.readouterr()
    assert out == "handed to mine: its log will tell what became of it\n" and "still be starting" in err
    assert [command.value for command in commands(run)] == [0.5, None]


@pytest.mark.parametrize(
    ("records", "became"),
    [
        ([end()], "mine has finished at step 100: no command reaches it any more.\n"),
        ([end("stopped")], "mine was stopped at step 100: no command reaches it any more. 'dltui train --from"),
        ([end("failed", error="NaN \x1b[31m.")], "mine failed at step 100 (NaN ␛[31m): no command"),
        ([], "mine was killed: no command reaches it any more. 'dltui train --from mine@last' goes on from its last"),
    ],
)
def test_a_run_that_is_over_takes_no_command(
    run: Path, records: list[Any], became: str, capsys: pytest.CaptureFixture[str]
) -> None:
    append(run, *records)
    (run / CHECKPOINTS).mkdir()
    (run / CHECKPOINTS / "last.pt").touch()
    assert main(["control", "mine", "pause"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"dltui: {became}")
    assert main(["control", "mine", "pause", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["outcome"] == "over"
    assert not (run / CONTROL).exists()


def test_a_training_that_ends_before_it_answers(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(run, lambda command: [step(21), end("finished")]):
        assert main(["control", "mine", "pause", "--timeout", "30"]) == 1
    err = capsys.readouterr().err
    assert err == "dltui: mine has finished at step 100 before it answered: no command reaches it any more.\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "RUN, COMMAND"),
        (["mine"], "COMMAND"),
        (["nowhere", "stop"], "'nowhere' is no run in runs"),
        (["mine", "pase"], "no command 'pase'. Did you mean 'pause'?"),
        (["mine", "lr=1"], "'set lr=1' sets a hyperparameter"),
        (["mine", "pause", "now"], "'pause' takes nothing after it"),
        (["mine", "set"], "What to set is missing"),
        (["mine", "set", "lr"], "'lr' is not NAME=VALUE"),
        (["mine", "set", "=1"], "'=1' is not NAME=VALUE"),
        (["mine", "set", "lr=1", "lr=2"], "lr is there twice"),
        (["mine", "set", "lrr=1"], "Did you mean 'lr'?"),
        (["mine", "set", "lr=nan"], "lr = nan is not finite"),
        (["mine", "set", "lr=0.1", "batch_size=0"], "batch_size = 0 is out of range"),
        (["mine", "set", "width=3"], "dltui train --from mine@start --set width=3"),
        (["mine", "set", "degree=3"], "digits does not use degree"),
        (["mine", "stop", "--timeout", "soon"], "'soon' is no number of seconds"),
        (["mine", "stop", "--timeout", "nan"], "'nan' is no number of seconds"),
        (["mine", "stop", "--timeout", "5", "--no-wait"], "not allowed with"),
        (["\x1b[31m", "stop"], "'␛[31m' is no run"),
        (["log.csv", "stop"], "'log.csv' is no run of dltui"),
        (["foreign", "stop"], "'foreign' is no run of dltui"),
        ([".", "stop"], "'.' is no run of dltui"),
        (["x" * 5000, "stop"], "cannot be read: File name too long"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    run: Path, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("log.csv").write_text("step,loss\n1,2\n")
    Path("foreign").mkdir()
    (Path("foreign") / METRICS).write_text('{"step": 1, "loss": 2.0}\n')
    with Lock(run):
        assert main(["control", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and why in err and err.count("\n") == 1 and "\x1b" not in err
    assert not list(Path().rglob(CONTROL))


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / CONTROL).symlink_to("elsewhere")
    with Lock(run):
        assert main(["control", "mine", "pause"]) == 2
    assert capsys.readouterr().err.startswith("dltui: Cannot hand the command to mine: control.jsonl is a link")


def test_a_hostile_answer_steers_no_terminal(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;owned\x07\r\n[bold]"
    hostile = {"hparam": evil, "from_": evil, "to": evil, "by": evil, "reason": evil, "note": evil, "name": evil}
    for finish in (True, False):
        with answering(run, lambda command: [replace(done(command), **hostile, done=finish)]):  # noqa: B023
            assert main(["control", "mine", "pause"]) == (0 if finish else 1)
    out, err = capsys.readouterr()
    for text in (out, err):
        assert text.count("\n") == 1 and text.strip("\n").isprintable() and "[bold]" in text


@pytest.mark.slow
def test_a_real_training_is_tuned_from_a_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    launched = launch(Path("runs"), "digits", {"epochs": "100000", "lr": "0.001"}, name="mine")
    watch, state = FolderWatch(launched.folder), RunState()

    def at_step(number: int) -> None:
        def is_there() -> bool:
            state.take(watch.look())
            return state.step >= number

        wait_until(is_there, timeout_s=120)

    def asked(*words: str, code: int = 0) -> dict[str, Any]:
        assert main(["control", "mine", *words, "--json", "--timeout", "60"]) == code
        document = json.loads(capsys.readouterr().out)
        assert isinstance(document, dict)
        return document

    try:
        at_step(30)
        (change,) = asked("set", "lr=0.0003")["answers"]
        assert (change["hparam"], change["to"], change["by"]) == ("lr", 0.0003, "user")
        at_step(change["step"] + 50)
        paused = asked("pause")["answers"][0]
        assert paused["name"] == "paused" and paused["step"] > change["step"]
        assert asked("checkpoint")["answers"][0]["step"] == paused["step"]  # it stands still
        both = asked("set", "dropout=0.2", "label_smoothing=0.1")["answers"]
        assert [(each["hparam"], each["step"]) for each in both] == [
            ("dropout", paused["step"]),
            ("label_smoothing", paused["step"]),
        ]
        assert asked("resume")["answers"][0]["name"] == "resumed"
        at_step(paused["step"] + 50)
        assert asked("undo")["answers"][0]["to"] == paused["step"]
        assert asked("undo")["answers"][0]["to"] == change["step"]
        assert "undo was refused: nothing was changed" in asked("undo", code=1)["text"]
        assert "epochs = 1 is too few" in asked("set", "epochs=1", code=1)["text"]
        assert asked("stop", "--reason", "enough")["outcome"] == "done"
    finally:
        control.stop(launched.folder)
        launched.process.wait()
    assert launched.process.returncode == 0
    assert main(["control", "mine", "pause"]) == 1
    assert "mine was stopped at step" in capsys.readouterr().err
