"""The borders of the house: what may be imported where, tried in a fresh interpreter."""

import subprocess
import sys

import pytest

WALK = """
import importlib, pkgutil, sys
roots, forbidden = sys.argv[1].split(","), sys.argv[2].split(",")
for root in roots:
    package = importlib.import_module(root)
    for module in pkgutil.walk_packages(package.__path__, root + "."):
        importlib.import_module(module.name)
found = sorted(name for name in sys.modules if name.split(".")[0] in forbidden or name in forbidden)
print(len(sys.modules), ",".join(found))
"""


def imported(roots: str, forbidden: str) -> str:
    """Import everything beneath ``roots``; return which of the ``forbidden`` modules came along."""
    done = subprocess.run([sys.executable, "-c", WALK, roots, forbidden], capture_output=True, text=True, check=True)
    modules, _, found = done.stdout.strip().partition(" ")
    assert int(modules) > 50  # something was imported at all
    return found


@pytest.mark.parametrize(
    ("roots", "forbidden"),
    [
        ("dltui", "torch"),
        ("dltui_trainers", "textual,dltui,plotext,rich"),
        ("dltui.series,dltui.charts", "textual,torch"),
    ],
)
def test_a_room_imports_nothing_beyond_its_border(roots: str, forbidden: str) -> None:
    assert imported(roots, forbidden) == ""


def test_the_walk_would_see_a_forbidden_import() -> None:
    assert "textual" in imported("dltui", "textual")


def test_the_pure_rooms_open_no_file() -> None:
    """``series`` reads no file: with ``open`` gone it still takes rows in and smooths them."""
    code = """
import builtins, io, os
import numpy as np
from dltui.runs.update import Batch, Rows
from dltui.series.state import RunState
def refuse(*_, **__): raise AssertionError("a file was opened")
builtins.open = io.open = os.open = refuse
steps = np.arange(100.0)
state = RunState()
values = {name: 1 / (1 + steps) for name in ("train_loss", "lr", "grad_norm", "update_ratio", "throughput")}
state.extend(Batch(steps=Rows(step=steps, epoch=steps / 10, time=steps, values=values)))
state.smooth_with(0.5)
assert state.step == 99
"""
    subprocess.run([sys.executable, "-c", code], check=True)
