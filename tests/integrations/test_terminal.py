"""The sample scripts of the frameworks as they are, with 'dltui RUN' beside each in a real terminal."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest
from terminal.program import Program, RunSeen, assert_in_one_piece

from dltui_trainers.runlog import EventRecord, StepRecord
from integrations.person import ROOT, all_runs, only_run, records, until

pytestmark = pytest.mark.slow

SAMPLES = ROOT / "samples" / "scripts"


@pytest.fixture
def dltui(runs: Path) -> Iterator[Program]:
    """Call it with the words of a command line: the terminal in which dltui runs them."""
    runs.mkdir()
    with ExitStack() as terminals:
        yield Program(runs, terminals)


@pytest.fixture(params=["lightning", "transformers", "keras"])
def training(request: pytest.FixtureRequest, runs: Path, dltui: Program) -> Iterator[Path]:
    """The folder of the run that a sample script has begun."""
    if find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    words = [sys.executable, str(SAMPLES / f"{request.param}_example.py")]
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    with (runs.parent / "printed").open("wb") as printed:
        process = subprocess.Popen(words, stdout=printed, stderr=printed, cwd=runs.parent, env=environment)
    try:
        until(lambda: process.poll() is not None or all_runs(runs))
        assert process.poll() is None, (runs.parent / "printed").read_text()
        yield only_run(runs)
    finally:
        process.kill()
        process.wait()


def test_it_is_shown_live_and_its_learning_rate_is_set_by_a_key(training: Path, dltui: Program) -> None:
    terminal = dltui(training.name)
    seen = RunSeen(terminal)
    terminal.wait_for("● running")
    terminal.wait_for(lambda: seen.step > 10)
    first = seen.step
    terminal.wait_for(lambda: seen.step > first)  # it grows as one looks
    terminal.wait_for("█ ")  # a diagnosis

    terminal.press("l")
    terminal.wait_for("Nothing is changed yet")
    terminal.press("<")
    terminal.wait_for("lr ●")
    terminal.press("enter")
    terminal.wait_for("Enter sets it")
    terminal.press("enter")
    terminal.wait_for("(you)")  # marked on the chart
    terminal.press("m")
    terminal.wait_for("model ─")
    terminal.press("escape")
    assert_in_one_piece(terminal)

    [change] = (each for each in records(training) if isinstance(each, EventRecord) and each.name == "set")
    assert change.done and change.hparam == "lr"
    after = until(lambda: _rates(training, change.step))
    assert 0 < after[0] < 0.5 * max(_rates(training, 0, change.step))


def _rates(run: Path, after: int, until_step: int | None = None) -> list[float]:
    """The learning rates that the optimiser had at the steps after one, and up to another."""
    return [
        each.lr
        for each in records(run)
        if isinstance(each, StepRecord)
        and each.lr is not None
        and each.step > after
        and (until_step is None or each.step <= until_step)
    ]
