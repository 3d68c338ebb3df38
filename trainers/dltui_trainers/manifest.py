"""Makes the manifest of our own trainings: what was started, on what, with which settings."""

import os
import platform
import socket
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

import dltui_trainers
from dltui_trainers.configure import as_json
from dltui_trainers.described_model import describe_model
from dltui_trainers.manifest_file import git_commit as _git_commit
from dltui_trainers.manifest_file import write_manifest as write_manifest
from dltui_trainers.prepare import Workbench
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import FORMAT, DataInfo, Manifest, Parent
from dltui_trainers.tasks import TaskData


def make_manifest(folder: Path, bench: Workbench, command: list[str], parent: Parent | None = None) -> Manifest:
    """Return the manifest of a training in this process that starts now, from ``parent`` or from nothing."""
    return Manifest(
        format=FORMAT,
        run=folder.name,
        task=bench.task.name,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        command=command,
        seed=bench.hparams.seed,
        device=str(bench.device),
        host=socket.gethostname(),
        pid=os.getpid(),
        versions=_versions(),
        git=_git_commit(),
        hparams=as_json(bench.hparams, bench.task),
        epochs=bench.hparams.epochs,
        steps_per_epoch=len(bench.batches),
        data=_describe_data(bench.data),
        model=describe_model(bench.model),
        loss=str(bench.data.loss),
        expected_initial_loss=bench.data.expected_initial_loss,
        parent=parent,
        settable=_settable(bench.task),
        processes=bench.ranks.world,
    )


def _settable(task: TaskInfo) -> list[str] | None:
    """What can be set live in a task file's training, whose own network may have taken some for good."""
    return [name for name in task.reads if task.hparam(name).live] if task.file else None


def _describe_data(data: TaskData) -> DataInfo:
    return DataInfo(
        n_train=len(data.train_x),
        n_val=len(data.val_x),
        classes=data.classes,
        class_counts=data.class_counts(),
        input_shape=list(data.input_shape),
    )


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "dltui": dltui_trainers.__version__,
    }
