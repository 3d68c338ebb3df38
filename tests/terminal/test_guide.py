"""A guide in a real terminal, from the list of runs to the final run; killed on the way, and gone on with."""

import os
import signal
from pathlib import Path

import pytest
from guide.sample import sample_guide
from terminal.program import Program, assert_in_one_piece
from terminal.terminal import SMALL, Size, Terminal

from dltui.guide.folder import is_at_work, read_guide, write_guide
from dltui.guide.state import Guide, GuideStatus

pytestmark = pytest.mark.slow

CTRL_S = "\x13"
GUIDE_S = 300.0
"""A loaded machine is slow to start a process; the budget of the guide is a fraction of that."""


def guide_in(runs: Path) -> Path:
    (folder,) = runs.glob("*-guide-*")
    return folder


def kill_engine(guide: Guide) -> None:
    assert guide.pid
    os.kill(guide.pid, signal.SIGKILL)


def goes_beyond(folder: Path, step: int) -> bool:
    guide = read_guide(folder)
    return guide.at is None or guide.at > step


@pytest.mark.long
def test_from_the_list_of_runs_to_the_final_run(dltui: Program, runs: Path) -> None:
    terminal = dltui("--runs", str(runs), size=SMALL)
    terminal.wait_for("No runs here yet")
    terminal.press("g")
    terminal.wait_for("Let the guide tune a task")
    terminal.press("down", "down", *"120")
    terminal.wait_for("the whole budget is kept")
    terminal.press("up", "up")
    choose_task(terminal, "moons")
    terminal.press(CTRL_S)
    terminal.wait_for("chosen so far")
    folder = guide_in(runs)
    one_round(terminal, folder)
    terminal.wait_for(lambda: goes_beyond(folder, 1), within_s=GUIDE_S)
    kill_engine(read_guide(folder))
    terminal.wait_for("† killed")
    assert not is_at_work(folder)
    terminal.press("c")
    terminal.wait_for("● running", within_s=GUIDE_S)
    sees_it_through(terminal, folder)
    terminal.press("escape")
    terminal.wait_for("1 run in")
    terminal.wait_for("✓ finished")
    assert "s3-" not in terminal.text
    terminal.press("q")
    assert terminal.wait_exit() == 0


def test_from_the_command_line_to_the_final_run(dltui: Program, runs: Path) -> None:
    words = ("guide", "polynomial", "--budget", "120", "--rounds", "1", "--name", "mine")
    terminal = dltui(*words, size=Size(120, 35))
    terminal.wait_for("chosen so far")
    sees_it_through(terminal, runs / "mine")
    terminal.press("q")
    assert terminal.wait_exit() == 0
    again = dltui("mine", size=Size(120, 35))
    again.wait_for("✓ finished")
    again.press("q")
    assert again.wait_exit() == 0


def sees_it_through(terminal: Terminal, folder: Path) -> None:
    """Wait for the end, look at every step, and at the final run."""
    terminal.wait_for("✓ finished", within_s=GUIDE_S)
    assert_in_one_piece(terminal)
    assert read_guide(folder).status is GuideStatus.FINISHED
    terminal.wait_for("6  curves")
    terminal.wait_for("Final run")
    for step, title in enumerate(TITLES):
        terminal.press(str(step))
        terminal.wait_for(f"{step}  {title}")
    terminal.press("f")
    terminal.wait_for("● val")
    terminal.press("escape")
    terminal.wait_for("6  curves")


def one_round(terminal: Terminal, folder: Path) -> None:
    """Edit it while it is at work: step 6 shall lead back once."""
    terminal.press("e")
    terminal.wait_for("Nothing is changed yet")
    terminal.press("up", "1")
    terminal.wait_for("rounds 30 → 1")
    terminal.press("enter")
    terminal.wait_for(lambda: read_guide(folder).options.rounds == 1, within_s=GUIDE_S)


TITLES = ("know the data", "initial loss", "small sample", "learning rate", "coarse grid", "refine", "curves")


def choose_task(terminal: Terminal, name: str) -> None:
    """Choose it in the list that the first field opens."""
    terminal.press("enter")
    terminal.wait_for(name)
    terminal.press(name, "enter")
    terminal.wait_for(f"a guide for {name}")


def test_a_guide_at_rest_sends_nothing(dltui: Program, runs: Path) -> None:
    (runs / "done").mkdir()
    write_guide(runs / "done", sample_guide(name="done"))
    terminal = dltui("done", size=Size(200, 50))
    terminal.wait_for("✓ finished")
    terminal.wait_silent(1.0)
    terminal.press("4")
    terminal.wait_for("4  coarse grid")
    terminal.wait_silent(1.0)
    terminal.press("q")
    assert terminal.wait_exit() == 0
