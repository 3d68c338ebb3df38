"""A task file is trained as our own tasks are: to the bit, live, from a checkpoint, beside whatever else there is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dltui_trainers.errors import OriginError, TaskFileError
from dltui_trainers.origin import Origin
from dltui_trainers.plan import plan, read_parent
from dltui_trainers.runlog import EvalRecord, MetricsRecord
from dltui_trainers.worker import BAD_USAGE, DONE
from trainers.scripts import (
    Script,
    answers,
    asked,
    assert_same_end,
    end_of,
    measured,
    train,
)
from trainers.taskfiles import LOAD, SOUND, write
from trainers.trainings import read_log

pytestmark = pytest.mark.usefixtures("alone")
SETTINGS: dict[str, object] = {"log_every": 1, "dropout": 0.2, "augment": "jitter,mixup", "lr": 0.01, "epochs": 5}
MUCH: Script = (
    (2, asked("set", lr=0.5)),
    (4, asked("undo")),
    (7, asked("checkpoint")),
    (8, asked("set", dropout=0.7, batch_size=30)),
    (10, asked("undo")),
)


def test_changes_undone_and_a_continuation_are_exact(tmp_path: Path) -> None:
    task = write(tmp_path, SOUND)
    whole = train(tmp_path / "whole", task=task, **SETTINGS)
    touched = train(tmp_path / "touched", MUCH, task=task, **SETTINGS)
    assert all(answer.done for answer in answers(touched) if answer.id is not None)
    assert measured(touched) == measured(whole)
    assert_same_end(touched, whole)
    stopped = train(tmp_path / "stopped", [(13, asked("stop"))], task=task, **SETTINGS)
    continued = train(tmp_path / "continued", origin=stopped, at="last", task=task)
    branch = train(tmp_path / "branch", origin=touched, at=7, task=task)
    for run, after in ((continued, 13), (branch, 7)):
        assert measured(run, after=after) == measured(whole, after=after)
        assert_same_end(run, whole, but=("best", "settings"))


def test_dropout_that_is_turned_live_is_that_of_a_branch(tmp_path: Path) -> None:
    task = write(tmp_path, SOUND)
    live = train(tmp_path / "live", [(6, asked("set", dropout=0.6))], task=task, **SETTINGS)
    assert measured(live, after=6) != measured(train(tmp_path / "whole", task=task, **SETTINGS), after=6)
    branch = train(tmp_path / "branch", origin=live, at=6, task=task, dropout=0.6)
    assert measured(branch, after=6) == measured(live, after=6)


def test_dropout_that_the_network_took_for_good_is_refused_live_and_taken_by_a_branch(tmp_path: Path) -> None:
    text = SOUND.replace("nn.Dropout(h.dropout)", "Dropped(h.dropout)") + (
        "class Dropped(nn.Module):\n"
        "    def __init__(self, share):\n        super().__init__()\n        self.share = share\n"
        "    def forward(self, x):\n        return nn.functional.dropout(x, self.share, self.training)\n"
    )
    task = write(tmp_path, text)
    live = train(tmp_path / "live", [(6, asked("checkpoint")), (6, asked("set", dropout=0.6))], task=task, **SETTINGS)
    [_, refused] = [answer for answer in answers(live) if answer.id is not None]
    assert not refused.done and refused.reason.startswith("dropout cannot change while the training runs")
    assert "dropout" not in (read_parent(Origin(folder=live)).settable or ())
    branch = train(tmp_path / "branch", origin=live, at=6, task=task, dropout=0.6)
    assert measured(branch, after=6) != measured(live, after=6)


def test_own_hyperparameters_go_into_the_manifest_and_on_to_a_restart(tmp_path: Path) -> None:
    task = write(tmp_path, SOUND)
    run = train(tmp_path / "run", [(2, asked("set", depth=5))], task=task, depth=3, **SETTINGS)
    manifest = read_parent(Origin(folder=run))
    assert manifest.task == task and manifest.hparams["depth"] == 3
    assert manifest.model is not None and len(manifest.model.layers) == 8
    [refused] = [answer for answer in answers(run) if answer.id is not None]
    assert "--from RUN@start --set depth=5" in refused.reason
    with pytest.raises(OriginError, match="A checkpoint cannot go on with another depth"):
        plan(task, {"depth": "1"}, Origin(folder=run, step="last"))
    again = train(tmp_path / "again", origin=run, task=task, depth=1)
    parent = read_parent(Origin(folder=again)).parent
    assert parent is not None and parent.changed == {"depth": 1}
    assert read_parent(Origin(folder=again)).hparams | {"depth": 3} == manifest.hparams


def test_a_file_that_is_gone_or_was_changed_is_told_before_a_branch(tmp_path: Path) -> None:
    task = write(tmp_path, SOUND)
    run = train(tmp_path / "run", task=task, **SETTINGS)
    os.utime(task, (4e9, 4e9))
    assert "'task.py' was changed after run had begun" in " ".join(
        plan(task, {"epochs": "9"}, Origin(folder=run, step="last")).warnings
    )
    Path(task).unlink()
    with pytest.raises(TaskFileError, match=r"There is no file .*task\.py: was it moved or deleted"):
        plan(task, {}, Origin(folder=run, step="last"))


def test_metrics_of_ones_own_stand_in_the_place_of_ours(tmp_path: Path) -> None:
    text = LOAD + (
        "def loss(output, target):\n    return nn.functional.cross_entropy(output, target)\n"
        "def metrics(output, target):\n"
        "    return {'accuracy': 0.25, 'first': (target == 0).float().mean(), 'val_n': len(target)}\n"
    )
    run = train(tmp_path / "run", task=write(tmp_path, text), epochs=2)
    evals = [record for record in read_log(run) if isinstance(record, EvalRecord)]
    own = [record for record in read_log(run) if isinstance(record, MetricsRecord)]
    assert {record.val_accuracy for record in evals} == {0.25} and evals[0].train_accuracy is None
    assert len(own) == len(evals) and own[0].values.keys() == {"val_first", "val_n"} and own[0].values["val_n"] == 20
    manifest = read_parent(Origin(folder=run))
    assert manifest.loss == "loss" and manifest.expected_initial_loss is None
    assert not {"loss", "label_smoothing"} & manifest.hparams.keys()


@pytest.mark.parametrize(
    ("text", "shape", "classes", "gone"),
    [
        (LOAD, [3], 2, {"val_share", "test_crops"}),
        (LOAD.replace(".long()", ".float()"), [3], None, {"loss", "label_smoothing", "per_class", "label_noise"}),
        (LOAD.replace("return (x[:40], y[:40]), (x[40:], y[40:])", "return x, y"), [3], 2, {"test_crops"}),
        (LOAD.replace("x = torch.randn(60, 3,", "x = torch.randn(60, 1, 4, 4,").replace("sum(1)", "flatten(1).sum(1)"),
            [1, 4, 4], 2, {"val_share"}),
        (
            "import numpy as np\ndef load(h):\n    x = np.random.default_rng(0).integers(0, 255, (50, 3, 4, 4))\n"
            "    return x.astype(np.uint8), list(x.sum((1, 2, 3)) % 3)\n",
            [3, 4, 4],
            3,
            set(),
        ),
        (
            "import torch\nfrom torch.utils.data import Dataset, random_split\n"
            "class Mine(Dataset):\n    def __len__(self): return 30\n"
            "    def __getitem__(self, i):\n        if i >= 30: raise IndexError\n"
            "        return torch.full((2,), float(i)), i % 2\n"
            "def load(h):\n    return random_split(Mine(), [20, 10])\n",
            [2],
            2,
            {"val_share"},
        ),
    ],
)  # fmt: skip
def test_what_the_data_are_decides_what_is_read(
    tmp_path: Path, text: str, shape: list[int], classes: int | None, gone: set[str]
) -> None:
    run = train(tmp_path / "run", task=write(tmp_path, text), epochs=2)
    manifest = read_parent(Origin(folder=run))
    assert manifest.data is not None
    assert (manifest.data.input_shape, manifest.data.classes) == (shape, classes)
    assert gone == {*gone} - manifest.hparams.keys()
    assert manifest.loss == ("mse" if classes is None else "cross_entropy")


def test_what_cannot_be_with_the_data_is_refused(tmp_path: Path) -> None:
    task = write(tmp_path, LOAD)
    run = train(tmp_path / "run", task=task, code=BAD_USAGE, val_share=0.5)
    assert end_of(run).error == ("val_share = 0.5 has no effect on task: its load returns a validation set of its own.")
    other = train(tmp_path / "other", task=task, code=BAD_USAGE, train_size=41)
    assert end_of(other).error == "train_size = 41 is more than the 40 training samples of task."


def test_a_class_of_the_file_is_a_task(tmp_path: Path) -> None:
    text = SOUND + (
        "class Small:\n    '''Only a line.'''\n    hparams = {'epochs': 2}\n    load = staticmethod(load)\n"
        "    @staticmethod\n    def build_model(h, data):\n        return nn.Linear(3, 2)\n"
    )
    run = train(tmp_path / "run", task=write(tmp_path, text) + ":Small")
    manifest = read_parent(Origin(folder=run))
    assert manifest.task.endswith("task.py:Small") and manifest.epochs == 2
    assert manifest.model is not None and manifest.model.parameters == 8


def test_a_training_on_some_of_the_samples_can_be_changed_while_it_runs(tmp_path: Path) -> None:
    task = write(tmp_path, SOUND)
    run = train(tmp_path / "run", [(1, asked("set", lr=0.5))], task=task, train_size=60, per_class=10, epochs=3)
    manifest = read_parent(Origin(folder=run))
    assert manifest.data is not None and manifest.data.n_train == 20
    assert [answer.done for answer in answers(run) if answer.id is not None] == [True]


SHADOWS = ("torch.py", "random.py", "msgspec.py", "profile.py", "dltui/data.py", "dltui/__init__.py", "tui/dltui.py")


@pytest.mark.slow
def test_nothing_in_the_persons_folder_hides_anything_of_ours(tmp_path: Path) -> None:
    for name in SHADOWS:
        write(tmp_path / Path(name).parent, "raise SystemExit('shadowed')", Path(name).name)
    for name in ("dltui_trainers", "trainers"):
        write(tmp_path / name, "", "__init__.py")
    write(tmp_path / "trainers", "ANSWER = 42", "mine.py")
    write(tmp_path, "WIDTH = 7", "utils.py")
    text = "from trainers.mine import ANSWER\nimport utils\nimport random, torch.utils\n" + LOAD.replace(
        "60", "ANSWER + 18"
    )
    write(tmp_path, text)
    words = [sys.executable, "-P", "-m", "dltui_trainers.worker", "run", "task.py", "--set", "epochs=2"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == DONE, done.stdout + done.stderr
    assert end_of(tmp_path / "run").status == "finished"


HARD: dict[str, tuple[str, str, bool]] = {
    "an endless import": ("while True: pass", "has not ended after 1 s; it is at task.py line 11", True),
    "one that catches everything": (
        "while True:\n    try:\n        while True: pass\n    except: pass",
        "has not ended after 1 s",
        True,
    ),
    "os._exit": ("import os\nos._exit(0)", "task.py line 12: it ended the process by os._exit(0).", True),
    "threads and prints": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(10**6,)).start()\nprint('hello')",
        "",
        False,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("text", "sentence", "fails"), HARD.values(), ids=HARD)
def test_a_file_that_will_not_let_go(tmp_path: Path, text: str, sentence: str, fails: bool) -> None:
    task = write(tmp_path, f"{LOAD}\n\n{text}\n")
    words = [sys.executable, "-P", "-m", "dltui_trainers.worker", "run", task, "--set", "epochs=2"]
    given = {**os.environ, "DLTUI_IMPORT_LIMIT_S": "1"}
    done = subprocess.run(words, cwd=tmp_path, env=given, capture_output=True, text=True, check=False)
    end = end_of(tmp_path / "run")
    assert end.status == ("failed" if fails else "finished")
    assert sentence in (end.error or "") and "dltui_trainers" not in done.stdout
    assert fails or (done.returncode == DONE and "hello" in done.stdout)
