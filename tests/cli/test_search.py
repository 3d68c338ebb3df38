"""``dltui search``: what is refused, the plain lines and the document of a real search, and how it is gone on with."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from runlogs import wait_until

from dltui.cli import main
from dltui.cli.search_lines import SearchLines
from dltui.search.space.dimension import Dimension
from dltui.search.study.folder import is_at_work, read_study, studies_in, take_lock
from dltui.search.study.options import SearchOptions
from dltui.search.study.records import STUDY, Asked, Begun, Told
from dltui.search.study.study import Study, TrialState
from dltui.search.supervisor.launch import begin

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]
TINY = ("--method", "random", "--over", "lr=1e-3..0.1", "--set", "epochs=2", "--workers", "2")

REFUSED = {
    "no task": ([], "TASK"),
    "unknown task": (["digitz"], "digits"),
    "unknown name": (["digits", "--over", "lrr"], "'lr'"),
    "empty range": (["digits", "--over", "lr=1..0.1"], "lr"),
    "log of zero": (["digits", "--over", "lr=0..0.1"], "lr"),
    "wrong type": (["digits", "--over", "width=a,b"], "width"),
    "no space file": (["digits", "--space", "nowhere.toml"], "nowhere.toml"),
    "given and searched": (["digits", "--set", "lr=1", "--over", "lr"], "leave out one"),
    "hyperparameter": (["digits", "--set", "lr=-1"], "lr"),
    "no end": (["digits", "--trials", "0"], "--budget"),
    "a budget of zero": (["digits", "--budget", "0"], "no time"),
    "trials that are a word": (["digits", "--trials", "many"], "many"),
    "negative trials": (["digits", "--trials", "-1"], "trials"),
    "no seeds": (["digits", "--seeds", "0"], "seeds"),
    "a seed that is set": (["digits", "--set", "seed=3"], "--seed"),
    "sampler of another method": (["digits", "--method", "random", "--sampler", "gp"], "bayes"),
    "two targets": (["digits", "--minimise", "a", "--maximise", "b"], "not allowed"),
    "a metric that is no name": (["digits", "--minimise", "\x1b[1m"], "metric"),
    "an option of another engine": (["digits", "--partition", "gpu"], "slurm"),
    "an address without ray": (["digits", "--address", "auto"], "ray"),
    "more GPUs than there are": (["digits", "--gpus", "63"], "--gpus"),
    "name that leaves the folder": (["digits", "--name", "../out"], "../out"),
    "nothing to go on with": (["--resume"], "no unfinished search"),
    "no such search": (["--resume", "nix"], "nix"),
    "to go on with another space": (["--resume", "nix", "--over", "lr"], "--over"),
    "a task and a search": (["digits", "--resume", "nix"], "not both"),
}


@pytest.mark.parametrize(("words", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], hint: str) -> None:
    runs = tmp_path / "runs"
    assert main(["search", *words, "--headless", "--runs", str(runs)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and hint in said.err
    assert not list(tmp_path.glob("runs/*"))


def test_a_missing_engine_and_a_full_disk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["search", "digits", "--engine", "slurm", "--headless", "--runs", str(tmp_path / "runs")]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "lurm" in said.err
    assert not list(tmp_path.glob("runs/*"))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    assert main(["search", "digits", "--headless", "--runs", str(tmp_path / "runs")]) == 2
    assert "is full" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["digits"], ["digits", "--name", "mine"]])
def test_without_a_terminal_it_says_what_to_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(["search", *words, "--runs", str(tmp_path)]) == 2
    assert "--headless" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"{", b"[]\n", b'{"record": "begun"}\n', b"\xff\xfe\n", b"[" * 100_000])
def test_a_search_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / STUDY).write_bytes(content)
    assert main(["search", "--resume", "torn", "--headless", "--runs", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert str(tmp_path / "torn" / STUDY) in said and said.count("\n") == 1


def test_one_that_another_process_works_on_is_followed(tmp_path: Path) -> None:
    space = (Dimension(name="lr", low=0.01, high=0.1),)
    folder = begin(tmp_path / "runs", "digits", SearchOptions(dimensions=space), "mine")
    lock = take_lock(folder)
    words = [*DLTUI, "search", "--resume", "mine", "--headless", "--runs", str(tmp_path / "runs")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None and "is followed" in process.stderr.readline()
    os.close(lock)
    process.communicate()
    assert process.returncode == 1  # nobody finished it


def test_a_trial_that_ended_between_two_looks_is_told_with_its_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, lines = Study(), SearchLines(tmp_path)
    study.take(Begun(name="mine", task="digits", time=0.0, command=[], search=SearchOptions()))
    lines.take(study)
    study.take(Asked(number=0, time=1.0, settings={"lr": 0.01}))
    study.take(Told(number=0, time=2.0, state="complete", value=0.5))
    lines.take(study)
    begins, ends = capsys.readouterr().out.splitlines()[1:]
    assert "begins" in begins and "lr 0.01" in begins and "complete" in ends and "the best so far" in ends


def _dltui(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DLTUI_RUNS": str(folder / "runs")}
    return subprocess.run(
        [*DLTUI, *words], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.mark.slow
def test_lines_document_and_more_trials(tmp_path: Path) -> None:
    done = _dltui(tmp_path, "search", "digits", *TINY, "--trials", "3", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert sum("begins" in line for line in lines) == 3 and sum("complete  val_loss" in line for line in lines) == 3
    assert "the best so far" in done.stdout and lines[0].endswith("3 trials")
    (folder, study), *others = studies_in(tmp_path / "runs")
    best = study.best
    assert not others and best is not None and best.run in done.stdout
    command = shlex.split(next(line for line in lines if line.startswith("  dltui train ")))
    assert command[:3] == ["dltui", "train", "digits"] and f"lr={best.settings['lr']:g}" in command
    told = _dltui(tmp_path, "search", "--resume", folder.name, "--trials", "4", "--json")
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    assert [each["number"] for each in document["trials"]] == [0, 1, 2, 3] and document["status"] == "finished"
    values = [each["value"] for each in document["trials"]]
    assert document["best"]["value"] == min(values) and document["best"]["command"].startswith("dltui train digits")


@pytest.mark.slow
def test_an_unknown_metric_is_told_after_the_first_trial(tmp_path: Path) -> None:
    done = _dltui(tmp_path, "search", "digits", *TINY, "--maximise", "val_f1", "--headless")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "'val_f1'" in done.stderr and "val_accuracy" in done.stderr


@pytest.mark.slow
@pytest.mark.long
def test_ctrl_c_stops_it_and_the_same_words_go_on(tmp_path: Path) -> None:
    words = ["search", "digits", *TINY, "--set", "epochs=600", "--no-diagnosis", "--trials", "2", "--headless"]
    words += ["--runs", str(tmp_path)]
    process = subprocess.Popen([*DLTUI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def under_way() -> bool:
        trials = [each for _, study in studies_in(tmp_path) for each in study.trials]
        return len(trials) == 2 and all(each.state is TrialState.RUNNING for each in trials)

    wait_until(lambda: under_way() or process.poll() is not None, 120.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130 and "stopped after" in out and "Ctrl-C again" in err, out + err
    ((folder, study),) = studies_in(tmp_path)
    assert not is_at_work(folder) and not any(each.state.has_ended for each in study.trials)
    again = subprocess.run([*DLTUI, *words], capture_output=True, text=True, check=False)
    assert again.returncode == 0 and f"goes on with {folder.name}" in again.stderr, again.stderr
    assert [each.state for each in read_study(folder).trials] == [TrialState.COMPLETE] * 2
