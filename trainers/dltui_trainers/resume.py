"""Puts a training back to where a checkpoint was written: a branch goes on from there, changed or just as it was."""

import math
import pickle
from pathlib import Path
from typing import Annotated, Any

import msgspec
import torch

from dltui_trainers.checkpoint import load
from dltui_trainers.errors import OriginError
from dltui_trainers.hparams import Optimizer
from dltui_trainers.loop import Best, Training
from dltui_trainers.origin import Plan

REASON_LENGTH = 200
_FOREIGN = (RuntimeError, ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What torch raises for a state that is not one of the object it is loaded into."""

_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Schedule(msgspec.Struct, kw_only=True):
    drop: float
    best_val_loss: float
    validations_since_best: _Count


class _Losses(msgspec.Struct, kw_only=True):
    sum: float
    batches: _Count
    samples: _Count


class _Random(msgspec.Struct, kw_only=True):
    torch: Any
    cuda: list[Any]
    batches: Any


class Snapshot(msgspec.Struct, kw_only=True):
    """What a checkpoint holds; see :meth:`dltui_trainers.loop.Training.state`. ``batch``: those done of the epoch."""

    step: _Count
    epoch: _Count
    batch: _Count
    lowest_val_loss: float
    validations_since_lowest: _Count
    model: dict[str, Any]
    optimizer: dict[str, Any]
    schedule: _Schedule
    losses: _Losses
    random: _Random

    def step_offset(self, steps_per_epoch: int) -> int:
        """Return the step at which the epochs would have begun to count if all had had that many steps."""
        return self.step - self.batch - self.epoch * steps_per_epoch


def load_snapshot(path: Path) -> Snapshot:
    """Read a checkpoint: data, never code. Raises :class:`OriginError` for one that is torn or not ours."""
    try:
        # On the CPU: random states must be there, and everything else is copied to where it belongs.
        return msgspec.convert(load(path, torch.device("cpu")), Snapshot)
    except OSError as error:
        raise OriginError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (msgspec.ValidationError, pickle.UnpicklingError, *_FOREIGN, EOFError) as error:
        raise OriginError(f"{path} is torn, or is no checkpoint of dltui ({_reason(error)}).") from error


def adapt(snapshot: Snapshot, plan: Plan) -> list[str]:
    """Let ``snapshot`` forget what the changes of ``plan`` make void; return what a person should know of that."""
    assert plan.parent is not None
    changed, warnings = plan.parent.changed.keys(), []
    if "batch_size" in changed and snapshot.batch:
        warnings.append(f"epoch {snapshot.epoch + 1} is begun anew, because its batches have another size now.")
        snapshot.batch = 0
    if "optimizer" in changed:
        warnings.append(f"optimizer = {plan.hparams.optimizer} starts without a memory of the steps before.")
        snapshot.optimizer = {"state": {}}
    if {"lr", "schedule"} & changed:
        snapshot.schedule = _Schedule(drop=1.0, best_val_loss=math.inf, validations_since_best=0)
    if changed:
        # A change gets the whole patience of early stopping, and the first mean loss after it is of its steps alone.
        snapshot.lowest_val_loss, snapshot.validations_since_lowest = math.inf, 0
        snapshot.losses = _Losses(sum=0.0, batches=0, samples=0)
    return warnings


def resume(training: Training, snapshot: Snapshot) -> None:
    """Let ``training`` go on from ``snapshot``.

    The values of the hyperparameters are the training's own, also where the snapshot holds others. Raises
    :class:`OriginError` if the snapshot does not fit.
    """
    try:
        _restore_place(training, snapshot)
        training.model.load_state_dict(snapshot.model)
        _restore_optimizer(training, snapshot)
        _restore_memory(training, snapshot)
        _restore_random(training, snapshot)  # last: nothing may draw a number after it
    except _FOREIGN as error:
        where = f"The checkpoint of step {snapshot.step}"
        raise OriginError(f"{where} does not fit this training ({_reason(error)}).") from error
    _refuse_given_up(training)


def _restore_optimizer(training: Training, snapshot: Snapshot) -> None:
    optimizer = training.optimizer
    # The groups hold the learning rate and its like, which this training may have changed.
    groups, state = optimizer.state_dict()["param_groups"], snapshot.optimizer["state"]
    if not state.keys() <= set(groups[0]["params"]):
        raise ValueError("the optimiser's state is that of other parameters")
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    if training.hparams.optimizer is Optimizer.RMSPROP and training.hparams.momentum:
        # torch makes it at the first step only, and not if momentum was 0 then.
        for parameter, memory in optimizer.state.items():
            memory.setdefault("momentum_buffer", torch.zeros_like(parameter))


def _restore_place(training: Training, snapshot: Snapshot) -> None:
    if snapshot.batch >= len(training.batches):
        raise ValueError(f"{snapshot.batch} batches are done of an epoch that has {len(training.batches)}")
    training.resumed = True
    training.step, training.epoch = snapshot.step, snapshot.epoch
    training.epoch_began = snapshot.step - snapshot.batch
    training.batches.resume(snapshot.random.batches, snapshot.batch)


def _restore_memory(training: Training, snapshot: Snapshot) -> None:
    """Restore what the steps and validations before left behind."""
    rate, schedule, losses = training.learning_rate, snapshot.schedule, snapshot.losses
    rate.drop, rate.best_val_loss = schedule.drop, schedule.best_val_loss
    rate.validations_since_best = schedule.validations_since_best
    training.losses.resume(total=losses.sum, batches=losses.batches, samples=losses.samples)
    training.best = Best(before=snapshot.lowest_val_loss, validations_since=snapshot.validations_since_lowest)


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
