"""What goes over the line: little for a change, and nothing for none."""

from pathlib import Path

import pytest
from runlogs import Lock, append, end, step, whole_run, write_run
from terminal.program import Program, RunSeen
from terminal.terminal import LARGE, Terminal

pytestmark = pytest.mark.slow

CLEAR = b"\x1b[2J"
UPDATES = 10
BYTES_PER_UPDATE = 20_000
"""Far above what it is (see the benchmark) and far below a repaint of everything with its styles."""
SILENCE_S = 1.0


def test_following_neither_clears_nor_repaints(dltui: Program, runs: Path) -> None:
    folder = write_run(runs / "made", whole_run(900)[:-1], epochs=200)
    with Lock(folder):
        terminal = dltui("made", size=LARGE)
        terminal.wait_for("● running")
        terminal.wait_silent(SILENCE_S)
        seen = RunSeen(terminal)
        following = len(terminal.raw)
        for number in range(901, 901 + UPDATES):
            before = len(terminal.raw)
            append(folder, step(number, grad_norm=0.002))
            terminal.wait_for(lambda number=number: seen.step == number)
            assert len(terminal.raw) - before < BYTES_PER_UPDATE
        assert CLEAR not in terminal.raw[following:]
        append(folder, end())
        _assert_falls_silent(terminal)


def test_a_finished_run_sends_nothing(dltui: Program, runs: Path) -> None:
    write_run(runs / "made", whole_run())
    _assert_falls_silent(dltui("made", size=LARGE))


def _assert_falls_silent(terminal: Terminal) -> None:
    terminal.wait_for("✓ finished")
    terminal.wait_silent(SILENCE_S)
