"""16 colours and none at all: every screen comes up and says what it says in 256."""

from pathlib import Path

import pytest
from runlogs import Lock, whole_run, write_run
from terminal.program import Program, assert_in_one_piece, sgr_numbers
from terminal.terminal import SMALL, Terminal

pytestmark = pytest.mark.slow

ATTRIBUTES = {*range(10), *range(21, 30)}
DEFAULT_COLOURS = {39, 49}
SIXTEEN_COLOURS = {*range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)}

ENVIRONMENTS = {
    "16": ({"TERM": "xterm"}, ATTRIBUTES | DEFAULT_COLOURS | SIXTEEN_COLOURS),
    "none": ({"NO_COLOR": "1"}, ATTRIBUTES | DEFAULT_COLOURS),
    "none-of-16": ({"TERM": "xterm", "NO_COLOR": "1"}, ATTRIBUTES | DEFAULT_COLOURS),
}


@pytest.mark.parametrize(("environment", "allowed"), ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_all_screens_with_few_colours(
    dltui: Program, runs: Path, environment: dict[str, str], allowed: set[int]
) -> None:
    write_run(runs / "done", whole_run())
    with Lock(write_run(runs / "live", whole_run()[:-1])):
        terminal = dltui("live", environment=environment)
        _visit_the_run(terminal)
        terminal.press("escape")
        _visit_the_list(terminal)
        terminal.press("q")
        terminal.wait_for("live is still training.")
        terminal.press("enter")
        assert terminal.wait_exit() == 0
    assert sgr_numbers(bytes(terminal.raw)) <= allowed


def test_without_colour_the_cursor_of_the_list_is_seen(dltui: Program, runs: Path) -> None:
    write_run(runs / "one", whole_run())
    terminal = dltui(environment={"NO_COLOR": "1"})
    terminal.wait_for("1 run")
    terminal.wait_for(lambda: _reversed_cells(terminal) >= SMALL.columns // 2)


def _visit_the_run(terminal: Terminal) -> None:
    for fact in ("live", "● running", "epoch 10/10", "best 0.25", "loss (log)", "val", "since epoch"):
        terminal.wait_for(fact)
    assert_in_one_piece(terminal)
    for key, shown in (
        ("?", "Keys: run"),
        ("i", "batch_size"),
        ("o", "live/stdout.log"),
        ("e", "What it looks like"),
        ("a", "Advice: live"),
        ("ctrl+p", "Search"),
        ("k", "Stop live?"),
    ):
        terminal.press(key)
        terminal.wait_for(shown)
        terminal.press("escape")
        terminal.wait_gone(shown)
    terminal.press("d")
    terminal.wait_silent(0.3)
    assert_in_one_piece(terminal)


def _visit_the_list(terminal: Terminal) -> None:
    for fact in ("2 runs", "✓ finished", "● running", "done", "live"):
        terminal.wait_for(fact)
    assert_in_one_piece(terminal)
    terminal.press("n")
    terminal.wait_for("Ready: digits")
    assert_in_one_piece(terminal)
    terminal.press("escape")
    terminal.wait_for("2 runs")


def _reversed_cells(terminal: Terminal) -> int:
    rows = terminal.screen.buffer
    return sum(rows[row][column].reverse for row in range(SMALL.rows) for column in range(SMALL.columns))
