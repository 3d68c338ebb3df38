"""Several processes of one training (torch.distributed): what one is asked for, all do, at the same step."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dltui.runs.control import ask
from dltui_trainers.runlog import StepRecord
from recorder.kept import read_log, script_environment
from recorder.scripted import events

PATIENCE_S = 120.0
SCRIPT = """
import os, sys, time
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from dltui_trainers.recorder import start_run
dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(0)
run = start_run("ddp")
model = DistributedDataParallel(torch.nn.Linear(4, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
run.watch(model, optimizer)
out = open(f"rank{rank}.txt", "w", buffering=1)
print(os.getpid(), file=out)
step = 0
while not (ASKS and run.should_stop):
    if ASKS:
        run.pause_point()
    optimizer.zero_grad()
    loss = model(torch.randn(8, 4)).square().mean()
    torch.autograd.backward(loss)
    optimizer.step()
    step += 1
    run.log(step, train_loss=loss.item())
    print(step, optimizer.param_groups[0]["lr"], file=out)
run.finish()
print("end", step, file=out)
dist.destroy_process_group()
"""


@pytest.fixture
def train(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*, asks: bool = True) -> "subprocess.Popen[bytes]":
        (tmp_path / "script.py").write_text(f"ASKS = {asks}\n{SCRIPT}")
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "script.py"]
        environment = script_environment(OMP_NUM_THREADS="1")
        with (tmp_path / "said").open("wb") as said:
            started.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=said))
        wait_for(lambda: (tmp_path / "rank1.txt").exists() and len(rows(tmp_path, 1)) > 3)
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def rows(folder: Path, rank: int) -> list[list[str]]:
    """What one of the processes printed: its whole lines, after the first."""
    return [line.split() for line in (folder / f"rank{rank}.txt").read_text().split("\n")[1:-1]]


def answered(folder: Path, command: str, hparam: str | None = None, value: float | None = None) -> bool:
    id = ask(folder, command, hparam=hparam, value=value)
    wait_for(lambda: any(each.id == id for each in events(folder)))
    (answer,) = (each for each in events(folder) if each.id == id)
    return answer.done


@pytest.mark.slow
def test_all_processes_set_the_same_at_the_same_step_pause_and_stop(
    tmp_path: Path, train: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    process, run = train(), tmp_path / "runs" / "ddp"
    assert answered(run, "set", "lr", 0.03)
    assert not answered(run, "set", "lr", -1)
    assert answered(run, "pause")
    assert answered(run, "set", "lr", 0.01)
    assert answered(run, "resume")
    assert answered(run, "stop")
    assert process.wait(PATIENCE_S) == 0, (tmp_path / "said").read_text()
    first, second = rows(tmp_path, 0), rows(tmp_path, 1)
    assert first == second and first[-1][0] == "end"
    rates = [row[1] for row in first[:-1]]
    assert rates[0] == "0.1" and rates[-1] == "0.01" and {*rates} <= {"0.1", "0.03", "0.01"}
    logged = [each for each in read_log(run) if isinstance(each, StepRecord)]
    assert [each.step for each in logged] == list(range(1, int(first[-1][1]) + 1))
    assert sorted(each.name for each in (tmp_path / "runs").iterdir()) == ["ddp"]


@pytest.mark.long
@pytest.mark.slow
def test_where_the_processes_never_meet_a_command_is_refused(
    tmp_path: Path, train: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    train(asks=False)
    run = tmp_path / "runs" / "ddp"
    assert not answered(run, "set", "lr", 0.03)
    assert "each of them calls run.should_stop or run.pause_point()" in events(run)[-1].reason
    assert {row[1] for row in rows(tmp_path, 0)} == {"0.1"}


@pytest.mark.slow
def test_a_process_that_is_killed_takes_nothing_of_the_log(
    tmp_path: Path, train: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    process = train()
    os.kill(int((tmp_path / "rank1.txt").read_text().split()[0]), signal.SIGKILL)
    assert process.wait(PATIENCE_S) != 0
    printed = [int(row[0]) for row in rows(tmp_path, 0) if row[0] != "end"]
    logged = [each.step for each in read_log(tmp_path / "runs" / "ddp") if isinstance(each, StepRecord)]
    assert logged[: len(printed)] == printed and len(logged) - len(printed) in (0, 1)
