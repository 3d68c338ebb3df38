"""Trains in this process, and remembers: the same settings are never trained twice into one folder."""

import hashlib
import math
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from dltui.formats import open_log, state_of
from dltui.series.state import RunState
from dltui_trainers.commands import Commands
from dltui_trainers.control import Control
from dltui_trainers.errors import TrainerError
from dltui_trainers.manifest import make_manifest, write_manifest
from dltui_trainers.origin import Origin
from dltui_trainers.plan import plan
from dltui_trainers.prepare import prepare
from dltui_trainers.resume import load_snapshot, resume
from dltui_trainers.runlog import EndRecord
from dltui_trainers.writer import RunWriter

CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What is to be trained: ``settings`` as on a command line, from ``origin`` at ``step`` or from the beginning."""

    task: str
    settings: Mapping[str, str]
    origin: Path | None = None
    step: int | None = None

    @property
    def key(self) -> str:
        """The name of its folder."""
        told = " ".join(f"{name}={value}" for name, value in sorted(self.settings.items()))
        source = f" from {self.origin.name}@{self.step}" if self.origin is not None else ""
        return f"{self.task}-{hashlib.sha1((told + source).encode()).hexdigest()[:16]}"


def trained(training: Training, place: Path) -> Path:
    """Return the folder of the finished run beneath ``place``, after training it where it is not there yet."""
    folder = place / training.key
    if not folder.exists():
        place.mkdir(parents=True, exist_ok=True)
        unfinished = place / f"unfinished-{os.getpid()}-{training.key}" / training.key
        shutil.rmtree(unfinished.parent, ignore_errors=True)
        unfinished.parent.mkdir()
        _train(training, unfinished)
        if not folder.exists():
            unfinished.rename(folder)
        shutil.rmtree(unfinished.parent, ignore_errors=True)
    return folder


def _train(wanted: Training, folder: Path) -> None:
    torch.set_num_threads(1)
    writer = RunWriter.create(folder)
    status, error, training = "failed", None, None
    try:
        origin = Origin(folder=wanted.origin, step=wanted.step) if wanted.origin is not None else None
        chosen = plan(wanted.task, wanted.settings, origin)
        bench = prepare(chosen.task, chosen.starting, CPU, planned=chosen.hparams)
        training = bench.training(folder, bench.run_log(writer), Commands(Control(folder)))
        if chosen.kept is not None and chosen.parent is not None:
            resume(training, load_snapshot(chosen.kept.path), chosen.parent.changed)
            training.turn(chosen.hparams, chosen.turned)
        write_manifest(folder, make_manifest(folder, bench, ["dltui", "train", wanted.task], chosen.parent))
        status = training.run()
    except TrainerError as refused:
        error = str(refused)
    best = training.best if training is not None and training.best.step is not None else None
    writer.write(
        EndRecord(
            step=training.step if training else 0,
            time=time.time(),
            status=status,
            error=error,
            best_step=best.step if best else None,
            best_val_loss=best.val_loss if best else None,
        )
    )
    writer.close()


def curves(folder: Path) -> RunState:
    """Return the state of a run that has ended."""
    return state_of(open_log(folder))


def best_loss(state: RunState) -> float:
    """Return the lowest validation loss; infinite without one."""
    return state.best.val_loss if state.best is not None else math.inf
