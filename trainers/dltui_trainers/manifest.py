"""Writes ``run.json``: what was started, on what, with which settings."""

import os
import platform
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import nn

import dltui_trainers
from dltui_trainers.atomic import write_whole
from dltui_trainers.configure import as_json
from dltui_trainers.prepare import Workbench
from dltui_trainers.runlog import FORMAT, MANIFEST, DataInfo, LayerInfo, Manifest, ModelInfo, Parent
from dltui_trainers.tasks import TaskData

GIT_TIMEOUT_S = 1.0


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
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``run.json`` whole: a reader sees none or all of it. Raises ``OSError``."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    write_whole(folder / MANIFEST, text + b"\n")


def describe_model(model: nn.Module) -> ModelInfo:
    """Return the parameters of ``model``, one by one and in all."""
    layers = [
        LayerInfo(name=name, shape=list(each.shape), parameters=each.numel(), trainable=each.requires_grad)
        for name, each in model.named_parameters()
    ]
    return ModelInfo(
        parameters=sum(layer.parameters for layer in layers),
        trainable=sum(layer.parameters for layer in layers if layer.trainable),
        layers=layers,
    )


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


def _git_commit() -> str | None:
    """The commit of the current folder, if it is known at once: a slow file system must not delay the training."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None
