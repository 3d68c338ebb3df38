"""A branch of a script: what was kept comes back, with the changes, from the first step on."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dltui_trainers.errors import RunFolderError
from dltui_trainers.recorder import branch, start_run
from dltui_trainers.recorder.kept_state import foreign_in, read_state
from dltui_trainers.runlog import CHECKPOINTS
from recorder.kept import read_manifest
from recorder.scripted import Net, Script, events, folder_of


def branched(monkeypatch: pytest.MonkeyPatch, checkpoint: Path | None, **changed: float) -> None:
    told = {"run": "parent", "step": 5, "checkpoint": checkpoint and str(checkpoint), "changed": changed}
    monkeypatch.setenv("DLTUI_FROM", json.dumps(told))
    monkeypatch.setattr(branch, "_taken", False)


def kept(monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Any]:
    """Five steps of a script, and what it handed over."""
    run = start_run("parent", hparams={"lr": 1e-3})
    script = Script(run)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(script.optimizer, 10)
    for _ in range(5):
        script.step()
        schedule.step()
    numpy_state = np.random.default_rng(0).integers(0, 9, 5)
    run.checkpoint(
        {
            "model": script.model.state_dict(),
            "optimizer": script.optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "random": [torch.get_rng_state(), numpy_state, np.float64(1.5), random.getstate()],
        }
    )
    run.finish()
    return folder_of_finished(run), script.model.state_dict()


def folder_of_finished(run: Any) -> Path:
    return Path("runs") / run.name / CHECKPOINTS / "step-00000005.pt"


def test_a_script_goes_on_from_what_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    path, weights = kept(monkeypatch)
    branched(monkeypatch, path, lr=0.004)
    run = start_run("child", hparams={"lr": 1e-3})
    assert run.hparams["lr"] == 0.004
    script = Script(run)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(script.optimizer, 10)
    run.watch(script.model, script.optimizer)
    state: Any = run.restore()
    script.model.load_state_dict(state["model"])
    script.optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    assert all(torch.equal(value, weights[name]) for name, value in script.model.state_dict().items())
    assert state["random"][1].tolist() and state["random"][2] == 1.5
    assert script.optimizer.param_groups[0]["lr"] != 0.004  # the old one came back with the state
    script.step()
    assert script.optimizer.param_groups[0]["lr"] == 0.004
    schedule.step()
    assert 0 < script.optimizer.param_groups[0]["lr"] < 0.004
    (event,) = events(folder_of(run))
    assert (event.name, event.from_, event.step) == ("branch", "parent", 5)
    assert event.reason == "checkpoint step-00000005.pt, lr = 0.004"
    parent = read_manifest(folder_of(run)).parent
    assert parent is not None and parent.run == "parent"


def test_the_order_of_watch_and_restore_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = kept(monkeypatch)
    branched(monkeypatch, path, weight_decay=0.3)
    run = start_run("child")
    script = Script(run)
    state: Any = run.restore()
    run.watch(script.model, script.optimizer)
    script.optimizer.load_state_dict(state["optimizer"])
    script.step()
    assert script.optimizer.param_groups[0]["weight_decay"] == 0.3


def test_a_restart_has_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    branched(monkeypatch, None, lr=0.004)
    run = start_run("child", hparams={"lr": 1e-3})
    assert run.restore() is None and run.hparams["lr"] == 0.004


def test_without_a_branch_there_is_no_state() -> None:
    assert start_run("alone").restore() is None


def test_a_torn_checkpoint_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Path("torn.pt").write_bytes(b"PK\x03\x04 no more")
    branched(monkeypatch, Path("torn.pt"))
    assert start_run("child").restore() is None
    assert "The checkpoint torn.pt cannot be read" in capsys.readouterr().err


def test_a_checkpoint_is_data_and_never_code(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return print, ("run",)

    torch.save({"state": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(RunFolderError, match="cannot be read"):
        read_state(tmp_path / "evil.pt")


def test_what_can_be_kept() -> None:
    nested = {"a": [1, 2.0, "x", None, True, (torch.zeros(1), {3})], 4: np.zeros(2), "shape": torch.Size([1])}
    assert foreign_in(nested) == ""
    assert foreign_in({"a": object()}) == "state['a'] is a object"
    assert foreign_in({"a": np.array([object()])}) == "state['a'] is a ndarray"
    looped: list[Any] = []
    looped.append(looped)
    assert "nested too deeply" in foreign_in(looped)


def warming_up(script: Script) -> torch.optim.lr_scheduler.LRScheduler:
    """A schedule that begins with a tenth of the rate and has all of it after 9 steps."""
    return torch.optim.lr_scheduler.LambdaLR(script.optimizer, lambda step: min(1.0, 0.1 + step / 10))


@pytest.mark.parametrize("reads", [True, False])
def test_a_restart_leaves_the_warm_up_as_it_is(monkeypatch: pytest.MonkeyPatch, reads: bool) -> None:
    branched(monkeypatch, None, lr=0.004)
    run = start_run("child", hparams={"lr": 1e-3})
    model = Net()
    rate: Any = run.hparams["lr"] if reads else 1e-3
    script = Script(run, model, torch.optim.SGD(model.parameters(), lr=rate))
    schedule = warming_up(script)
    run.watch(model, script.optimizer)
    rates = []
    for _ in range(12):
        script.step()
        rates.append(script.optimizer.param_groups[0]["lr"])
        schedule.step()
    assert rates[0] == pytest.approx(0.0004) and rates[-1] == pytest.approx(0.004)
    assert not events(folder_of(run))


def test_what_the_parent_changed_is_not_set_again_where_the_state_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = kept(monkeypatch)
    told = {"run": "parent", "step": 5, "checkpoint": str(path), "inherited": {"lr": 0.1, "dropout": 0.4}}
    monkeypatch.setenv("DLTUI_FROM", json.dumps(told))
    monkeypatch.setattr(branch, "_taken", False)
    run = start_run("child", hparams={"lr": 1e-3})
    script = Script(run)
    run.watch(script.model, script.optimizer)
    state: Any = run.restore()
    script.optimizer.load_state_dict(state["optimizer"])
    rate = script.optimizer.param_groups[0]["lr"]  # a schedule had moved it
    script.step()
    assert script.optimizer.param_groups[0]["lr"] == rate and script.model.drop.p == 0.4
    assert run.hparams["lr"] == 0.1 and run.step == 1
    parent = read_manifest(folder_of(run)).parent
    assert parent is not None and parent.inherited == {"lr": 0.1, "dropout": 0.4}


def test_the_script_may_have_hooks_of_its_own_on_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = kept(monkeypatch)
    branched(monkeypatch, path, lr=0.004)
    run = start_run("child", hparams={"lr": 1e-3})
    script = Script(run)
    run.watch(script.model, script.optimizer)
    seen: list[float] = []
    script.optimizer.register_step_pre_hook(lambda *_: seen.append(script.optimizer.param_groups[0]["lr"]))
    script.step()
    script.step()
    assert seen == [0.004, 0.004]
