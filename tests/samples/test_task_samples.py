"""The task files among the samples: each is trained whole by the real worker, and learns what it is about."""

import subprocess
import sys
from pathlib import Path

import pytest

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Verdict
from dltui.runs.follow import FolderWatch
from dltui.series.state import RunState
from dltui_trainers.named_task import find_task

SAMPLES = Path(__file__).parents[2] / "samples"
LEARNED = {"own_task": 0.1, "image_folder": 0.1, "wine_strength": 0.6, "help_topics": 0.6}
"""By task: the validation loss at its best, as a share of what it was before the first step, is below."""


def trained(name: str, folder: Path, *settings: str) -> RunState:
    """The run of the sample of that name, trained from ``folder``."""
    words = [sys.executable, "-P", "-m", "dltui_trainers.worker", "run", str(SAMPLES / "tasks" / f"{name}.py")]
    words += [word for setting in settings for word in ("--set", setting)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    state = RunState()
    state.take(FolderWatch(folder / "run").look())
    return state


@pytest.mark.parametrize("name", LEARNED)
def test_a_sample_is_described_and_its_command_is_told(name: str) -> None:
    task = find_task(str(SAMPLES / "tasks" / f"{name}.py"))
    assert task.own and not task.summary.startswith("your own task")
    assert all(own.help != "of this task" for own in task.own)
    assert f"`dltui train samples/tasks/{name}.py`" in (SAMPLES / "README.md").read_text()


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("name", LEARNED)
def test_a_sample_learns_what_it_is_about(name: str, tmp_path: Path) -> None:
    state = trained(name, tmp_path)
    diagnosis = examine(state)
    assert state.status == "finished" and state.best is not None
    assert state.best.val_loss < LEARNED[name] * float(state.val_loss.raw.values[0])
    assert diagnosis.verdict in (Verdict.GOOD_FIT, Verdict.OVERFITTING), diagnosis.findings
    assert not [each for each in diagnosis.findings if each.severity is Severity.CRITICAL]


@pytest.mark.slow
def test_the_images_of_a_folder_of_ones_own_are_read(tmp_path: Path) -> None:
    for number, name in enumerate(("dark", "light")):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for each in range(20):
            content = b"P5\n6 4\n255\n" + bytes([9 + 200 * number + each] * 24)
            (tmp_path / "pictures" / name / f"{each}.pgm").write_bytes(content)
    state = trained("image_folder", tmp_path, "folder=pictures", "max_steps=3")
    assert state.manifest is not None and state.manifest.data is not None
    data = state.manifest.data
    assert (data.n_train, data.n_val, data.classes, data.input_shape) == (32, 8, 2, [1, 4, 6])
