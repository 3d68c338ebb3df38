"""Either side may die, and the other stands: nothing that was logged is lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from runlogs import append, wait_until
from terminal.program import Program, RunSeen, records, trainings
from terminal.terminal import Terminal

from dltui_trainers.runlog import METRICS

pytestmark = pytest.mark.slow


def _start(dltui: Program) -> Terminal:
    terminal = dltui("train", "digits", "--set", "epochs=100000", "--name", "story")
    RunSeen(terminal).wait_epoch(0)
    return terminal


def _wait_more_is_logged(run: Path) -> None:
    log = run / METRICS
    before = log.stat().st_size
    wait_until(lambda: log.stat().st_size > before)


def test_kill_9_of_both_loses_no_record(dltui: Program, runs: Path) -> None:
    terminal = _start(dltui)
    os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.wait_exit() == -signal.SIGKILL
    _wait_more_is_logged(runs / "story")

    (training,) = trainings(runs)
    training.kill()
    wait_until(lambda: not trainings(runs))
    last = records(runs / "story")[-1]
    append(runs / "story", b'{"kind":"step","step":')  # what a machine that lost its power may leave

    again = dltui("story")
    again.wait_for("† killed")
    again.wait_for("Killed at step")
    again.wait_silent(0.3)
    assert RunSeen(again).step == last.step


@pytest.fixture(params=[signal.SIG_DFL, signal.SIG_IGN], ids=["as usual", "beneath nohup"])
def hang_up_signal(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the interface inherits: it must end with its terminal even where its parents would not."""
    before = signal.signal(signal.SIGHUP, request.param)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hang_up_signal")
def test_a_lost_line_leaves_the_training_running(dltui: Program, runs: Path) -> None:
    terminal = _start(dltui)
    terminal.hang_up()
    assert terminal.wait_exit() != 0
    _wait_more_is_logged(runs / "story")
    assert len(trainings(runs)) == 1
    dltui("story").wait_for("● running")


def test_a_killed_training_is_told_while_it_is_watched(dltui: Program, runs: Path) -> None:
    terminal = _start(dltui)
    (training,) = trainings(runs)
    training.kill()
    terminal.wait_for("† killed")
    terminal.press("q")
    assert terminal.wait_exit() == 0
