"""The borders of the house: what may be imported where, tried in a fresh interpreter."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

WALK = """
import importlib, pkgutil, sys
NEED_A_FRAMEWORK = ["dltui_trainers.integrations." + name for name in ("keras", "lightning", "transformers")]
NEED_A_FRAMEWORK += ["dltui.search.engines.ray.experiment"]
roots, forbidden = sys.argv[1].split(","), sys.argv[2].split(",")
for root in roots:
    package = importlib.import_module(root)
    for module in pkgutil.walk_packages(package.__path__, root + "."):
        if module.name not in NEED_A_FRAMEWORK:
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
        ("dltui.formats", "textual,torch,plotext"),
        ("dltui.cache", "textual,torch,plotext"),
        ("dltui.diagnosis", "textual,torch,plotext"),
        ("dltui.interventions", "textual,torch,plotext"),
        ("dltui.advice", "textual,torch,plotext"),
        ("dltui.compare", "textual,torch,plotext"),
        ("dltui.guide", "textual,torch"),
        ("dltui.search,dltui.tune", "textual,torch"),
        ("dltui.model", "textual,torch"),
        ("dltui.texts", "textual,torch,plotext"),
        ("dltui.report,dltui.export,dltui.mirror", "textual,torch"),
        ("dltui.catalog,dltui.alerts,dltui.replay,dltui.processes,dltui.wrapped", "textual,torch"),
        ("dltui.services", "textual,torch,numpy"),
    ],
)
def test_a_room_imports_nothing_beyond_its_border(roots: str, forbidden: str) -> None:
    assert imported(roots, forbidden) == ""


ORDER = (
    (
        "cache",
        "errors",
        "following",
        "formatting",
        "log_options",
        "paths",
        "quick",
        "saving",
        "supervising",
        "terminal",
        "text",
        "wrap",
    ),
    ("runs",),
    ("series",),
    ("formats", "charts", "export"),
    ("replay", "mirror"),
    ("diagnosis",),
    ("interventions",),
    ("advice", "signs"),
    ("texts",),
    ("guide",),
    ("search",),
    ("tune",),
    ("compare", "report", "catalog"),
    ("model",),
    ("alerts", "processes", "wrapped"),
    ("messages", "services", "themes"),
    ("widgets",),
    ("screens",),
    ("navigation",),
    ("app",),
    ("cli",),
)
"""The rooms as the data goes: each imports from those before it alone. Within a row none imports another's files, but
for the first, which is what stands in no room."""


def test_imports_go_one_way() -> None:
    place = {room: row for row, rooms in enumerate(ORDER) for room in rooms}
    root = Path(__file__).parents[1] / "tui" / "dltui"
    backwards = []
    for file in root.rglob("*.py"):
        room = file.relative_to(root).parts[0].removesuffix(".py")
        for imported_room in set(re.findall(r"^\s*(?:from|import) dltui\.(\w+)", file.read_text(), re.MULTILINE)):
            later = place[imported_room] > place.get(room, -1)
            beside = place[imported_room] == place.get(room, -1) > 0 and imported_room != room
            if room != "__init__" and (later or beside):
                backwards.append(f"{file.relative_to(root)} imports {imported_room}")
    assert backwards == []


def test_the_walk_would_see_a_forbidden_import() -> None:
    assert "textual" in imported("dltui", "textual")


def test_the_pure_rooms_open_no_file() -> None:
    """With ``open`` gone ``series`` takes rows in, ``diagnosis`` and ``interventions`` judge, ``advice`` has some."""
    code = """
import builtins, io, os
import numpy as np
from dltui.advice.lint import lint
from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Verdict
from dltui.interventions.effect import Outcome, effects
from dltui.runs.update import Batch, Rows
from dltui.series.state import RunState
from dltui_trainers.configure import configure
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import EventRecord
def refuse(*_, **__): raise AssertionError("a file was opened")
builtins.open = io.open = os.open = refuse
steps = np.arange(100.0)
state = RunState()
values = {name: 1 / (1 + steps) for name in ("train_loss", "lr", "grad_norm", "update_ratio", "throughput")}
state.extend(Batch(steps=Rows(step=steps, epoch=steps / 10, time=steps, values=values)))
state.smooth_with(0.5)
assert state.step == 99
names = ("val_accuracy", "val_precision", "val_recall", "train_accuracy")
ends = np.arange(10.0, 100.0, 3.0)
loss = 0.1 + abs(ends - 40) / 50
values = {"val_loss": loss, **{name: 1 - loss / 2 for name in names}}
state.extend(Batch(evals=Rows(step=ends, epoch=ends / 10, time=ends, values=values)))
state.told_hparams = {"lr": 0.5, "optimizer": "adam", "dropout": 0.0, "epochs": 30, "layers": 2, "norm": "none"}
diagnosis = examine(state, other=state)
assert diagnosis.verdict is Verdict.OVERFITTING
assert prescribe(state, diagnosis)
assert examine(state, 40).verdict is not Verdict.OVERFITTING
state.extend(Batch(events=(EventRecord(step=50, time=50.0, name="set", hparam="dropout", to=0.5, id=1),)))
[(_, effect)] = effects(state)
assert effect is not None and effect.outcome is Outcome.NO_CLEAR_EFFECT
task = TASKS["digits"]
assert lint(task, configure(task, {"lr": "90"})[0])
"""
    subprocess.run([sys.executable, "-c", code], check=True)
