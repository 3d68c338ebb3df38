"""Which run a process on a GPU belongs to, told by real processes; the driver is made up."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from socket import gethostname

import psutil
import pytest
from runlogs import manifest

from dltui.catalog.summary import RunSummary
from dltui.processes.belonging import users_of
from dltui.processes.gpus import GpuProcess
from dltui.runs.status import RunStatus

RANKS = """
import subprocess, sys
ranks = [subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) for _ in "ab"]
print(*(each.pid for each in ranks), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def ranks() -> Iterator[tuple[int, int, int]]:
    """A launcher with two ranks beneath it, by their numbers."""
    launcher = subprocess.Popen([sys.executable, "-c", RANKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    first, second = map(int, launcher.stdout.readline().split())
    yield launcher.pid, first, second
    launcher.communicate("")
    assert not psutil.pid_exists(launcher.pid)


def run_of(pid: int, host: str = gethostname(), status: RunStatus = RunStatus.RUNNING) -> RunSummary:
    """Return a run whose log that process writes."""
    return RunSummary(folder=Path("runs/mine"), manifest=manifest(pid=pid, host=host), status=status)


def on(pid: int, gpu: int = 0, memory: int | None = 1000) -> GpuProcess:
    """Return a process that is on that GPU."""
    return GpuProcess(pid=pid, gpu=gpu, memory=memory)


def test_the_process_that_writes_the_log_is_that_of_the_run(ranks: tuple[int, int, int]) -> None:
    _, first, _ = ranks
    (user,) = users_of([on(first), on(first, gpu=2, memory=500)], [run_of(first)])
    assert (user.pid, user.gpus, user.memory, user.run) == (first, (0, 2), 1500, Path("runs/mine"))
    assert "sys.stdin.read()" in user.command


def test_a_worker_a_launcher_and_another_rank_belong_to_it_too(ranks: tuple[int, int, int]) -> None:
    launcher, first, second = ranks
    for writer, on_gpu in ((launcher, first), (first, launcher), (first, second)):
        (user,) = users_of([on(on_gpu)], [run_of(writer)])
        assert user.run == Path("runs/mine"), (writer, on_gpu)


def test_what_no_listed_run_writes_belongs_to_none(ranks: tuple[int, int, int]) -> None:
    _, first, _ = ranks
    here = run_of(first)
    for run in (run_of(2**22 + 1), run_of(first, host="elsewhere"), replace(here, status=RunStatus.FINISHED)):
        (user,) = users_of([on(first)], [run])
        assert user.run is None


def test_trainings_that_a_shell_started_are_not_taken_for_one(tmp_path: Path) -> None:
    words = f"{sys.executable} -c 'import sys; sys.stdin.read()' <&3 & echo $!; "
    shell = subprocess.Popen(
        ["sh", "-c", f"exec 3<&0; {words * 2} wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert shell.stdout is not None
    first, second = int(shell.stdout.readline()), int(shell.stdout.readline())
    (user,) = users_of([on(second)], [run_of(first)])
    assert user.run is None
    shell.communicate("")


def test_processes_of_others_and_those_that_are_gone_are_left_out(ranks: tuple[int, int, int]) -> None:
    _, first, _ = ranks
    assert users_of([on(2**22 + 1), on(-1)], []) == []
    assert users_of([on(first)], [], uid=os.getuid() + 1) == []


def test_memory_that_the_driver_does_not_tell_is_not_known(ranks: tuple[int, int, int]) -> None:
    _, first, _ = ranks
    (user,) = users_of([on(first, memory=None)], [])
    assert user.memory is None
