"""Puts a training back to where a checkpoint was written: a branch goes on from there, an undo goes back there."""

import pickle
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import msgspec
import torch

from dltui_trainers.best import Best
from dltui_trainers.checkpoint import copy_of, load
from dltui_trainers.errors import OriginError
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.loop import Training
from dltui_trainers.memory import Parts
from dltui_trainers.schedules import LearningRate

REASON_LENGTH = 200
_FOREIGN = (RuntimeError, ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What torch raises for a state that is not one of the object it is loaded into."""

_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Losses(msgspec.Struct, kw_only=True):
    sum: float
    batches: _Count
    samples: _Count


class _Batches(msgspec.Struct, kw_only=True):
    epoch_state: Any
    done: _Count
    samples: _Count | None = None


class _Random(msgspec.Struct, kw_only=True):
    torch: Any
    cuda: list[Any]


class Snapshot(msgspec.Struct, kw_only=True):
    """What a checkpoint holds; see :meth:`dltui_trainers.loop.Training.state`."""

    step: _Count
    epoch: _Count
    best: Best
    parts: Parts
    model: dict[str, Any]
    optimizer: dict[str, Any]
    schedule: LearningRate
    losses: _Losses
    batches: _Batches
    random: _Random


def load_snapshot(path: Path) -> Snapshot:
    """Read a checkpoint: data, never code. Raises :class:`OriginError` for one that is torn or not ours."""
    try:
        # On the CPU: random states must be there, and everything else is copied to where it belongs.
        return msgspec.convert(load(path, torch.device("cpu")), Snapshot)
    except OSError as error:
        raise OriginError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (msgspec.ValidationError, pickle.UnpicklingError, *_FOREIGN, EOFError) as error:
        raise OriginError(f"{path} is torn, or is no checkpoint of dltui ({_reason(error)}).") from error


def resume(training: Training, snapshot: Snapshot, changed: Collection[str] = ()) -> None:
    """Let ``training``, which was just made, go on from ``snapshot``; the hyperparameters are those of the snapshot.

    But for those of ``changed`` that only a start can change: a new optimiser starts without a memory of the steps
    before. Raises :class:`OriginError` if the snapshot does not fit.
    """
    training.resumed = True
    if "optimizer" in changed:
        snapshot.optimizer = {"state": {}}
    # A branch has a best of its own; see Best.
    best = Best(bar=snapshot.best.bar, validations_since=snapshot.best.validations_since)
    _restore(training, snapshot, best)
    if any(CATALOGUE[name].family != "log" for name in changed):
        best.wait_anew()
    else:
        _refuse_given_up(training)


def take_up(training: Training, snapshot: Snapshot) -> None:
    """Let ``training``, which was just made, go on in its own run from ``snapshot``, as if nothing had happened.

    Raises :class:`OriginError` if the snapshot does not fit.
    """
    training.resumed = True
    _restore(training, snapshot, snapshot.best)


def go_back(training: Training, snapshot: Snapshot, hparams: Hparams) -> None:
    """Put the running ``training`` back to its own ``snapshot``, and to the hyperparameters that it had then.

    Raises :class:`OriginError` if the snapshot does not fit, and then nothing has changed.
    """
    # On the CPU: the device may have no room for a second one.
    present, before = copy_of(training.state(), torch.device("cpu")), training.hparams
    try:
        _put(training, snapshot, hparams)
    except OriginError:
        _put(training, msgspec.convert(present, Snapshot), before)
        raise


def _put(training: Training, snapshot: Snapshot, hparams: Hparams) -> None:
    before = training.hparams
    training.turn(hparams, [name for name in CATALOGUE if getattr(before, name) != getattr(hparams, name)])
    _restore(training, snapshot, snapshot.best)


def _restore(training: Training, snapshot: Snapshot, best: Best) -> None:
    try:
        training.step, training.epoch, training.best = snapshot.step, snapshot.epoch, best
        training.parts = replace(snapshot.parts, least=training.parts.least)
        training.model.load_state_dict(snapshot.model)
        _restore_optimizer(training, snapshot)
        training.learning_rate = replace(snapshot.schedule)
        losses = snapshot.losses
        training.losses.resume(total=losses.sum, batches=losses.batches, samples=losses.samples)
        place = snapshot.batches
        training.batches.resume(place.epoch_state, place.done, place.samples)
        _restore_random(training, snapshot)  # last: nothing may draw a number after it
    except _FOREIGN as error:
        where = f"The checkpoint of step {snapshot.step}"
        raise OriginError(f"{where} does not fit this training ({_reason(error)}).") from error


def _restore_optimizer(training: Training, snapshot: Snapshot) -> None:
    optimizer = training.optimizer
    # The groups hold the learning rate and its like, which are the training's own.
    groups, state = optimizer.state_dict()["param_groups"], snapshot.optimizer["state"]
    if not state.keys() <= set(groups[0]["params"]):
        raise ValueError("the optimiser's state is that of other parameters")
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _restore_random(training: Training, snapshot: Snapshot) -> None:
    torch.set_rng_state(snapshot.random.torch)
    device = training.data.train_x.device
    if device.type == "cuda" and snapshot.random.cuda:
        torch.cuda.set_rng_state(snapshot.random.cuda[0], device)


def _refuse_given_up(training: Training) -> None:
    patience = training.hparams.early_stop_patience
    if patience and training.best.validations_since >= patience:
        raise OriginError(
            f"The training had given up there, after {training.best.validations_since} validations without a new best:"
            " change something with --set, or take an earlier step."
        )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:REASON_LENGTH] or type(error).__name__
