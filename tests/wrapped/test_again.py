"""A script of a person's own is started again: from where it was killed, or anew with other settings."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from recorder.kept import read_log, read_manifest, script_environment
from runlogs import wait_until, whole_run, write_run

from dltui.cli.train import parse
from dltui.errors import DltuiError
from dltui.runs.find import find_origin
from dltui.services import Services
from dltui.wrapped.again import STATE, plan_again
from dltui_trainers.errors import TrainerError
from dltui_trainers.kept import kept_in
from dltui_trainers.recorder.changes import change
from dltui_trainers.runlog import CHECKPOINTS, MANIFEST, EndRecord, EventRecord, MetricsRecord

SCRIPT = """
import os, pathlib, signal, torch, dltui

HPARAMS = {"lr": 0.1, "depth": 2, "name": "a", "sizes": [1, 2]}
run = dltui.start_run("mine", hparams=HPARAMS, steps_per_epoch=5)
model = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False), torch.nn.Dropout(0.25))
torch.nn.init.zeros_(model[0].weight)
optimizer = torch.optim.SGD(model.parameters(), lr=READ)
run.watch(model, optimizer)
state, step = RESTORE, 0
if state:
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    step = state["step"]
last = step + 5
while step < last or pathlib.Path("kill").exists():
    model[0].weight.grad = torch.ones(1, 1)     # each step takes the learning rate away from the weight
    optimizer.step()
    step += 1
    run.log(step, train_loss=1 / step)
    run.log(step, weight=model[0].weight.item(), rate=optimizer.param_groups[0]["lr"], dropped=model[1].p)
    if step % 5 == 0:
        run.checkpoint({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step})
    if step == 7 and pathlib.Path("kill").exists():
        os.kill(os.getpid(), signal.SIGKILL)
print("sizes", SIZES)
"""
DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]


class Place:
    """A folder in which the script lies, with its runs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runs = folder, folder / "runs"

    def begin(self, *, reads: bool = True, restores: bool = True, dies: bool = False) -> Path:
        """Run the script once as a person does; return the folder of its run."""
        source = SCRIPT.replace("READ", 'run.hparams["lr"]' if reads else "0.1")
        source = source.replace("SIZES", 'run.hparams["sizes"]' if reads else "0")
        (self.folder / "train.py").write_text(source.replace("RESTORE", "run.restore()" if restores else "None"))
        if dies:
            (self.folder / "kill").touch()
        done = subprocess.run(
            [sys.executable, "train.py"],
            cwd=self.folder,
            env=script_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        (self.folder / "kill").unlink(missing_ok=True)
        assert done.returncode == (-signal.SIGKILL if dies else 0), done.stderr
        return self.runs / "mine"

    def again(self, origin: str, *words: str) -> Path:
        """``dltui train --from ORIGIN --detach``, until the command has ended; return the new run's folder."""
        words = ("train", "--from", origin, "--runs", str(self.runs), "--detach", *words)
        done = subprocess.run(
            [*DLTUI, *words],
            env=script_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        folder = Path(done.stdout.strip())
        wait_until(lambda: any(isinstance(record, EndRecord) for record in read_log(folder)))
        return folder

    def refused(self, origin: str, **settings: str) -> str:
        """Why nothing is started; nothing is left behind either."""
        before = sorted(self.runs.iterdir())
        with pytest.raises((TrainerError, DltuiError)) as told:
            Services(self.runs).launch("train", settings, find_origin(self.runs, origin))
        assert sorted(self.runs.iterdir()) == before
        return str(told.value)

    def rewrite(self, run: str, **changes: Any) -> None:
        """Let the manifest of a run tell something else."""
        told = msgspec.structs.replace(read_manifest(self.runs / run), **changes)
        (self.runs / run / MANIFEST).write_bytes(msgspec.json.encode(told))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in ("DLTUI_RUNS", "DLTUI_FROM", "DLTUI_RUN_DIR"):
        monkeypatch.delenv(name, raising=False)
    return Place(tmp_path)


def values(folder: Path, name: str) -> dict[int, Any]:
    """The numbers of a script's own by their steps."""
    return {each.step: each.values[name] for each in read_log(folder) if isinstance(each, MetricsRecord)}


def refusals(folder: Path) -> list[str]:
    return [each.reason for each in read_log(folder) if isinstance(each, EventRecord) and not each.done]


def test_a_killed_script_goes_on_from_its_last_checkpoint(place: Place) -> None:
    killed = place.begin(dies=True)
    assert [each.step for each in kept_in(killed)][-1] == 5
    folder = place.again("mine")
    assert folder.name == "mine-2"
    weights = values(folder, "weight")
    assert list(weights) == [6, 7, 8, 9, 10]  # the step counts on from the checkpoint
    assert weights[6] == pytest.approx(-0.6)  # and so do the weights
    told = read_manifest(folder)
    assert told.source == "recorder" and told.parent is not None
    assert (told.parent.run, told.parent.step, told.parent.changed) == ("mine", 5, {})
    assert told.command == read_manifest(killed).command and told.cwd == str(place.folder)
    assert (folder / CHECKPOINTS / STATE).stat().st_size == kept_in(killed)[-1].path.stat().st_size
    assert refusals(folder) == []


@pytest.mark.long
def test_anew_with_other_settings_and_then_from_there(place: Place) -> None:
    place.begin()
    anew = place.again("mine@start", "--set", "lr=0.01", "--set", "sizes=[3, 4]", "--set", "depth=2")
    assert values(anew, "rate")[1] == 0.01 and values(anew, "weight")[1] == pytest.approx(-0.01)
    told = read_manifest(anew)
    assert (told.hparams["lr"], told.hparams["sizes"]) == (0.01, "[3, 4]")
    assert told.parent is not None and told.parent.changed == {"lr": 0.01, "sizes": "[3, 4]"}  # depth was 2 before
    assert (anew / "stdout.log").read_text().endswith("sizes [3, 4]\n")  # a list, as the script had one
    child = place.again("mine-2@start", "--set", "dropout=0.5")
    assert values(child, "rate")[1] == 0.01  # what was changed before stays so
    assert values(child, "dropped")[1] == 0.5
    parent = read_manifest(child).parent
    assert parent is not None and parent.changed == {"dropout": 0.5}
    assert parent.inherited == {"lr": 0.01, "sizes": "[3, 4]"}


@pytest.mark.long
def test_what_the_script_does_not_read_is_set_by_watch(place: Place) -> None:
    place.begin(reads=False)
    anew = place.again("mine@start", "--set", "lr=0.02", "--set", "depth=3")
    assert values(anew, "rate")[1] == 0.02 and values(anew, "weight")[1] == pytest.approx(-0.02)
    [reason] = refusals(anew)  # what nobody reads has no effect
    assert "neither reads depth in run.hparams nor lets it be set" in reason
    assert reason in (anew / "stdout.log").read_text()
    branch = place.again("mine@5", "--set", "lr=0.03")
    assert values(branch, "weight")[6] == pytest.approx(-0.53) and values(branch, "rate")[6] == 0.03


@pytest.mark.long
def test_a_script_that_never_restores_is_told_so(place: Place) -> None:
    place.begin(restores=False)
    folder = place.again("mine@last")
    assert list(values(folder, "weight")) == [1, 2, 3, 4, 5]
    assert refusals(folder) == ["the script never asks run.restore(): it began from nothing, not from step 5"]


def test_what_cannot_be_is_refused_before_anything_starts(place: Place) -> None:
    place.begin()
    assert "no setting 'lrr'. Did you mean 'lr'?" in place.refused("mine@start", lrr="1")
    assert "lr = -1 is out of range" in place.refused("mine@start", lr="-1")
    assert "depth = two is not a whole number" in place.refused("mine@start", depth="two")
    assert "depth = 2.5 is not a whole number" in place.refused("mine@start", depth="2.5")
    assert "has kept no best.pt; there is one of step 5" in place.refused("mine@best")
    assert "has kept no checkpoint at or before step 3" in place.refused("mine@3")
    with pytest.raises(DltuiError, match="a script of your own, and no training of digits: leave the task out"):
        parse(["digits", "--from", "mine", "--runs", str(place.runs), "--detach"])()
    command = read_manifest(place.runs / "mine").command
    for path in (place.runs / "mine" / CHECKPOINTS).iterdir():
        path.unlink()
    assert "run.checkpoint(lambda: {...})" in place.refused("mine@last")
    place.rewrite("mine", host="elsewhere")
    [warning] = plan_again({}, find_origin(place.runs, "mine@start")).warnings
    assert warning.startswith("mine ran on elsewhere")
    place.rewrite("mine", command=["/no/python", "train.py"])
    told = place.refused("mine@start")
    assert "'/no/python' is gone. It was started on elsewhere" in told
    place.rewrite("mine", command=[])
    assert "was begun in a notebook" in place.refused("mine@start")
    place.rewrite("mine", command=command, cwd="/no/folder")
    assert "'/no/folder' is gone" in place.refused("mine@start")
    place.rewrite("mine", cwd=str(place.folder))
    (place.folder / "train.py").unlink()
    assert "'train.py' is gone" in place.refused("mine@start")


def test_a_command_without_a_recorder_is_only_started_anew(place: Place) -> None:
    command = [sys.executable, "-c", "print('epoch 1 loss 0.5 val_loss 0.6')"]
    about: dict[str, Any] = {"source": "command", "command": command, "cwd": str(place.folder), "settable": []}
    write_run(place.runs / "mine", whole_run(), **about)
    assert "start it with others, 'dltui run -- " in place.refused("mine@start", lr="0.1")
    assert "write mine@start to start it anew" in place.refused("mine@last")
    told = read_manifest(place.again("mine@start"))
    assert (told.source, told.run, told.command) == ("command", "mine-2", command)
    assert told.parent is not None and (told.parent.run, told.parent.step) == ("mine", 0)


def test_a_changed_text_becomes_what_the_script_had_there() -> None:
    settings: dict[str, object] = {
        "list": [1],
        "pair": (1, 2),
        "path": Path("a"),
        "none": None,
        "text": "1",
        "on": True,
    }
    changed = {"list": "[2, 'x']", "pair": "[3, 4]", "path": "b", "none": "5", "text": 2, "on": False, "new": 1}
    change(settings, changed)
    assert settings == {**changed, "list": [2, "x"], "pair": (3, 4), "path": Path("b"), "none": 5, "text": "2"}
    change(settings, {"list": "[2,", "none": "half"})
    assert settings["list"] == "[2," and settings["none"] == "half"
