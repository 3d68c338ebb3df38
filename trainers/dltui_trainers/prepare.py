"""Puts a training together from checked hyperparameters: device, seed, data, network, optimiser, pace."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from dltui_trainers.batches import Batches
from dltui_trainers.checkpoint import Checkpoints
from dltui_trainers.configure import as_json
from dltui_trainers.control import Control
from dltui_trainers.hparams import Hparams, Norm
from dltui_trainers.log import MeanLoss, RunLog, TrainingLog
from dltui_trainers.loop import Training
from dltui_trainers.optimizers import make_optimizer
from dltui_trainers.pace import Pace, choose_pace, estimate_step_s
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import CHECKPOINTS
from dltui_trainers.schedules import LearningRate
from dltui_trainers.system import SystemGauge
from dltui_trainers.tasks import TaskData, import_task
from dltui_trainers.watch import Watch
from dltui_trainers.writer import RunWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """What a training works with: everything that is there before the first step."""

    task: TaskInfo
    hparams: Hparams
    device: torch.device
    data: TaskData
    model: nn.Module
    batches: Batches
    pace: Pace
    step_offset: int = 0
    """The step at which the epochs began to count: not 0 only in a branch with another batch size."""

    def training(self, folder: Path, log: TrainingLog, control: Control) -> Training:
        """Return the training, ready to run."""
        hparams, steps = self.hparams, len(self.batches) * self.hparams.epochs
        return Training(
            hparams=hparams,
            task=self.task.name,
            settings=as_json(hparams, self.task),
            data=self.data,
            model=self.model,
            optimizer=make_optimizer(self.model.parameters(), hparams),
            learning_rate=LearningRate.of(hparams, steps, self.step_offset),
            batches=self.batches,
            eval_every=self.pace.eval_every,
            log=log,
            control=control,
            checkpoints=Checkpoints(folder / CHECKPOINTS),
            losses=MeanLoss(self.device),
        )

    def run_log(self, writer: RunWriter) -> RunLog:
        """Return the log of this training into ``writer``."""
        return RunLog(
            writer,
            pace=self.pace,
            watch=Watch(self.model, self.data.train_x),
            system=SystemGauge(self.device),
            steps_per_epoch=len(self.batches),
            epochs=self.hparams.epochs,
            step_offset=self.step_offset,
        )


def prepare(task: TaskInfo, hparams: Hparams, device: torch.device | None = None) -> Workbench:
    """Return the workbench; the same seed gives the same one. Without ``device`` a GPU is taken where there is one."""
    device = device or _device()
    torch.manual_seed(hparams.seed)
    module = import_task(task)
    data = module.load(hparams)
    model = module.build_model(hparams, data)
    # Built on the CPU and then moved, so that a seed gives the same weights on every device.
    data, model = data.to(device), model.to(device)
    batches = Batches(
        data.train_x,
        data.train_y,
        batch_size=hparams.batch_size,
        seed=hparams.seed,
        at_least_two=hparams.norm is Norm.BATCH,
    )
    step_s = estimate_step_s(model, data.val_x[:1], hparams.batch_size)
    pace = choose_pace(step_s, len(batches), hparams.epochs)
    return Workbench(task=task, hparams=hparams, device=device, data=data, model=model, batches=batches, pace=pace)


def _device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda:0")
    # Several trainings often share a machine: with two threads on a busy two-core one, a step took 13 times as long.
    torch.set_num_threads(1)
    return torch.device("cpu")
