"""Puts a training together from checked hyperparameters: device, seed, data, network, optimiser, pace."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from dltui_trainers.allocator import keep_freed_memory
from dltui_trainers.augment import make_augmenter
from dltui_trainers.batches import Batches
from dltui_trainers.checkpoint import Checkpoints
from dltui_trainers.choices import Norm
from dltui_trainers.distributed.shares import Shares
from dltui_trainers.errors import InvalidHyperparameterError
from dltui_trainers.health.gauges import Gauges
from dltui_trainers.hparams import Hparams
from dltui_trainers.log import MeanLoss, RunLog, TrainingLog
from dltui_trainers.loop import Listener, Training
from dltui_trainers.memory import Parts
from dltui_trainers.metrics import chunk_of
from dltui_trainers.optimizers import make_optimizer
from dltui_trainers.pace import Pace, choose_pace, estimate_step_s
from dltui_trainers.recorder.ranks import ALONE, Ranks
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import CHECKPOINTS
from dltui_trainers.schedules import LearningRate
from dltui_trainers.system import SystemGauge
from dltui_trainers.task_module import import_task, settle
from dltui_trainers.tasks import TaskData
from dltui_trainers.watch import SAMPLES, Watch
from dltui_trainers.writer import RunWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """What a training works with: everything that is there before the first step."""

    task: TaskInfo
    hparams: Hparams
    device: torch.device
    data: TaskData
    model: nn.Module
    optimizer: torch.optim.Optimizer
    batches: Batches
    pace: Pace
    ranks: Ranks = ALONE

    def training(
        self, folder: Path, log: TrainingLog, listener: Listener, make: Callable[..., Training] = Training
    ) -> Training:
        """Return the training, ready to run; ``make``: of another kind."""
        hparams, steps = self.hparams, len(self.batches) * self.hparams.epochs
        steps = min(steps, hparams.max_steps or steps)
        return make(
            hparams=hparams,
            task=self.task,
            data=self.data,
            model=self.model,
            optimizer=self.optimizer,
            learning_rate=LearningRate.of(hparams, steps),
            batches=self.batches,
            eval_every=self.pace.eval_every,
            log=log,
            listener=listener,
            checkpoints=Checkpoints(folder / CHECKPOINTS, hparams.checkpoint_every),
            losses=MeanLoss(self.device),
            augmenter=make_augmenter(hparams, self.data.scaling),
            parts=Parts(least=1 + _needs_two(self.model, hparams), chunk=chunk_of(self.data.val_x, self.data.val_y)),
        )

    def run_log(self, writer: RunWriter) -> RunLog:
        """Return the log of this training into ``writer``."""
        watch = Watch(self.model, self.data.inputs(self.data.train_x[:SAMPLES]))
        return RunLog(
            writer,
            pace=self.pace,
            watch=watch,
            gauges=Gauges(self.model, self.optimizer, watch.samples),
            system=SystemGauge(writer.folder),
            hparams=self.hparams,
            processes=self.ranks.world,
        )


def prepare(
    task: TaskInfo,
    hparams: Hparams,
    device: torch.device | None = None,
    planned: Hparams | None = None,
    data: TaskData | None = None,
    ranks: Ranks = ALONE,
) -> Workbench:
    """Return the workbench; the same seed gives the same one. Without ``device`` a GPU is taken where there is one.

    ``planned``: the hyperparameters that will hold soon after the start, where they are others. ``data``: those of the
    task with these hyperparameters, where they have been loaded already. ``ranks``: this process among those that train
    together.
    """
    planned = planned or hparams
    device = device or choose_device()
    torch.manual_seed(hparams.seed)
    module = import_task(task)
    data = module.load(hparams) if data is None else data
    _refuse_single_sample(data, hparams)
    model = module.build_model(hparams, data)
    # Built on the CPU and then moved, so that a seed gives the same weights on every device.
    data, model = data.to(device), model.to(device)
    task, data = settle(module, task, hparams, data, model)
    batches = (Batches if ranks == ALONE else partial(Shares, ranks=ranks))(
        data.train_x,
        data.train_y,
        batch_size=hparams.batch_size,
        seed=hparams.seed,
        at_least_two=_needs_two(model, hparams),
        inputs=data.inputs,
    )
    step_s = estimate_step_s(model, data.inputs(data.val_x[:1]), planned.batch_size)
    steps_per_epoch = math.ceil(len(data.train_x) / (planned.batch_size * ranks.world))
    pace = choose_pace(step_s, steps_per_epoch, planned.epochs, planned.max_steps)
    return Workbench(
        task=task,
        hparams=hparams,
        device=device,
        data=data,
        model=model,
        optimizer=make_optimizer(model.parameters(), hparams),
        batches=batches,
        pace=pace,
        ranks=ranks,
    )


def _needs_two(model: nn.Module, hparams: Hparams) -> bool:
    """Whether one sample alone cannot be learned from: a batch norm, also one of a person's own, needs a variance."""
    return hparams.norm is Norm.BATCH or any(isinstance(each, _BatchNorm) for each in model.modules())


def _refuse_single_sample(data: TaskData, hparams: Hparams) -> None:
    """How many samples ``per_class`` leaves is known only now."""
    if hparams.norm is Norm.BATCH and len(data.train_x) == 1:
        raise InvalidHyperparameterError(
            f"norm = batch cannot work with the one training sample that per_class = {hparams.per_class} leaves,"
            " because it has no variance; take a larger per_class or norm = layer."
        )


def choose_device() -> torch.device:
    """Return where a training of this process computes, and let its memory and threads suit that."""
    if torch.cuda.is_available():
        return torch.device("cuda:0")
    # Several trainings often share a machine: with two threads on a busy two-core one, a step took 13 times as long.
    torch.set_num_threads(1)
    keep_freed_memory()
    return torch.device("cpu")
