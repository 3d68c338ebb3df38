"""The training loop, to be read from top to bottom.

An untrained network is validated first; then come epochs of steps, with a validation after each; then the end. All that
is measured goes to the log, all that somebody wants comes from the control file, and neither can break the training.
"""

import json
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Literal, Protocol

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from dltui_trainers.augment import Augmented, Augmenter, augmented_loss, make_augmenter
from dltui_trainers.batches import Batches
from dltui_trainers.best import Best
from dltui_trainers.checkpoint import Checkpoints, State
from dltui_trainers.choices import EvalCrops
from dltui_trainers.configure import as_json
from dltui_trainers.crops import averaged_answer
from dltui_trainers.dials import Dials
from dltui_trainers.health.non_finite import trace
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.log import MeanLoss, TrainingLog
from dltui_trainers.memory import Parts, within_memory
from dltui_trainers.metrics import Evaluation, accuracy_of, evaluate, evaluate_own, evaluating
from dltui_trainers.optimizers import set_lr
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import EvalRecord, EventRecord, MetricsRecord, Value, number, number_or_none
from dltui_trainers.schedules import LearningRate
from dltui_trainers.tasks import TaskData

TRAIN_SLICE, TRAIN_CHARACTERS = 512, 2048
"""Training targets whose accuracy stands beside each validation: within 2 percentage points of the whole, and cheap.
The characters of a text depend on those beside them, so it takes more."""

Status = Literal["finished", "stopped"]


class Listener(Protocol):
    """Who hears what somebody wants of the training; see :class:`dltui_trainers.commands.Commands`."""

    @property
    def stopping(self) -> bool:
        """Whether the training shall end."""
        ...

    def listen(self, training: "Training") -> None:
        """Between two steps: do what has been asked for since the last call. It may take any time."""
        ...

    def dismiss(self, training: "Training") -> None:
        """There will be no more steps: say so to who still asks."""
        ...


@dataclass(slots=True, kw_only=True)
class Training:
    """Everything that one training is made of, and how far it has come.

    ``epoch`` counts whole epochs. ``resumed``: it goes on from a checkpoint. ``eval_every`` counts epochs, too, and
    holds where the hyperparameter of that name, in steps, does not say otherwise. ``traced``: it has been looked for
    where a number that is not finite came from.
    """

    hparams: Hparams
    task: TaskInfo
    data: TaskData
    model: nn.Module
    optimizer: torch.optim.Optimizer
    learning_rate: LearningRate
    batches: Batches
    eval_every: int
    log: TrainingLog
    listener: Listener
    checkpoints: Checkpoints
    losses: MeanLoss
    parts: Parts = field(default_factory=Parts)
    augmenter: Augmenter | None = None
    step: int = 0
    epoch: int = 0
    resumed: bool = False
    best: Best = field(default_factory=Best)
    traced: bool = False

    def run(self) -> Status:
        """Train to the end, or until somebody stops it or nothing improves any more."""
        self.model.train()
        self._begin()
        while self._goes_on():
            if self._train_epoch() and self._validation_is_due():
                self._validate()
        self.log.finish(self.step, self.epochs_done, self.learning_rate.at(max(self.step - 1, 0)), self.losses)
        self.save_now()
        self.listener.dismiss(self)
        self.checkpoints.close()
        return "stopped" if self.listener.stopping else "finished"

    @property
    def epochs_done(self) -> float:
        """The epochs done, with the share of the one under way."""
        return self.epoch + self.batches.share_done

    @property
    def dials(self) -> Dials:
        """What can be turned while it runs."""
        return Dials(
            model=self.model,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            batches=self.batches,
            checkpoints=self.checkpoints,
        )

    def turn(self, hparams: Hparams, names: Collection[str]) -> str:
        """Let the hyperparameters ``names`` have their values in ``hparams`` from the next step on.

        Returns what a person should know of it.
        """
        self.hparams = hparams
        note = self.dials.turn(hparams, names, step=self.step, epoch=self.epoch)
        self.log.turn(hparams)
        self.augmenter = make_augmenter(hparams, self.data.scaling)
        if any(CATALOGUE[name].family != "log" for name in names):
            self.best.wait_anew()
            self.losses.forget()  # the first mean loss after it is of its steps alone
        return note

    def save_now(self) -> None:
        """Write the checkpoints without waiting until they are due."""
        self._report(self.checkpoints.write(self.state))

    def _goes_on(self) -> bool:
        self.listener.listen(self)
        return not self._is_complete and not self.listener.stopping and not self._gives_up()

    @property
    def _is_complete(self) -> bool:
        """Whether all epochs are done, or as many steps as are wanted."""
        return self.epoch >= self.hparams.epochs or 0 < self.hparams.max_steps <= self.step

    def _begin(self) -> None:
        """Validate before the first step: what comes after is compared with it."""
        if not self.resumed:
            self._validate()
        elif self.best.measured(self._measure(), self.step):
            self.checkpoints.keep_best(self.state())

    def _train_epoch(self) -> bool:
        """Train to the end of the epoch; return whether it was reached, and a validation may still be due."""
        while True:
            self.listener.listen(self)
            if self.listener.stopping:
                return False
            self.batches.begin()  # after the listening: it may have led back to another place
            self._train_step(*self._next_batch())
            if not self.batches.left:
                break
            if self._is_complete:
                self._validate()
                return False
            if self.hparams.eval_every and self.step % self.hparams.eval_every == 0:
                self._validate()
                if self._has_given_up:
                    return False
        self.epoch += 1
        self.batches.end()
        return True

    def _next_batch(self) -> tuple[Tensor, Tensor]:
        began = time.perf_counter()
        batch = self.batches.next()
        self.log.waited(time.perf_counter() - began)
        return batch

    def _train_step(self, x: Tensor, y: Tensor) -> None:
        lr = self.learning_rate.at(self.step)
        set_lr(self.optimizer, lr)
        batch = self.augmenter(x, y) if self.augmenter else Augmented(x=x, y=y)
        loss = within_memory(lambda: self._gradient(batch), lambda reason: self._shrink(len(x), reason))
        self.step += 1
        self.losses.add(loss, self.batches.size)
        if not self.log.before_update(self.step, self.batches.size) or not self.losses.finite:
            self._trace_non_finite(batch)
        if self.hparams.grad_clip:
            clip_grad_norm_(self.model.parameters(), self.hparams.grad_clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.log.after_update(self.step, self.epochs_done, lr, self.losses)

    def _trace_non_finite(self, batch: Augmented) -> None:
        """Tell, once, where the first number that is not finite came from; the weights still are those that made it."""
        if self.traced:
            return
        self.traced = True
        origin = trace(self.model, lambda: self._loss(batch), batch.y)
        if origin is not None:
            self._tell("non_finite", from_=origin.where, to=origin.what, reason=origin.reason)

    def _gradient(self, batch: Augmented) -> Tensor:
        """Compute the gradient of a batch; return the loss of the data alone, which compares with the validation's."""
        samples = len(batch.x)
        count = self.parts.of(samples)
        if count == 1:
            loss = self._loss(batch)
            torch.autograd.backward(loss + self._l1_penalty() if self.hparams.l1 else loss)
            return loss
        total = torch.zeros((), device=batch.x.device)
        for part in batch.split(count):
            loss = self._loss(part) * (len(part.x) / samples)
            torch.autograd.backward(loss)
            total += loss.detach()
        if self.hparams.l1:
            torch.autograd.backward(self._l1_penalty())
        return total

    def _loss(self, batch: Augmented) -> Tensor:
        output = self.model(batch.x)
        return augmented_loss(output, batch, self.data.loss, label_smoothing=self.hparams.label_smoothing)

    def _l1_penalty(self) -> Tensor:
        """The sum of absolute weights. Biases and norms are not weights: they have one dimension."""
        weights = [each.abs().sum() for each in self.model.parameters() if each.ndim > 1]
        return self.hparams.l1 * torch.stack(weights).sum()

    def _shrink(self, samples: int, reason: str) -> bool:
        """Divide a batch into more parts, if it can be; the gradients of an attempt that failed are dropped."""
        self.optimizer.zero_grad()
        sizes = self.parts.halve(samples)
        if sizes is None:
            return False
        note = f"a batch of {samples} is computed in parts of {sizes[1]}, whose gradients are added up"
        self._tell("oom", hparam="batch_size", from_=sizes[0], to=sizes[1], by="memory", reason=reason, note=note)
        return True

    def _shrink_validation(self, reason: str) -> bool:
        sizes = self.parts.halve_chunk(len(self.data.val_x))
        if sizes is None:
            return False
        note = f"the validation takes {sizes[1]} samples at a time"
        self._tell("oom", from_=sizes[0], to=sizes[1], by="memory", reason=reason, note=note)
        return True

    def _validation_is_due(self) -> bool:
        """Whether there is one at the end of this epoch."""
        if self._is_complete:
            return True
        if self.hparams.eval_every:
            return self.step % self.hparams.eval_every == 0
        return self.epoch % self.eval_every == 0

    def _validate(self) -> None:
        val_loss = self._measure()
        # Before the best state is kept, which must know of it.
        self._follow_plateau(val_loss)
        if self.best.improves(val_loss, self.step):
            self.checkpoints.keep_best(self.state())
        self._report(self.checkpoints.write_if_due(self.state, self.step))

    def _measure(self) -> float:
        """Tell the log how good the network is now, and return the validation loss. It changes nothing else."""
        data, parts = self.data, self.parts
        with evaluating(self.model):
            found = within_memory(self._evaluate, self._shrink_validation)
            train_accuracy = None
            if found.accuracy is not None and data.metrics is None:
                n = max(1, TRAIN_CHARACTERS // data.train_y[0].numel()) if data.is_sequence else TRAIN_SLICE
                train_accuracy = within_memory(
                    lambda: accuracy_of(self._answer, data.train_x[:n], data.train_y[:n], parts.chunk),
                    self._shrink_validation,
                )
        self.log.write(
            EvalRecord(
                step=self.step,
                time=time.time(),
                epoch=round(self.epochs_done, 4),
                val_loss=number(found.loss),
                val_accuracy=number_or_none(found.accuracy),
                val_precision=number_or_none(found.precision),
                val_recall=number_or_none(found.recall),
                val_perplexity=number_or_none(found.perplexity),
                val_r2=number_or_none(found.r2),
                train_accuracy=number_or_none(train_accuracy),
            )
        )
        if found.own:
            values = {name: number(value) for name, value in found.own.items()}
            epoch = round(self.epochs_done, 4)
            self.log.write(MetricsRecord(step=self.step, time=time.time(), epoch=epoch, values=values))
        return found.loss

    def _evaluate(self) -> Evaluation:
        data, chunk = self.data, self.parts.chunk
        if data.metrics is not None:
            return evaluate_own(self._answer, data.val_x, data.val_y, data.loss, data.metrics, chunk)
        return evaluate(self._answer, data.val_x, data.val_y, data.loss, chunk)

    def _answer(self, x: Tensor) -> Tensor:
        """What the network says of stored samples."""
        inputs = self.data.inputs(x)
        if self.hparams.test_crops is EvalCrops.NONE:
            answer: Tensor = self.model(inputs)
            return answer
        return averaged_answer(self.model, inputs, self.hparams.test_crops, self.data.loss)

    def _follow_plateau(self, val_loss: float) -> None:
        before = self.learning_rate.at(self.step)
        if self.learning_rate.validated(val_loss):
            after = self.learning_rate.at(self.step)
            reason = "no better validation for a while"
            self._tell("lr_drop", hparam="lr", from_=before, to=after, by="plateau", reason=reason)

    def _gives_up(self) -> bool:
        """Whether early stopping ends the training, and tell so."""
        if self._has_given_up:
            reason = f"no new best in {self.hparams.early_stop_patience} validations"
            self._tell("early_stop", by="early_stop_patience", reason=reason)
        return self._has_given_up

    @property
    def _has_given_up(self) -> bool:
        patience = self.hparams.early_stop_patience
        return 0 < patience <= self.best.validations_since

    def _report(self, failure: str | None) -> None:
        """A checkpoint that cannot be written is a pity, and no reason to end a training."""
        if failure:
            self._tell("checkpoint", reason=failure, done=False)

    def _tell(
        self,
        name: str,
        *,
        hparam: str = "",
        from_: Value = None,
        to: Value = None,
        by: str = "",
        reason: str = "",
        note: str = "",
        done: bool = True,
    ) -> None:
        self.log.write(
            EventRecord(
                step=self.step,
                time=time.time(),
                name=name,
                hparam=hparam,
                from_=from_,
                to=to,
                by=by,
                reason=reason,
                note=note,
                done=done,
            )
        )

    def state(self) -> State:
        """Return everything that an exact continuation needs. The tensors are the living ones: copy to keep them.

        ``step``, ``epoch``, ``task`` and ``settings`` come first: :func:`dltui_trainers.kept.read_head` looks for them
        there.
        """
        return {
            "step": self.step,
            "epoch": self.epoch,
            "task": self.task.name,
            "settings": json.dumps(as_json(self.hparams, self.task)),
            "best": asdict(self.best),
            "parts": asdict(self.parts),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.learning_rate.state(),
            "losses": self.losses.state(),
            "batches": self.batches.state(),
            "random": self._random_states(),
        }

    def _random_states(self) -> State:
        cuda = [torch.cuda.get_rng_state()] if torch.cuda.is_available() else []
        return {"torch": torch.get_rng_state(), "cuda": cuda}
