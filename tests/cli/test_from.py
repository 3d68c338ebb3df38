"""``dltui train --from RUN[@STEP]``: what it starts, and what it refuses in one line before anything is made."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

import pytest
import torch
from runlogs import whole_run, write_run

from dltui.cli import main
from dltui.errors import RunNotFoundError
from dltui.runs.find import find_origin
from dltui.runs.launch import launch
from dltui_trainers.errors import OriginError
from dltui_trainers.kept import read_head
from dltui_trainers.origin import Origin
from dltui_trainers.runlog import CHECKPOINTS, METRICS, EndRecord, Parent, manifest_decoder

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the run ``mine``, which kept its best state at step 60, and ``bare`` without a manifest."""
    mine = write_run(tmp_path / "runs" / "mine", whole_run())
    (mine / CHECKPOINTS).mkdir()
    torch.save({"step": 60, "epoch": 6, "task": "digits", "settings": "{}"}, mine / CHECKPOINTS / "best.pt")
    (mine / CHECKPOINTS / "last.pt").write_bytes(b"PK torn")
    bare = tmp_path / "runs" / "bare"
    bare.mkdir()
    (bare / METRICS).touch()
    return tmp_path / "runs"


REFUSED = {
    "no such run": (["--from", "yours"], "'yours' is no run in"),
    "no such run with a step": (["--from", "yours@60"], "'yours' is no run in"),
    "no step": (["--from", "mine@first"], "'first' is not a step of a run"),
    "no manifest": (["--from", "bare"], "The run bare has no run.json"),
    "another task": (["mnist1d", "--from", "mine"], "is a training of digits, not of mnist1d"),
    "no such task": (["digitz", "--from", "mine"], "Did you mean 'digits'?"),
    "before the first": (["--from", "mine@59"], "is torn"),
    "torn": (["--from", "mine@last"], "last.pt is torn, or is no checkpoint of dltui; there is one of step 60."),
    "another network": (["--from", "mine@best", "--set", "layers=3"], "another layers, which needs a restart"),
    "nothing left": (["--from", "mine@60", "--set", "epochs=6"], "6 epochs behind it, and 6 are planned"),
    "hyperparameter": (["--from", "mine", "--set", "lr=-1"], "lr = -1 is out of range"),
    "name that is taken": (["--from", "mine", "--name", "bare"], "already a run 'bare'"),
}


@pytest.mark.parametrize(("words", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(root: Path, capsys: pytest.CaptureFixture[str], words: list[str], hint: str) -> None:
    assert main(["--runs", str(root), "train", *words, "--detach"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("dltui: ")
    assert hint in said.err and said.err.count("\n") == 1
    assert sorted(path.name for path in root.iterdir()) == ["bare", "mine"]


def test_what_a_person_calls_a_run_and_its_step(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = root / "mine"
    assert find_origin(root, "mine") == Origin(folder=mine)
    assert find_origin(root, "mine@460") == Origin(folder=mine, step=460)
    assert find_origin(root, "mine@best") == Origin(folder=mine, step="best")
    assert find_origin(root, f"{mine}@last") == Origin(folder=mine, step="last")
    mine.rename(root / "mine@7")
    assert find_origin(root, "mine@7") == Origin(folder=root / "mine@7")
    assert find_origin(root, "mine@7@best") == Origin(folder=root / "mine@7", step="best")
    with pytest.raises(RunNotFoundError):
        find_origin(root, "mine@8")
    with pytest.raises(OriginError):
        find_origin(root, "mine@7@")


@pytest.mark.parametrize(
    ("status", "step"), [("finished", None), ("stopped", "last"), ("failed", "last"), (None, "last")]
)
def test_a_run_that_was_cut_short_goes_on_from_its_last_checkpoint(
    tmp_path: Path, status: Literal["finished", "stopped", "failed"] | None, step: str | None
) -> None:
    records = [each for each in whole_run() if not isinstance(each, EndRecord)]
    run = write_run(tmp_path / "mine", records + ([EndRecord(step=9, time=9.0, status=status)] if status else []))
    assert find_origin(tmp_path, "mine") == Origin(folder=run)  # nothing was kept: it starts anew
    (run / CHECKPOINTS).mkdir()
    torch.save({"step": 60, "epoch": 6, "task": "digits", "settings": "{}"}, run / CHECKPOINTS / "last.pt")
    assert find_origin(tmp_path, "mine") == Origin(folder=run, step=step)
    assert find_origin(tmp_path, "mine@start") == Origin(folder=run)


@pytest.mark.slow
def test_a_training_that_was_killed_goes_on(tmp_path: Path) -> None:
    launched = launch(tmp_path, "digits", {"epochs": "100000"}, name="mine")
    checkpoint = launched.folder / CHECKPOINTS / "last.pt"
    deadline = time.monotonic() + 60
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    launched.process.kill()
    launched.process.wait()
    kept = read_head(checkpoint)
    assert kept is not None
    done = train(tmp_path, "--from", "mine", "--set", f"epochs={kept.epoch + 2}")
    assert done.returncode == 0
    assert f"goes on from step {kept.step} of mine (last.pt), epochs = {kept.epoch + 2}" in done.stderr


def train(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*DLTUI, "train", *words, "--headless"]
    environment = {**os.environ, "DLTUI_RUNS": str(folder)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.slow
def test_a_training_from_the_best_step_of_another(tmp_path: Path) -> None:
    first = train(tmp_path, "digits", "--set", "epochs=3", "--name", "mine")
    assert (first.returncode, first.stderr) == (0, "")
    done = train(tmp_path, "--from", "mine@best", "--set", "dropout=0.2", "--set", "epochs=5")
    assert done.returncode == 0
    assert done.stderr == "dltui: note: It goes on from step 69 of mine (best.pt), dropout = 0.2, epochs = 5.\n"
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{tmp_path / 'mine-2'}: training in process ")
    assert any(line.startswith("epoch 5/5  step 115  train ") for line in lines)
    manifest = manifest_decoder.decode((tmp_path / "mine-2" / "run.json").read_bytes())
    assert manifest.parent == Parent(run="mine", step=69, changed={"dropout": 0.2, "epochs": 5})
    assert manifest.command[:4] == ["dltui", "train", "--from", "mine@best"]
