"""``dltui run``: words, exit codes, and a command's output passed through as it comes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from runlogs import wait_until

from dltui.cli.parser import parse
from dltui.errors import UsageError
from dltui_trainers.runlog import STDOUT

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]
PRINTS = "for i in range(1, 6): print(f'epoch {i} loss {1 / i:.2f} val_loss {1 / i + 0.1:.2f}')"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``dltui run`` in ``folder``, without a terminal."""
    return subprocess.run(
        [*DLTUI, "run", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_the_output_is_passed_through_and_one_line_tells_how_it_went(tmp_path: Path) -> None:
    done = run(tmp_path, "--headless", "--name", "mine", "--", sys.executable, "-c", PRINTS)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [f"epoch {i} loss {1 / i:.2f} val_loss {1 / i + 0.1:.2f}" for i in range(1, 6)]
    assert done.stderr.startswith("dltui: mine finished; best validation loss 0.3 at step 5")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("code", "status"), [("exit 7", 7), ("kill -TERM $$", 143)])
def test_the_exit_status_is_that_of_the_command(tmp_path: Path, code: str, status: int) -> None:
    done = run(tmp_path, "--", "sh", "-c", code)
    assert done.returncode == status
    assert " failed: " in done.stderr


def test_detached_it_tells_its_folder_and_goes_on(tmp_path: Path) -> None:
    done = run(tmp_path, "--detach", "--name", "mine", "--", sys.executable, "-c", PRINTS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "runs/mine\n", "")
    wait_until(lambda: '"end"' in (tmp_path / "runs/mine/metrics.jsonl").read_text())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--name", "x"], "What to run is missing"),
        (["--"], "What to run is missing"),
        (["python", "train.py"], "Unrecognized arguments: python train.py"),
        (["--headless", "--detach", "--", "true"], "not allowed with"),
        (["--map", "val_loss", "--", "true"], "is not ROLE=COLUMN"),
    ],
)
def test_words_that_make_no_sense_are_refused(words: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse(["run", *words])


def test_a_command_that_does_not_exist_leaves_no_folder(tmp_path: Path) -> None:
    done = run(tmp_path, "--headless", "--", "no-such-program", "--lr", "0.1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "dltui: 'no-such-program' cannot be run: there is no program of that name on the $PATH.\n"
    assert not list(tmp_path.glob("runs/*"))


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, "--name", "mine", "--", "true").returncode == 0
    assert run(tmp_path, "--name", "mine", "--", "true").returncode == 2


def test_an_odd_output_is_read_by_a_pattern(tmp_path: Path) -> None:
    script = "for i in range(1, 4): print(f'>> {i} ~ {1 / i:.1f}')"
    pattern = r">> (?P<step>\d+) ~ (?P<train_loss>\S+)"
    done = run(tmp_path, "--name", "mine", "--pattern", pattern, "--", sys.executable, "-c", script)
    assert "last training loss 0.3" in done.stderr


def test_interruptions_are_handed_to_the_command(tmp_path: Path) -> None:
    script = "import time\nfor i in range(1, 9999): print('epoch', i, 'loss', 1 / i); time.sleep(0.02)"
    words = [*DLTUI, "run", "--headless", "--name", "mine", "--", sys.executable, "-c", script]
    process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = tmp_path / "runs/mine" / STDOUT
    wait_until(lambda: output.exists() and b"epoch 5 " in output.read_bytes())
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert b"KeyboardInterrupt" in out and b"mine stopped" in err
