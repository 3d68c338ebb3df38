"""A person's folder in which files are called as ours, or as what we import: nothing of theirs is taken for it.

What is theirs stays theirs: the script that ``dltui run`` starts, and the files beside a task file, find their own.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from runlogs import wait_until

from dltui_trainers.runlog import METRICS, STDOUT, EndRecord, record_decoder

pytestmark = pytest.mark.slow

DLTUI = (sys.executable, "-P", "-c", "import sys; from dltui.cli import main; sys.exit(main())")
"""The command ``dltui``: as its script does, it does not look into the current folder."""
NAMES = (
    *("dltui/__init__.py", "dltui/data.py", "dltui/wrapped/__main__.py", "dltui.py", "dltui_trainers/__init__.py"),
    *("trainers/__init__.py", "tui/__init__.py", "formats.py", "utils.py", "worker.py", "runs/__init__.py"),
    *("torch.py", "numpy.py", "msgspec.py", "textual.py", "psutil.py", "tensorboard.py", "wandb.py"),
    *("types.py", "random.py", "queue.py", "json.py", "logging.py", "profile.py", "sitecustomize.py"),
)
"""Each of them ends the program that imports it."""
TASK = """
from pathlib import Path
import torch
from helper import SAMPLES  # of the person

def load(h):
    x = torch.randn(SAMPLES, 3)
    return x, (x.sum(1) > 0).long()
"""
RECORDED = """
import sys
from trainers.model import NAME  # of the person
from dltui_trainers.recorder import start_run

assert sys.modules.get("dltui") is None
with start_run(NAME) as run:
    for step in range(1, 11):
        run.log(step, train_loss=1 / step)
"""


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder of a person's in which every name is one of :data:`NAMES`."""
    for name in NAMES:
        write(tmp_path / name, f"raise SystemExit('{name} was imported')")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(folder: Path, words: Sequence[str]) -> str:
    """Run a command there, which must end well; return what it printed."""
    environment = {**os.environ, "DLTUI_RUNS": str(folder / "kept")}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "was imported" not in done.stdout + done.stderr
    return done.stdout


def end_of(run: Path) -> EndRecord:
    last = record_decoder.decode((run / METRICS).read_bytes().splitlines()[-1])
    assert isinstance(last, EndRecord)
    return last


def test_a_task_file_is_trained_and_mirrored(theirs: Path) -> None:
    write(theirs / "helper.py", "SAMPLES = 60")
    write(theirs / "task.py", TASK)
    run(
        theirs,
        [*DLTUI, "train", "task.py", "--headless", "--set", "epochs=2", "--mirror", "tensorboard", "--name", "a"],
    )
    assert end_of(theirs / "kept/a").status == "finished"
    assert "was imported" not in (theirs / "kept/a" / STDOUT).read_text()
    wait_until(lambda: list((theirs / "kept/a/tensorboard").glob("events.*")) != [])


def test_a_command_is_followed(theirs: Path) -> None:
    write(theirs / "train.sh", "for i in 1 2 3; do echo step $i loss 0.$i; done")
    told = run(theirs, [*DLTUI, "run", "--headless", "--name", "a", "--", "sh", "train.sh"])
    assert "step 3 loss 0.3" in told
    assert end_of(theirs / "kept/a").status == "finished"


@pytest.mark.long
def test_the_engine_of_a_guide_finds_ours(theirs: Path) -> None:
    told = run(theirs, [*DLTUI, "guide", "moons", "--headless", "--budget", "10s", "--name", "a"])
    assert "the final run" in told


@pytest.mark.parametrize("theirs_is", ["dltui/__init__.py", "dltui.py"])
def test_a_script_beside_a_dltui_of_its_own_imports_the_recorder_itself(tmp_path: Path, theirs_is: str) -> None:
    write(tmp_path / theirs_is, "raise SystemExit('theirs was imported')")
    write(tmp_path / "trainers/model.py", "NAME = 'mine'")
    write(tmp_path / "train.py", RECORDED)
    run(tmp_path, [sys.executable, "train.py"])
    assert (end_of(tmp_path / "kept/mine").status, end_of(tmp_path / "kept/mine").step) == ("finished", 10)


def test_so_it_does_where_it_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "dltui/__init__.py", "raise SystemExit('theirs was imported')")
    write(tmp_path / "trainers/model.py", "NAME = 'mine'")
    write(tmp_path / "train.py", RECORDED)
    run(tmp_path, [*DLTUI, "run", "--headless", "--name", "a", "--", sys.executable, "train.py"])
    assert end_of(tmp_path / "kept/a").step == 10  # the script has taken the folder over


def test_a_folder_of_data_called_dltui_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path / "dltui/data.csv", "1,2")
    write(tmp_path / "dltui/data.py", "THEIRS = 1")  # no __init__.py: no package
    write(tmp_path / "train.py", "import dltui\ndltui.start_run('mine').log(1, train_loss=1.0)")
    run(tmp_path, [sys.executable, "train.py"])
    assert end_of(tmp_path / "kept/mine").step == 1
