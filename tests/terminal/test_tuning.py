"""A session of live tuning in a real terminal, from a learning rate far too high to a replay of how it was mended."""

import re
from pathlib import Path

import pytest
from terminal.program import Program, assert_in_one_piece, records, trainings
from terminal.terminal import NORMAL, Terminal

from dltui_trainers.runlog import EventRecord, StepRecord

pytestmark = pytest.mark.slow

FAR_TOO_HIGH = "epochs=10000 layers=1 activation=leaky_relu lr=0.3 weight_decay=0.001 schedule=constant"
CTRL_S = "\x13"


def train(dltui: Program) -> Terminal:
    settings = [word for setting in FAR_TOO_HIGH.split() for word in ("--set", setting)]
    return dltui("train", "digits", "--name", "mine", *settings, size=NORMAL)


def took_effect(terminal: Terminal, move: str) -> None:
    """Wait until the screen says since which step a change holds."""
    terminal.wait_for(lambda: re.search(rf"{re.escape(move)} since step \d", terminal.text) is not None)


@pytest.mark.long
def test_lowered_raised_undone_branched_and_replayed(dltui: Program, runs: Path) -> None:
    terminal = train(dltui)
    terminal.wait_for("▲ LEARNING RATE TOO HIGH")
    terminal.wait_for("lr 0.3 → 0.03  live")
    terminal.press("a")
    terminal.wait_for("Enter sets lr 0.3 → 0.03")
    terminal.press("enter")
    took_effect(terminal, "lr 0.3 → 0.03")
    terminal.wait_for("lr 0.3→0.03 (you)")  # marked on the chart
    terminal.wait_for("✓ lr 0.3 → 0.03")
    terminal.wait_for("helped")
    terminal.wait_for("0.03 (was 0.3)")

    terminal.press("l")
    terminal.wait_for("Nothing is changed yet")
    terminal.press(">", ">")
    terminal.wait_for("lr 0.03 → 3")
    terminal.press("enter", "enter")
    took_effect(terminal, "lr 0.03 → 3")
    terminal.wait_for("hurt")
    terminal.wait_for("u undoes it")

    terminal.press("u")
    terminal.wait_for("Undo lr 0.03 → 3?")
    terminal.press("enter")
    terminal.wait_for("back to step")
    terminal.wait_for("┈ undone")  # what it did stays on the chart, faintly

    terminal.press("b")
    terminal.wait_for("✓ Goes on from step")
    terminal.press(CTRL_S)
    terminal.wait_for("mine is still training")
    terminal.press("l")
    terminal.wait_for("from mine at step")
    terminal.wait_for("○ mine")  # the parent's curve, from the branching point on
    terminal.press("escape")
    terminal.wait_for("└ mine-2")
    assert_in_one_piece(terminal)

    for process in trainings(runs):
        process.terminate()
    terminal.wait_for(lambda: terminal.text.count("■ stopped") == 2)
    terminal.press("q")
    assert terminal.wait_exit() == 0
    _came_to_what_was_told(runs / "mine")

    again = dltui("replay", str(runs / "mine"), "--speed", "1000", size=NORMAL)
    again.wait_for("■ at the end")
    again.wait_for("┈ undone")
    again.wait_for("lr 0.3→0.03 (you)")
    again.press("h")
    again.wait_for("you · helped")
    again.wait_for("you · hurt, undone")
    again.press("escape", "escape")
    again.wait_for("runs in")
    again.press("q")
    assert again.wait_exit() == 0


def _came_to_what_was_told(run: Path) -> None:
    """The first step after each change has the value that the answer tells."""
    logged = records(run)
    told = [each for each in logged if isinstance(each, EventRecord) and each.hparam == "lr"]
    assert [(each.from_, each.to, each.by) for each in told] == [(0.3, 0.03, "user"), (0.03, 3.0, "user")]
    for event in told:
        after = next(each for each in logged[logged.index(event) :] if isinstance(each, StepRecord))
        assert after.step > event.step and after.lr == event.to
    undo = next(each for each in logged if isinstance(each, EventRecord) and each.name == "undo")
    assert undo.to == told[1].step
    back = next(each for each in logged[logged.index(undo) :] if isinstance(each, StepRecord))
    assert back.step > told[1].step and back.lr == 0.03
