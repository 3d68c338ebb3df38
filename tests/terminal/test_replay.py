"""A replay in a real terminal: from start to end at 100x, back again, and the timeline of findings."""

import re
from pathlib import Path

import pytest
from terminal.program import Program, assert_in_one_piece
from terminal.terminal import SIZES, Size, Terminal

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "samples" / "overfitting"
_STEP = re.compile(r"step (\d[\d ]*)/1 840")


def step_of(terminal: Terminal) -> int:
    """The step in the transport bar; -1 while there is none."""
    found = _STEP.search(terminal.text)
    return int(found[1].replace(" ", "")) if found else -1


def click(terminal: Terminal, row: int, column: int) -> None:
    """Press and release the left button in a cell, both counted from 0."""
    terminal.press(f"\x1b[<0;{column + 1};{row + 1}M", f"\x1b[<0;{column + 1};{row + 1}m")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_from_start_to_end_and_back(dltui: Program, size: Size) -> None:
    terminal = dltui("replay", str(SAMPLE), "--by", "steps", "--speed", "100", size=size)
    terminal.wait_for("▶ playing  100x by steps")
    terminal.wait_for("✓ finished")
    terminal.wait_for("■ at the end")
    terminal.wait_for(lambda: step_of(terminal) == 1840)
    terminal.wait_for("judged")
    terminal.wait_silent(0.5)
    rows = [index for index, line in enumerate(terminal.lines) if line.startswith("judged│")]
    assert "═ good fit ═" in terminal.lines[rows[0]] and "▀ overfitting ▀" in terminal.lines[rows[0]]
    assert "overfitting ━" in terminal.lines[rows[0] + 1]
    assert "▲ OVERFITTING" in terminal.text
    assert_in_one_piece(terminal)

    terminal.press("j", "j", "j", "j")
    terminal.wait_for(lambda: step_of(terminal) == 1472)
    terminal.wait_for("● running")
    terminal.press("home", "]")
    terminal.wait_for(lambda: 0 <= step_of(terminal) <= 23)
    terminal.wait_gone("▲ OVERFITTING")
    terminal.press("n", "n", "n")
    terminal.wait_for(lambda: step_of(terminal) == 667)
    terminal.wait_for("▲ OVERFITTING")

    middle = 7 + (size.columns - 7) // 2
    click(terminal, rows[0], middle)
    terminal.wait_for(lambda: abs(step_of(terminal) - 920) <= 40)
    bar = next(line for line in terminal.lines if line.strip().startswith("━"))
    assert abs(bar.index("●") - middle) <= 1
    terminal.press("escape")
    terminal.wait_for("0 runs in")
    terminal.press("q")
    assert terminal.wait_exit() == 0


def test_a_run_on_the_screen_is_played_again(dltui: Program) -> None:
    terminal = dltui(str(SAMPLE))
    terminal.wait_for("r Play")
    terminal.press("r")
    terminal.wait_for("▶ playing")
    terminal.press(" ")
    terminal.wait_for("▮▮ paused")
    terminal.press("escape")
    terminal.wait_for("✓ finished")
    assert_in_one_piece(terminal)
    terminal.press("q")
    assert terminal.wait_exit() == 0


def test_without_a_terminal_for_it_nothing_is_opened(dltui: Program) -> None:
    terminal = dltui("replay", str(SAMPLE), size=Size(40, 10))
    assert terminal.wait_exit() == 2
    assert "The terminal is 40x10" in bytes(terminal.raw).decode()
