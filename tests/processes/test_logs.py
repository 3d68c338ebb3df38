"""Which logs a process writes, told by a real one."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dltui.cli import main
from dltui.errors import ProcessError
from dltui.processes.logs import logs_of, places_of
from dltui.processes.process import read_process

ROWS = "step,loss,val_loss\\n" + "".join(f"{at},{1 / at},{2 / at}\\n" for at in range(1, 9))

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a Python script that says when it is ready, then waits; it is ended with the test."""
    begun: list[subprocess.Popen[str]] = []

    def begin(script: str, folder: Path = tmp_path, **streams: object) -> "subprocess.Popen[str]":
        code = f"{script}\nimport sys\nopen('ready', 'w').close()\nsys.stdin.read()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "train.py", "--lr", "0.1"],
            cwd=folder,
            stdin=subprocess.PIPE,
            text=True,
            **streams,  # type: ignore[call-overload]
        )
        begun.append(process)
        while not (folder / "ready").exists():
            assert process.poll() is None
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def test_a_log_beneath_its_folder_is_found(start: Start, tmp_path: Path) -> None:
    script = f"import os; os.makedirs('out/a'); open('out/a/metrics.csv', 'w').write('{ROWS}')"
    seen = read_process(start(script).pid)
    assert logs_of(seen) == (tmp_path / "out" / "a" / "metrics.csv",)
    assert seen.told.endswith("train.py --lr 0.1") and seen.folder == tmp_path


def test_a_log_of_an_earlier_training_is_none_of_it(start: Start, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    old.write_text(ROWS.replace("\\n", "\n"))
    os.utime(old, (1e9, 1e9))
    assert logs_of(read_process(start("").pid)) == ()


def test_a_log_elsewhere_is_found_while_it_is_open(start: Start, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "work", tmp_path / "elsewhere.csv"
    folder.mkdir()
    script = f"log = open({str(elsewhere)!r}, 'w'); log.write('{ROWS}'); log.flush()"
    assert logs_of(read_process(start(script, folder).pid)) == (elsewhere,)


def test_what_it_prints_to_a_file_is_a_log(start: Start, tmp_path: Path) -> None:
    folder, printed = tmp_path / "work", tmp_path / "train.log"
    folder.mkdir()
    script = "for at in range(1, 9): print(f'step {at} loss {1 / at:.4f}', flush=True)"
    with printed.open("w") as out:
        assert logs_of(read_process(start(script, folder, stdout=out).pid)) == (printed,)


def test_a_log_of_a_process_beneath_it_is_its_own(start: Start, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "work", tmp_path / "elsewhere.csv"
    folder.mkdir()
    child = f"log = open({str(elsewhere)!r}, 'w'); log.write('{ROWS}'); log.flush(); open('begun', 'w'); input()"
    script = f"""
import os, subprocess, sys
held = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE)
while not os.path.exists('begun'): pass
"""
    assert logs_of(read_process(start(script, folder).pid)) == (elsewhere,)


def test_where_there_is_no_log_yet_its_folder_is_watched(start: Start, tmp_path: Path) -> None:
    assert places_of(read_process(start("").pid)).beneath == (tmp_path,)


def test_a_run_of_ours_is_its_folder(start: Start, tmp_path: Path) -> None:
    line = b'{"kind":"step","step":1,"time":1.0,"train_loss":1.0}\n'
    script = f"import os; os.makedirs('runs/mine'); log = open('runs/mine/metrics.jsonl', 'wb'); log.write({line!r});"
    assert logs_of(read_process(start(script + " log.flush()").pid)) == (tmp_path / "runs" / "mine",)


@pytest.mark.parametrize("pid", [2**22 + 1, -1, 10**30])
def test_what_is_no_process_is_told(pid: int) -> None:
    with pytest.raises(ProcessError, match=f"There is no process {pid}"):
        read_process(pid)


def test_a_process_that_has_ended_and_is_not_cleared_away_is_told(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(ProcessError, match="has ended"):
        read_process(process.pid)
    process.wait()


def test_the_command_follows_a_process(start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = f"open('metrics.csv', 'w').write('{ROWS}')"
    process = start(script)
    process.kill()
    process.wait()
    assert main(["watch", "--pid", str(process.pid)]) == 2
    assert "There is no process" in capsys.readouterr().err
    assert main(["watch"]) == 2
    assert "--pid" in capsys.readouterr().err
