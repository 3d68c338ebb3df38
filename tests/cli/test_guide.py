"""``dltui guide``: what is refused, the plain lines and the document of a real guide, and how it is gone on with."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from runlogs import wait_until

from dltui.cli import main
from dltui.guide.engine.launch import begin
from dltui.guide.folder import STATE, is_at_work, read_guide, take_lock, write_guide
from dltui.guide.options import Options
from dltui.guide.state import GuideStatus, StepState
from dltui_trainers.runlog import MANIFEST

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]
TINY = [
    *("--set", "epochs=20", "--budget", "10m", "--lr-points", "3", "--sweep-steps", "10", "--lr-factors", "1"),
    *("--weight-decays", "0,1e-3", "--coarse-epochs", "1", "--refine-epochs", "1", "--rounds", "1"),
]

REFUSED = {
    "no task": ([], "TASK"),
    "unknown task": (["digitz"], "digits"),
    "a task without its data": (["tabular"], "--set data="),
    "a budget of zero": (["digits", "--budget", "0"], "no time"),
    "a negative budget": (["digits", "--budget=-60"], "-60"),
    "a budget that is no time": (["digits", "--budget", "soon"], "90s, 5m, 1h"),
    "a budget of years": (["digits", "--budget", "99999h"], "budget"),
    "rates in the wrong order": (["digits", "--lr-range", "1,1e-5"], "lower one first"),
    "rates from zero": (["digits", "--lr-range", "0,1"], "above 0"),
    "one rate": (["digits", "--lr-range", "0.1"], "two numbers"),
    "rates over too many decades": (["digits", "--lr-range", "1e-12,1e3"], "decades"),
    "no such step": (["digits", "--skip", "7"], "0 to 6"),
    "steps that are words": (["digits", "--skip", "one"], "one"),
    "nothing left": (["digits", "--skip", "0,1,2,3,4,5,6"], "nothing is left"),
    "hyperparameter": (["digits", "--set", "lr=-1"], "lr"),
    "unknown hyperparameter": (["digits", "--set", "batchsize=8"], "batch_size"),
    "setting without value": (["digits", "--set", "lr"], "NAME=VALUE"),
    "workers": (["digits", "--workers", "many"], "many"),
    "too few rates": (["digits", "--lr-points", "2"], "lr_points"),
    "no epochs": (["digits", "--coarse-epochs", "0"], "coarse_epochs"),
    "no samples": (["digits", "--per-class", "0"], "per_class"),
    "negative rounds": (["digits", "--rounds", "-1"], "rounds"),
    "factors that are words": (["digits", "--lr-factors", "a,b"], "numbers"),
    "a factor twice": (["digits", "--lr-factors", "1,1"], "twice"),
    "no decay": (["digits", "--weight-decays", ","], "at least one"),
    "a decay that is none": (["digits", "--weight-decays", "nan"], "weight_decays"),
    "too many trials": (["digits", "--lr-factors", ",".join(map(str, range(1, 60)))], "200 trials"),
    "name that leaves the folder": (["digits", "--name", "../out"], "../out"),
    "nothing to go on with": (["--resume"], "no unfinished guide"),
    "no such guide": (["--resume", "nix"], "nix"),
    "to go on with other settings": (["--resume", "nix", "--set", "lr=1"], "--set"),
    "a task and a guide": (["digits", "--resume", "nix"], "not both"),
}


@pytest.mark.parametrize(("words", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], hint: str) -> None:
    runs = tmp_path / "runs"
    assert main(["guide", *words, "--headless", "--runs", str(runs)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and hint in said.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["digits"], ["digits", "--name", "mine"]])
def test_without_a_terminal_it_says_what_to_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(["guide", *words, "--runs", str(tmp_path)]) == 2
    assert "--headless" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin(tmp_path, "digits", Options(), "mine")
    assert main(["guide", "digits", "--name", "mine", "--headless", "--runs", str(tmp_path)]) == 2
    assert "already a 'mine'" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_guide_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / STATE).write_bytes(content)
    assert main(["guide", "--resume", "torn", "--headless", "--runs", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert str(tmp_path / "torn" / STATE) in said and said.count("\n") == 1


@pytest.mark.slow
def test_data_of_one_class_are_refused_in_one_line_and_nothing_is_left(tmp_path: Path) -> None:
    table = tmp_path / "one.csv"
    table.write_text("a,b,class\n" + "".join(f"{n},{n * 2 % 7},yes\n" for n in range(60)))
    done = _dltui(tmp_path, "guide", "tabular", "--set", f"data={table}", "--set", "target=class", "--headless")
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1 and "class" in done.stderr
    assert not list((tmp_path / "runs").glob("*"))


def _dltui(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DLTUI_RUNS": str(folder / "runs")}
    return subprocess.run(
        [*DLTUI, *words], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A guide from beginning to end, in plain lines."""
    folder = tmp_path_factory.mktemp("guide")
    return folder, _dltui(folder, "guide", "polynomial", *TINY, "--name", "mine", "--headless")


@pytest.mark.slow
def test_the_lines_tell_the_plan_each_step_and_the_end(
    whole: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = whole
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{folder}/runs/mine: the guide on polynomial"
    plan = lines.index("planned: 10:00 in all; what a step leaves over goes to those after it")
    assert [line.split()[0] for line in lines[plan + 1 : plan + 8]] == list("0123456")
    heads = [line for line in lines if line.startswith("Step ")]
    assert [line[5] for line in heads] == list("0123456")
    trials = [line for line in lines if line.startswith("  s3-lr-")]
    assert len(trials) >= 3 and all(" val loss " in line or "lr-1" in line for line in trials)
    assert any(
        line.startswith("the final run ") and "/runs/mine/final has a validation loss of " in line for line in lines
    )
    assert lines[-1] == f"{folder}/runs/mine"
    assert any("│" in line for line in lines), "there is a plot"


@pytest.mark.slow
def test_the_command_at_the_end_repeats_the_final_run(whole: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = whole
    command = next(line for line in done.stdout.splitlines() if line.startswith("  dltui train polynomial "))
    words = shlex.split(command)[1:]
    again = _dltui(folder, *words, "--name", "again", "--headless")
    assert again.returncode == 0, again.stderr

    def manifest(run: str) -> Any:
        return json.loads((folder / "runs" / run / MANIFEST).read_bytes())

    assert manifest("again")["hparams"] == manifest("mine/final")["hparams"]
    final = next(each for each in read_guide(folder / "runs" / "mine").steps[6].trials if each.name == "final")
    assert isinstance(final.val_loss, float)
    assert f"best validation loss {final.val_loss:.4g}" in again.stdout.splitlines()[-1]


@pytest.mark.slow
def test_what_is_done_is_not_done_again(whole: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = whole
    before = read_guide(folder / "runs" / "mine")
    done = _dltui(folder, "guide", "--resume", "mine", "--headless", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["status"] == "finished" and document["seconds"] == round(before.seconds, 3)
    assert [step["state"] for step in document["steps"]] == ["done"] * 7
    assert [step["number"] for step in document["steps"]] == list(range(7))
    assert document["steps"][3]["plot"]["title"] and "key" not in json.dumps(document["steps"][3]["plot"])
    assert document["command"].startswith("dltui train polynomial --set ")
    assert document["val_loss"] is not None and document["val_loss_before"] is not None
    assert document["final"] == "final" and (folder / "runs" / "mine" / "final").is_dir()


@pytest.mark.slow
def test_ctrl_c_stops_it_well_and_the_same_words_go_on(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    words = [*DLTUI, "guide", "moons", *TINY, "--skip", "3,4,5,6", "--headless", "--runs", str(runs)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:

        def is_at_work_on_a_trial() -> bool:
            states = [read_guide(path.parent) for path in runs.glob(f"*/{STATE}")]
            return process.poll() is not None or any(each.trials for guide in states for each in guide.steps)

        wait_until(is_at_work_on_a_trial, 60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130, err
    assert "stopping the trials" in err and "Traceback" not in err
    (folder,) = [path.parent for path in runs.glob(f"*/{STATE}")]
    assert f"dltui guide --resume {folder}" in out
    stopped = read_guide(folder)
    assert stopped.status is GuideStatus.STOPPED and stopped.at is not None
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == f"dltui: goes on with {folder.name} at step {stopped.at}; --new begins another\n"
    assert [path.parent for path in runs.glob(f"*/{STATE}")] == [folder]


@pytest.mark.slow
def test_a_fault_ends_it_with_exit_code_1(tmp_path: Path) -> None:
    """Step 3 cannot find a rate where every rate is fixed far too high."""
    done = _dltui(tmp_path, "guide", "polynomial", "--set", "lr=1000", "--set", "optimizer=sgd", *TINY, "--json")
    document = json.loads(done.stdout)
    assert document["halted_at"] is not None, [step["text"] for step in document["steps"]]
    assert (done.returncode, document["status"]) == (1, "stopped")
    assert document["steps"][document["halted_at"]]["judgement"] == "fault"


def test_one_that_is_at_work_is_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its engine is this test, which ends it as soon as the follower has begun."""
    import threading

    folder = begin(tmp_path, "digits", Options(), "mine")
    guide = read_guide(folder)
    lock = take_lock(folder)

    def end() -> None:
        import msgspec

        steps = [msgspec.structs.replace(each, state=StepState.SKIPPED) for each in guide.steps]
        write_guide(folder, msgspec.structs.replace(guide, steps=steps, status=GuideStatus.FINISHED))
        os.close(lock)

    timer = threading.Timer(0.3, end)
    timer.start()
    assert is_at_work(folder)
    assert main(["guide", "digits", "--headless", "--runs", str(tmp_path)]) == 0
    timer.join()
    said = capsys.readouterr()
    assert "goes on with mine at step 0" in said.err and "is followed" in said.err
    assert "it is done, without a final run" in said.out


def test_another_one_is_begun_where_the_words_differ(tmp_path: Path) -> None:
    from dltui.guide.folder import unfinished

    folder = begin(tmp_path, "digits", Options(budget_s=60.0, settings={"lr": "0.1"}), "mine")
    assert unfinished(tmp_path, "digits", Options(budget_s=60.0, settings={"lr": "0.1"})) == folder
    assert unfinished(tmp_path, "digits", Options(budget_s=61.0, settings={"lr": "0.1"})) is None
    assert unfinished(tmp_path, "digits", Options(budget_s=60.0)) is None
    assert unfinished(tmp_path, "mnist1d", Options(budget_s=60.0, settings={"lr": "0.1"})) is None


@pytest.mark.slow
def test_what_cannot_be_written_in_ascii_gets_no_traceback(tmp_path: Path) -> None:
    environment = {**os.environ, "LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    words = [*DLTUI, "guide", "polynomial", *TINY, "--skip", "2,3,4,5,6", "--headless", "--runs", str(tmp_path)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii() and "Step 1: Initial loss" in done.stdout
