"""``dltui watch``: what its words mean, the lines that it prints without a terminal, and ``--notify``."""

import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from runlogs import Lock, append, end, step, wait_until, whole_run, write_run
from trees import EPOCHS, YOLO, write_tree

from dltui.catalog.places import Places
from dltui.catalog.summary import RunSummary
from dltui.cli import main
from dltui.cli.watch import only_log, places_of
from dltui.cli.watch_lines import run_line
from dltui.errors import RunNotFoundError
from dltui.runs.status import RunStatus

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]


def test_a_word_is_a_log_a_folder_of_logs_a_glob_or_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_tree(tmp_path, {"exp/a.csv": EPOCHS, "exp/b.csv": EPOCHS})
    run = write_run(tmp_path / "runs" / "one", whole_run())
    places = places_of(Path("runs"), ["exp", "exp/a.csv", "exp/*.json", "one"])
    assert places == Places(beneath=(Path("exp"),), logs=(Path("exp/a.csv"), Path("runs/one")), globs=("exp/*.json",))
    assert places_of(Path("runs"), [str(run)]).logs == (run,)
    with pytest.raises(RunNotFoundError, match="'nowhere'"):
        places_of(Path("runs"), ["nowhere"])


def test_one_log_alone_is_opened_itself(tmp_path: Path) -> None:
    write_tree(tmp_path, {"exp/yolo/results.csv": YOLO})
    log = tmp_path / "exp" / "yolo" / "results.csv"
    for named in (Places(beneath=(tmp_path,)), Places(logs=(log,)), Places(globs=(f"{tmp_path}/**/*.csv",))):
        assert only_log(named) == log
    assert only_log(Places(logs=(log,), beneath=(tmp_path,))) == log
    write_tree(tmp_path, {"exp/other.csv": EPOCHS})
    assert only_log(Places(beneath=(tmp_path,))) is None
    assert only_log(Places(beneath=(tmp_path / "nothing",))) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["watch"], "PATH"),
        (["watch", "nowhere.csv"], "There is no file or folder 'nowhere.csv'"),
        (["watch", "x", "--every", "soon"], "'soon' is no number of seconds"),
        (["watch", "x", "--map", "loss"], "--map loss is not ROLE=COLUMN"),
        (["data.bin"], "data.bin"),
        (["empty"], "empty"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.bin").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "empty").mkdir()
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1


def test_a_line_tells_where_a_training_stands() -> None:
    run = RunSummary(
        folder=Path("a.csv"), format="csv", status=RunStatus.QUIET, step=12000, epoch=3.5, planned_epochs=10,
        train_loss=0.5, best_val_loss=0.4, val_accuracy=0.9, verdict="good_fit",
    )  # fmt: skip
    line = "a.csv  ○ quiet  epoch 3.5/10  step 12 000  train 0.5  best val 0.4  accuracy 90.0 %  good fit"
    assert run_line(run) == line
    text = replace(run, val_accuracy=math.nan, val_perplexity=4.4817)
    assert "best val 0.4  perplexity 4.482  good fit" in run_line(text)
    assert "best val 0.4  R2 0.9  good fit" in run_line(replace(run, val_accuracy=math.nan, val_r2=0.9))


@contextmanager
def watching(folder: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """``dltui watch`` without a terminal."""
    command = [*DLTUI, "watch", *words]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
def test_lines_until_control_c(tmp_path: Path) -> None:
    write_tree(tmp_path, {"logs/a.csv": EPOCHS})
    with watching(tmp_path, "logs", "--every", "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "logs/a.csv  ● running  epoch 4  step 4" in line
        with (tmp_path / "logs/a.csv").open("a") as file:
            file.write("5,0.1,0.05\n")
        assert "epoch 5" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert process.stderr is not None and process.stderr.read() == ""


@pytest.mark.slow
@pytest.mark.parametrize(("status", "code"), [("finished", 0), ("failed", 1)])
def test_until_the_end_with_a_command_that_is_told(tmp_path: Path, status: str, code: int) -> None:
    folder = write_run(tmp_path / "one", [step(1), step(2)])
    told = tmp_path / "told"
    command = f'echo "$DLTUI_EVENT $DLTUI_STATUS $DLTUI_RUN $DLTUI_STEP" >> {told}'
    (tmp_path / "train.csv").write_text(EPOCHS)
    os.utime(tmp_path / "train.csv", (0, 1e9))
    with Lock(folder), watching(tmp_path, "one", "--every", "0", "--until-end", "--notify", command) as process:
        assert process.stdout is not None
        assert "● running" in process.stdout.readline()
        append(folder, step(3), end(status))
        assert process.wait(timeout=60) == code
        assert f"ended: one {'failed' if code else 'has finished'}" in process.stdout.read()
    wait_until(told.exists)
    wait_until(lambda: told.read_text().endswith("\n"))
    assert told.read_text() == f"ended {status} one 100\n" or told.read_text() == f"ended {status} one 3\n"


@pytest.mark.slow
def test_a_training_in_lines_tells_a_command_how_it_ended(tmp_path: Path) -> None:
    command = 'echo "$DLTUI_EVENT $DLTUI_STATUS $DLTUI_RUN $DLTUI_EPOCH" >> told'
    words = ["train", "polynomial", "--set", "epochs=20", "--name", "mine", "--headless", "--notify", command]
    done = subprocess.run([*DLTUI, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = tmp_path / "told"
    wait_until(lambda: told.exists() and told.read_text().endswith("\n"))
    assert told.read_text() == "ended finished runs/mine 20\n"
