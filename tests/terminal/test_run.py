"""A script of a person's own in a real terminal: followed, left, found again, paused and stopped."""

import sys
from pathlib import Path

import psutil
import pytest
from runlogs import wait_until
from terminal.program import Program, RunSeen, assert_in_one_piece, records
from terminal.terminal import SIZES, Size

from dltui.runs.reader import read_manifest
from dltui_trainers.runlog import EndRecord, StepRecord

pytestmark = pytest.mark.slow

SCRIPT = """\
import os, time
print("Namespace(lr=0.1, epochs=4000)", os.environ["COLUMNS"])
for i in range(1, 4001):
    print(f"epoch {i} loss {1 / i:.4f} val_loss {1 / i + 0.1:.4f}")
    time.sleep(0.02)
"""


@pytest.fixture
def script(runs: Path) -> Path:
    """A script in the folder in which dltui is started; what is left of it at the end is cleared away."""
    path = runs.parent / "train.py"
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_follow_leave_come_back_pause_and_stop(dltui: Program, runs: Path, script: Path, size: Size) -> None:
    terminal = dltui("run", "--name", "story", "--", sys.executable, script.name, size=size)
    seen = RunSeen(terminal)
    terminal.wait_for("● running")
    terminal.wait_for(lambda: seen.step > 10)
    assert_in_one_piece(terminal)
    assert str(size.columns) in (runs / "story" / "stdout.log").read_text().splitlines()[0].split()
    terminal.press("q")
    terminal.wait_for("story is still training.")
    terminal.press("enter")
    assert terminal.wait_exit() == 0
    manifest = read_manifest(runs / "story")
    assert manifest is not None and psutil.pid_exists(manifest.pid)

    listed = dltui(size=size)
    listed.wait_for("story")
    listed.press("enter")
    listed.wait_for("● running")
    listed.press(" ")
    listed.wait_for("‖ paused")
    listed.press(" ")
    listed.wait_for("● running")
    listed.press("k")
    listed.wait_for("Stop story?")
    listed.press("y")
    listed.wait_for("■ stopped")
    wait_until(lambda: not psutil.pid_exists(manifest.pid))
    log = records(runs / "story")
    assert isinstance(log[-1], EndRecord) and log[-1].status == "stopped"
    steps = [each.step for each in log if isinstance(each, StepRecord)]
    assert steps == list(range(1, len(steps) + 1))


def test_a_script_that_fails_tells_why(dltui: Program, script: Path) -> None:
    script.write_text("raise ValueError('no data in /data')\n")
    terminal = dltui("run", "--name", "story", "--", sys.executable, script.name)
    terminal.wait_for("✗ failed")
    terminal.wait_for("ValueError: no data in /data (exit status 1)")
    terminal.press("q")
    assert terminal.wait_exit() == 0
