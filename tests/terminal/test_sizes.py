"""Terminals that are too small, or none; and one that is made small and large again."""

import subprocess
from pathlib import Path

import pytest
from runlogs import Lock, whole_run, write_run
from terminal.program import Program, assert_in_one_piece
from terminal.terminal import DLTUI, LARGE, SMALL, Size

pytestmark = pytest.mark.slow

TINY = Size(40, 10)


@pytest.mark.parametrize("words", [[], ["train", "digits"]], ids=["browse", "train"])
def test_too_small_is_one_sentence(dltui: Program, runs: Path, words: list[str]) -> None:
    terminal = dltui(*words, size=TINY)
    assert terminal.wait_exit() == 2
    said = bytes(terminal.raw).decode()
    assert "The terminal is 40x10" in said
    assert "\x1b" not in said
    assert said.count("\n") == 1
    assert not list(runs.iterdir())


@pytest.mark.parametrize("words", [[], ["train", "digits"]], ids=["browse", "train"])
def test_no_terminal_is_one_sentence(runs: Path, words: list[str]) -> None:
    done = subprocess.run(
        [*DLTUI, *words, "--runs", str(runs)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("dltui: There is no terminal here")
    assert done.stderr.count("\n") == 1
    assert not list(runs.iterdir())


def test_made_small_and_large_again_while_running(dltui: Program, runs: Path) -> None:
    folder = write_run(runs / "made", whole_run()[:-1])
    with Lock(folder):
        terminal = dltui("made", size=SMALL)
        terminal.wait_for("● running")
        for size in (TINY, Size(1, 1), TINY):
            terminal.resize(size)
            terminal.wait_silent(0.3)
            assert terminal.child.isalive()
        for size in (LARGE, SMALL):
            terminal.resize(size)
            terminal.wait_for("● running")
            terminal.wait_silent(0.3)
            assert_in_one_piece(terminal)
            assert "epoch 10/10" in terminal.lines[0]
        terminal.press("y")
        terminal.wait_gone("loss (log)")
