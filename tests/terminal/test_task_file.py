"""What is wrong with a person's task file, as they see it: one sentence, and their traceback a key away."""

from pathlib import Path

import pytest
from terminal.program import Program, assert_in_one_piece
from terminal.terminal import Terminal

pytestmark = pytest.mark.slow

LOAD = """
import torch
from torch import nn
def load(h):
    x = torch.randn(60, 3)
    return x, (x.sum(1) > 0).long()
"""
IN_EPOCH_3 = """
hparams = {"epochs": 5, "batch_size": 48}
calls = 0
def loss(output, target):
    global calls
    calls += 1
    if calls == 4:
        raise RuntimeError("enough of it")
    return nn.functional.cross_entropy(output, target)
"""


@pytest.mark.parametrize(
    ("text", "told", "traceback"),
    [
        ("import no_such_thing\n" + LOAD, "task.py:1: ModuleNotFoundError", "import no_such_thing"),
        (LOAD + "while True: pass\n", "has not ended after 1 s; it is at task.py line 6", "while True: pass"),
        (LOAD + IN_EPOCH_3, "task.py:13 in loss: RuntimeError: enough of it", 'raise RuntimeError("enough of it")'),
    ],
    ids=["import error", "endless import", "epoch 3"],
)
def test_a_run_that_fails_shows_why(dltui: Program, runs: Path, text: str, told: str, traceback: str) -> None:
    (runs.parent / "task.py").write_text(text.lstrip())
    terminal = dltui("train", "task.py", environment={"DLTUI_IMPORT_LIMIT_S": "1"} if "while" in text else {})
    terminal.wait_for("✗ failed")
    terminal.wait_for(lambda: told in _in_one_line(terminal) and "(o shows stdout.log:" in _in_one_line(terminal))
    terminal.press("o")
    terminal.wait_for(traceback)
    assert_in_one_piece(terminal)


def _in_one_line(terminal: Terminal) -> str:
    return " ".join(" ".join(terminal.lines).split())


def test_a_typing_error_is_told_before_anything_starts(dltui: Program, runs: Path) -> None:
    (runs.parent / "task.py").write_text(LOAD + "def loss(output, target:\n    pass\n")
    terminal = dltui("train", "task.py")
    assert terminal.wait_exit() == 2
    assert "dltui: task.py:7: '(' was never closed" in terminal.text
    assert list(runs.iterdir()) == []
