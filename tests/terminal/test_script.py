"""A person's own script with the lines of dltui in it, and 'dltui RUN' beside it in a real terminal."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from runlogs import wait_until
from terminal.program import Program, RunSeen, assert_in_one_piece, records
from terminal.terminal import SIZES, Size, Terminal

from dltui_trainers.runlog import EndRecord, EventRecord, StepRecord

pytestmark = pytest.mark.slow

SCRIPT = """
import time
import torch
from torch import nn
import dltui  # <--

torch.manual_seed(0)
x = torch.randn(64, 4)
y = x.sum(1, keepdim=True)
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)

run = dltui.start_run("mine", hparams={"lr": 1e-5})  # <--
run.watch(model, optimizer)  # <--
step, lr = 0, None
while not run.should_stop:  # <--
    run.pause_point()  # <--
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    time.sleep(0.002)  # so that there is something to watch
    step += 1
    run.log(step, train_loss=loss.item())  # <--
    if step % 50 == 0:
        run.log(step, val_loss=loss.item() * 1.01)  # <--
    if (now := optimizer.param_groups[0]["lr"]) != lr:
        lr = now
        print("the optimiser has lr", lr, flush=True)
print("the loop has ended", flush=True)
"""
Begin = Callable[[str], Path]


@pytest.fixture
def script(runs: Path) -> Iterator[Begin]:
    """Call it with the source of a script, and it runs; what it prints is in the file that is returned."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(source: str) -> Path:
        path = runs.parent / "train.py"
        path.write_text(source)
        printed = runs.parent / "printed"
        with printed.open("wb") as file:
            words = [sys.executable, str(path)]
            environment = {**os.environ, "DLTUI_RUNS": str(runs)}
            started.append(subprocess.Popen(words, stdout=file, stderr=file, cwd=runs.parent, env=environment))
        wait_until(lambda: (runs / "mine" / "run.json").exists() or started[-1].poll() is not None)
        return printed

    yield begin
    for process in started:
        process.kill()
        process.wait()


def raise_lr(terminal: Terminal) -> None:
    """Set a learning rate a thousand times as high, by keys alone."""
    terminal.press("l")
    terminal.wait_for("Nothing is changed yet")
    terminal.press(">", ">", ">")
    terminal.wait_for("lr 1e-5 → 0.01")
    terminal.press("enter")
    terminal.wait_for("Enter sets it")
    terminal.press("enter")


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
def test_watched_diagnosed_tuned_paused_and_stopped(dltui: Program, runs: Path, script: Begin, size: Size) -> None:
    printed = script(SCRIPT)
    terminal = dltui("mine", size=size)
    seen = RunSeen(terminal)
    terminal.wait_for("● running")
    first = seen.step
    terminal.wait_for(lambda: seen.step > first + 200)  # it grows as one looks
    terminal.wait_for("▲ LEARNING RATE TOO LOW")

    raise_lr(terminal)
    terminal.wait_for("lr 1e-5→0.01 (you)")  # marked on the chart
    wait_until(lambda: "the optimiser has lr 0.01" in printed.read_text())

    terminal.press("m")
    terminal.wait_for("2.weight")
    terminal.press("escape")
    terminal.wait_for("loss (log)")

    terminal.press(" ")
    terminal.wait_for("‖ paused")
    held = _last_step(runs)
    terminal.press(" ")
    terminal.wait_for("● running")
    wait_until(lambda: _last_step(runs) > held)

    terminal.press("k")
    terminal.wait_for("Its script is told so")
    terminal.press("y")
    terminal.wait_for("■ stopped")
    wait_until(lambda: "the loop has ended" in printed.read_text())
    assert_in_one_piece(terminal)
    terminal.press("q")
    assert terminal.wait_exit() == 0
    _assert_log_tells_it(runs)


def _last_step(runs: Path) -> int:
    return max(each.step for each in records(runs / "mine") if isinstance(each, StepRecord))


def _assert_log_tells_it(runs: Path) -> None:
    logged = records(runs / "mine")
    events = [each for each in logged if isinstance(each, EventRecord) and each.by == "user"]
    assert [each.name for each in events] == ["set", "paused", "resumed", "stop"]
    change, paused, resumed, _ = events
    assert (change.hparam, change.from_, change.to) == ("lr", 1e-5, 0.01)
    steps = [each for each in logged if isinstance(each, StepRecord)]
    assert {each.lr for each in steps if each.step <= change.step} == {1e-5}
    assert {each.lr for each in steps if each.step > change.step} == {0.01}
    meanwhile = logged[logged.index(paused) : logged.index(resumed)]
    assert not any(isinstance(each, StepRecord) for each in meanwhile)
    last = logged[-1]
    assert isinstance(last, EndRecord) and last.status == "stopped"


FAILING = """
import dltui
with dltui.start_run("mine") as run:
    for step in range(1, 100):
        run.log(step, train_loss=1 / step)
    {}["lr"]
"""


def test_a_failure_is_told_and_its_traceback_is_a_key_away(dltui: Program, script: Begin) -> None:
    script(FAILING)
    terminal = dltui("mine")
    terminal.wait_for("✗ Failed: train.py:6: KeyError: 'lr' (o shows stdout.log:1)")
    terminal.press("o")
    terminal.wait_for("line 6, in <module>")
    assert_in_one_piece(terminal)
