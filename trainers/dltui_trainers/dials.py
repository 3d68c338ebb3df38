"""What can be turned while a training runs: each live hyperparameter, and the part of the training that it turns.

A branch uses it too: it goes on exactly where its parent was, and turns what was changed before its first step.
"""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import nn

from dltui_trainers.batches import Batches
from dltui_trainers.checkpoint import Checkpoints
from dltui_trainers.choices import Schedule
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import set_dropout
from dltui_trainers.optimizers import set_momentum
from dltui_trainers.schedules import LearningRate


@dataclass(frozen=True, slots=True, kw_only=True)
class Dials:
    """The parts of a training that change when a hyperparameter does; all others are read anew at each step."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    learning_rate: LearningRate
    batches: Batches
    checkpoints: Checkpoints

    def turn(self, hparams: Hparams, names: Collection[str], *, step: int, epoch: int) -> str:
        """Let the hyperparameters ``names`` have their values in ``hparams`` from now on; return what is to be said.

        ``step`` steps and ``epoch`` whole epochs are done.
        """
        rate_before = self.learning_rate.at(step)
        if "batch_size" in names:
            self.batches.resize(hparams.batch_size)
        self._turn_schedule(hparams, names, step=step, epoch=epoch)
        if "weight_decay" in names:
            for group in self.optimizer.param_groups:
                group["weight_decay"] = hparams.weight_decay
        if "momentum" in names:
            set_momentum(self.optimizer, hparams)
        if not {"dropout", "layer_dropout", "input_dropout"}.isdisjoint(names):
            set_dropout(self.model, hparams)
        if "checkpoint_every" in names:
            self.checkpoints.every = hparams.checkpoint_every
        return self._rate_note(rate_before, names, step)

    def end(self, hparams: Hparams, *, step: int, epoch: int) -> int:
        """Return the step at which a training of ``epochs`` epochs, or of ``max_steps`` steps, ends."""
        under_way = self.batches.done > 0
        whole = hparams.epochs - epoch - under_way
        end = step + (self.batches.left if under_way else 0) + max(whole, 0) * len(self.batches)
        return min(end, hparams.max_steps or end)

    def _turn_schedule(self, hparams: Hparams, names: Collection[str], *, step: int, epoch: int) -> None:
        rate, end = self.learning_rate, self.end(hparams, step=step, epoch=epoch)
        if "schedule" in names:
            rate.set_schedule(step, hparams.schedule, end)
        else:
            if "batch_size" in names:
                rate.rescale(step, end)
            if not {"epochs", "max_steps"}.isdisjoint(names):
                rate.set_end(step, end)
        if "lr" in names:  # last: it is what holds at this step, whatever else was changed
            rate.set_lr(step, hparams.lr)
        if "warmup_steps" in names:
            rate.warm_up(step, hparams.warmup_steps)

    def _rate_note(self, before: float, names: Collection[str], step: int) -> str:
        """What a person should know of the learning rate from now on."""
        rate = self.learning_rate
        now = rate.at(step)
        if not {"lr", "schedule", "epochs", "max_steps", "batch_size", "warmup_steps"} & set(names):
            return ""
        parts = []
        if "lr" not in names and abs(now - before) > 1e-9 * before:
            parts.append(f"lr goes from {before:.3g} to {now:.3g}")
        if "schedule" in names and rate.schedule in (Schedule.ONE_CYCLE, Schedule.RANGE_TEST):
            parts.append(f"{rate.schedule} rises to {rate.base:.3g} from here")
        elif "schedule" in names and rate.begins > step:
            parts.append(f"the {rate.schedule} schedule begins after the warm-up")
        elif rate.schedule not in (Schedule.CONSTANT, Schedule.PLATEAU):
            parts.append(f"the {rate.schedule} schedule {'begins' if 'schedule' in names else 'goes on'} from there")
        elif rate.schedule is Schedule.PLATEAU:
            parts.append("the plateau schedule waits anew")
        return "; ".join(parts)
