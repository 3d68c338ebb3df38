"""Checkpoints are plain, whole, and never end a training."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest
import torch

from dltui_trainers import checkpoint
from dltui_trainers.checkpoint import Checkpoints, load, save
from dltui_trainers.runlog import CHECKPOINTS, EventRecord
from trainers.trainings import CPU, ListLog, make_training


def test_a_training_leaves_its_last_and_best_state(tmp_path: Path) -> None:
    training = make_training(tmp_path, "digits", epochs=3, schedule="plateau", train_size=256)
    training.run()
    last, best = load(tmp_path / CHECKPOINTS / "last.pt", CPU), load(tmp_path / CHECKPOINTS / "best.pt", CPU)
    assert last["step"] == training.step == 12 and last["epoch"] == 3
    assert best["step"] == training.best.step and best["best"]["val_loss"] == training.best.val_loss
    assert json.loads(last["settings"])["optimizer"] == "adam"
    assert set(last["random"]) == {"torch", "cuda"} and set(last["batches"]) == {"epoch_state", "done", "samples"}
    assert last["schedule"]["best_val_loss"] == training.best.val_loss
    fresh = make_training(tmp_path, "digits", epochs=3, train_size=256)
    fresh.model.load_state_dict(last["model"])
    fresh.optimizer.load_state_dict(last["optimizer"])
    assert all(map(torch.equal, fresh.model.parameters(), training.model.parameters()))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / CHECKPOINTS).iterdir()}
    assert modes == {0o600}


def test_the_best_is_a_copy_of_its_moment(tmp_path: Path) -> None:
    checkpoints, weight = Checkpoints(tmp_path), torch.ones(2)
    checkpoints.keep_best({"model": {"weight": weight}, "sizes": [weight]})
    weight.zero_()
    assert checkpoints.write_best() is None
    kept = load(tmp_path / "best.pt", CPU)
    assert kept["model"]["weight"].tolist() == kept["sizes"][0].tolist() == [1.0, 1.0]


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.pt"
    save(path, {"step": 1})

    def full(fd: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            save(path, {"step": 2})
    assert load(path, CPU) == {"step": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_that_cannot_be_written_is_an_event(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINTS).touch()  # a file where the folder should be
    log = ListLog()
    training = make_training(tmp_path, "digits", log, epochs=1, train_size=64)
    assert training.run() == "finished"
    (event,) = [record for record in log.records if isinstance(record, EventRecord)]
    assert event.name == "checkpoint" and not event.done
    assert "best.pt could not be written" in event.reason


def test_a_failure_that_lasts_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "WRITE_EVERY_S", 0.0)
    monkeypatch.setattr(checkpoint, "COST_LIMIT", 1e9)
    (tmp_path / "folder").touch()
    checkpoints = Checkpoints(tmp_path / "folder")
    told = [checkpoints.write_if_due(lambda: {"step": 1}, 1) for _ in range(3)]
    assert told[0] is not None and told[1:] == [None, None]
    (tmp_path / "folder").unlink()
    assert checkpoints.write_if_due(lambda: {"step": 1}, 1) is None
    assert load(tmp_path / "folder" / "last.pt", CPU) == {"step": 1}
