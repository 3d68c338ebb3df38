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
    """The best validation so far.

    A branch has a best of its own, because its log and its checkpoints do not tell of what was before. Early stopping
    is not begun anew by a branch without changes: ``before`` is the lowest loss of the training that it goes on from,
    and ``validations_since`` counts those after the best of both.
    """

    val_loss: float = math.inf
    step: int | None = None
    validations_since: int = 0
    before: float = math.inf

    def improves(self, val_loss: float, step: int) -> bool:
        """Take notice of a validation; return whether it is a new best. NaN never is."""
        self.validations_since = 0 if val_loss < self.lowest else self.validations_since + 1
        return self.measured(val_loss, step)

    def measured(self, val_loss: float, step: int) -> bool:
        """As :meth:`improves`, for a state that was validated before: early stopping has counted it already."""
        if not val_loss < self.val_loss:
            return False
        self.val_loss, self.step = val_loss, step
        return True

    @property
    def lowest(self) -> float:
        """The lowest loss of this training and of those it goes on from."""
        return min(self.val_loss, self.before)


@dataclass(slots=True, kw_only=True)
class Training:
    """Everything that one training is made of, and how far it has come.

    ``epoch`` counts whole epochs, ``epoch_began`` is the step at which the next one begins or began. ``resumed``: it
    goes on from a checkpoint.
    """

    hparams: Hparams
    task: str
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
    epoch_began: int = 0
    resumed: bool = False
    best: Best = field(default_factory=Best)

    def run(self) -> Status:
        """Train to the end, or until somebody stops it or nothing improves any more."""
        self.model.train()
        self._begin()
        while self.epoch < self.hparams.epochs and not self.control.stopping and not self._gives_up():
            self._train_epoch()
            if self._validation_is_due():
                self._validate()
        self.log.finish(self.step, self.learning_rate.at(max(self.step - 1, 0)), self.losses)
        self._report(self.checkpoints.write(self.state))
        return "stopped" if self.control.stopping else "finished"

    def _begin(self) -> None:
        """Validate before the first step: what comes after is compared with it."""
        if not self.resumed:
            self._validate()
        elif self.best.measured(self._measure(), self.step):
            self.checkpoints.keep_best(self.state())

    def _train_epoch(self) -> None:
        for x, y in self.batches:
            self._listen()
            if self.control.stopping:
                return
            self._train_step(x, y)
        self.epoch += 1
        self.epoch_began = self.step

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
        val_loss = self._measure()
        # Before the best state is kept, which must know of it.
        self._follow_plateau(val_loss)
        if self.best.improves(val_loss, self.step):
            self.checkpoints.keep_best(self.state())
        self._report(self.checkpoints.write_if_due(self.state))

    def _measure(self) -> float:
        """Tell the log how good the network is now, and return the validation loss. It changes nothing else."""
        data = self.data
        found = evaluate(self.model, data.val_x, data.val_y, data.loss)
        train_accuracy = None
        if found.accuracy is not None:
            train_accuracy = accuracy_of(self.model, data.train_x[:TRAIN_SLICE], data.train_y[:TRAIN_SLICE])
        self.log.write(
            EvalRecord(
                step=self.step,
                time=time.time(),
                epoch=round(self.epoch + (self.step - self.epoch_began) / len(self.batches), 4),
                val_loss=number(found.loss),
                val_accuracy=number_or_none(found.accuracy),
                val_precision=number_or_none(found.precision),
                val_recall=number_or_none(found.recall),
                train_accuracy=number_or_none(train_accuracy),
            )
        )
        return found.loss

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
        """Return everything that an exact continuation needs. The tensors are the living ones: copy to keep them.

        ``step``, ``epoch`` and ``task`` come first: :func:`dltui_trainers.kept.read_head` looks for them there.
        """
        return {
            "step": self.step,
            "epoch": self.epoch,
            "task": self.task,
            "batch": self.step - self.epoch_began,
            "val_loss": self.best.val_loss,
            "lowest_val_loss": self.best.lowest,
            "validations_since_lowest": self.best.validations_since,
            "hparams": self.settings,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.learning_rate.state(),
            "losses": self.losses.state(),
            "random": self._random_states(),
        }

    def _random_states(self) -> State:
        cuda = [torch.cuda.get_rng_state()] if torch.cuda.is_available() else []
        return {"torch": torch.get_rng_state(), "cuda": cuda, "batches": self.batches.epoch_state}
