"""The training loop, to be read from top to bottom.

An untrained network is validated first; then come epochs of steps, with a validation after each; then the end. All that
is measured goes to the log, all that somebody wants comes from the control file, and neither can break the training.
"""

import math
import time
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from dltui_trainers.batches import Batches
from dltui_trainers.checkpoint import Checkpoints, State
from dltui_trainers.control import Control
from dltui_trainers.hparams import Hparams
from dltui_trainers.log import MeanLoss, TrainingLog
from dltui_trainers.metrics import accuracy_of, data_loss, evaluate
from dltui_trainers.optimizers import set_lr
from dltui_trainers.runlog import EvalRecord, EventRecord, Value, number, number_or_none
from dltui_trainers.schedules import LearningRate
from dltui_trainers.tasks import TaskData

TRAIN_SLICE = 512
"""Training samples whose accuracy stands beside each validation: within 2 percentage points of the whole, and cheap."""

Status = Literal["finished", "stopped"]


@dataclass(slots=True, kw_only=True)
class Best:
    """The best validation so far. ``validations_since`` counts those after it."""

    val_loss: float = math.inf
    step: int | None = None
    validations_since: int = 0

    def improves(self, val_loss: float, step: int) -> bool:
        """Take notice of a validation; return whether it is a new best. NaN never is."""
        if val_loss < self.val_loss:
            self.val_loss, self.step, self.validations_since = val_loss, step, 0
            return True
        self.validations_since += 1
        return False


@dataclass(slots=True, kw_only=True)
class Training:
    """Everything that one training is made of, and how far it has come."""

    hparams: Hparams
    settings: dict[str, Value]
    data: TaskData
    model: nn.Module
    optimizer: torch.optim.Optimizer
    learning_rate: LearningRate
    batches: Batches
    eval_every: int
    log: TrainingLog
    control: Control
    checkpoints: Checkpoints
    losses: MeanLoss
    step: int = 0
    epoch: int = 0
    best: Best = field(default_factory=Best)

    def run(self) -> Status:
        """Train to the end, or until somebody stops it or nothing improves any more."""
        self.model.train()
        self._validate()
        while self.epoch < self.hparams.epochs and not self.control.stopping and not self._gives_up():
            self._train_epoch()
            if self._validation_is_due():
                self._validate()
        self.log.finish(self.step, self.learning_rate.at(max(self.step - 1, 0)), self.losses)
        self._report(self.checkpoints.write(self.state))
        return "stopped" if self.control.stopping else "finished"

    def _train_epoch(self) -> None:
        for x, y in self.batches:
            self._listen()
            if self.control.stopping:
                return
            self._train_step(x, y)
        self.epoch += 1

    def _train_step(self, x: Tensor, y: Tensor) -> None:
        lr = self.learning_rate.at(self.step)
        set_lr(self.optimizer, lr)
        loss = data_loss(self.model(x), y, self.data.loss, label_smoothing=self.hparams.label_smoothing)
        # The log gets the loss of the data alone, which can be compared with the validation's.
        torch.autograd.backward(loss + self._l1_penalty() if self.hparams.l1 else loss)
        self.step += 1
        self.log.before_update(self.step)
        if self.hparams.grad_clip:
            clip_grad_norm_(self.model.parameters(), self.hparams.grad_clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.losses.add(loss, len(x))
        self.log.after_update(self.step, lr, self.losses)

    def _l1_penalty(self) -> Tensor:
        """The sum of absolute weights. Biases and norms are not weights: they have one dimension."""
        weights = [each.abs().sum() for each in self.model.parameters() if each.ndim > 1]
        return self.hparams.l1 * torch.stack(weights).sum()

    def _validation_is_due(self) -> bool:
        if self.control.stopping:
            return False
        return self.epoch % self.eval_every == 0 or self.epoch == self.hparams.epochs

    def _validate(self) -> None:
        data = self.data
        found = evaluate(self.model, data.val_x, data.val_y, data.loss)
        train_accuracy = None
        if found.accuracy is not None:
            train_accuracy = accuracy_of(self.model, data.train_x[:TRAIN_SLICE], data.train_y[:TRAIN_SLICE])
        self.log.write(
            EvalRecord(
                step=self.step,
                time=time.time(),
                epoch=float(self.epoch),
                val_loss=number(found.loss),
                val_accuracy=number_or_none(found.accuracy),
                val_precision=number_or_none(found.precision),
                val_recall=number_or_none(found.recall),
                train_accuracy=number_or_none(train_accuracy),
            )
        )
        if self.best.improves(found.loss, self.step):
            self.checkpoints.keep_best(self.state())
        self._follow_plateau(found.loss)
        self._report(self.checkpoints.write_if_due(self.state))

    def _follow_plateau(self, val_loss: float) -> None:
        before = self.learning_rate.at(self.step)
        if self.learning_rate.validated(val_loss):
            after = self.learning_rate.at(self.step)
            reason = "no better validation for a while"
            self._tell("lr_drop", from_=before, to=after, by="plateau", reason=reason)

    def _gives_up(self) -> bool:
        """Whether early stopping ends the training, and tell so."""
        patience = self.hparams.early_stop_patience
        if not patience or self.best.validations_since < patience:
            return False
        self._tell("early_stop", by="early_stop_patience", reason=f"no new best in {patience} validations")
        return True

    def _listen(self) -> None:
        for answer in self.control.poll(self.step):
            self.log.write(answer)

    def _report(self, failure: str | None) -> None:
        """A checkpoint that cannot be written is a pity, and no reason to end a training."""
        if failure:
            self._tell("checkpoint", reason=failure, done=False)

    def _tell(
        self,
        name: str,
        *,
        from_: Value = None,
        to: Value = None,
        by: str = "",
        reason: str = "",
        done: bool = True,
    ) -> None:
        event = EventRecord(
            step=self.step, time=time.time(), name=name, from_=from_, to=to, by=by, reason=reason, done=done
        )
        self.log.write(event)

    def state(self) -> State:
        """Return everything that an exact continuation needs. The tensors are the living ones: copy to keep them."""
        return {
            "step": self.step,
            "epoch": self.epoch,
            "val_loss": self.best.val_loss,
            "hparams": self.settings,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.learning_rate.state(),
            "random": self._random_states(),
        }

    def _random_states(self) -> State:
        cuda = [torch.cuda.get_rng_state()] if torch.cuda.is_available() else []
        return {"torch": torch.get_rng_state(), "cuda": cuda, "batches": self.batches.epoch_state}
