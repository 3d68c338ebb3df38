"""Trains configurations in processes of their own and keeps each run: a second benchmark only judges anew.

A run is the folder that ``dltui`` makes, without checkpoints, and ``measured.json`` beside the log: the loss on the
whole training set before and after, which no log has. Delete ``.bench-cache`` when the training loop has changed.
"""

import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec
import torch

from benchmarks.faults.config import Config
from benchmarks.faults.tasks import task_named
from dltui_trainers.commands import Commands
from dltui_trainers.control import Control
from dltui_trainers.manifest import make_manifest, write_manifest
from dltui_trainers.metrics import evaluate, evaluating
from dltui_trainers.pace import Pace
from dltui_trainers.prepare import Workbench, prepare
from dltui_trainers.runlog import CHECKPOINTS, EndRecord, Number, number
from dltui_trainers.writer import RunWriter

CACHE = Path(__file__).parents[3] / ".bench-cache"
MEASURED = "measured.json"
PROCESSES = min(2, os.cpu_count() or 1)
CPU = torch.device("cpu")


class Measured(msgspec.Struct):
    """The loss on the whole training set, as used and without dropout, untrained and at the end; ``cpu_s`` spent."""

    initial_train_loss: Number
    final_train_loss: Number
    cpu_s: float


def train_all(configs: Iterable[Config], cache: Path = CACHE) -> int:
    """Train what the cache does not hold; return how many that were."""
    missing = list({each.key: each for each in configs if not (cache / each.key).exists()}.values())
    if not missing:
        return 0
    with multiprocessing.get_context("spawn").Pool(PROCESSES, initializer=silence) as pool:
        for done, _ in enumerate(pool.imap_unordered(_train_into, [(each, cache) for each in missing]), 1):
            if done % 20 == 0 or done == len(missing):
                print(f"{done} of {len(missing)} trainings", file=sys.stderr, flush=True)
    return len(missing)


def silence() -> None:
    """Send what a process of trainings prints nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    torch.set_num_threads(1)


def run_of(config: Config, cache: Path = CACHE) -> Path:
    """Return the folder of the finished run, after training it where the cache does not hold it."""
    folder = cache / config.key
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="unfinished-") as name:
            run = Path(name) / config.key
            train(config, run)
            # Two processes may have trained the same; the runs are alike, and the first one stays.
            if not folder.exists():
                shutil.move(run, folder)
    return folder


def measured(folder: Path) -> Measured:
    """Return what was measured beside the log of a run."""
    return msgspec.json.decode((folder / MEASURED).read_bytes(), type=Measured)


def train(config: Config, folder: Path) -> None:
    """Train in this process; ``folder`` becomes a run like any other."""
    began = time.process_time()
    torch.set_num_threads(1)
    bench = prepare(task_named(config.task), config.hparams, CPU)
    bench = replace(bench, pace=_slower(bench.pace, config))
    writer = RunWriter.create(folder)
    write_manifest(folder, make_manifest(folder, bench, ["dltui", "train", config.task]))
    initial = _train_loss(bench)
    training = bench.training(folder, bench.run_log(writer), Commands(Control(folder)))
    status, best = training.run(), training.best
    best_val_loss = None if best.step is None else best.val_loss
    end = EndRecord(
        step=training.step, time=time.time(), status=status, best_step=best.step, best_val_loss=best_val_loss
    )
    writer.write(end)
    writer.close()
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
    found = Measured(initial, _train_loss(bench), time.process_time() - began)
    (folder / MEASURED).write_bytes(msgspec.json.encode(found))


def _train_into(order: tuple[Config, Path]) -> Path:
    return run_of(*order)


def _train_loss(bench: Workbench) -> Number:
    data = bench.data
    with evaluating(bench.model):
        found = evaluate(lambda x: bench.model(data.inputs(x)), data.train_x, data.train_y, data.loss)
        return number(found.loss)


def _slower(pace: Pace, config: Config) -> Pace:
    factor = config.record_every
    return Pace(
        record_every=pace.record_every * factor,
        gradient_every=pace.gradient_every * factor,
        ratio_every=pace.ratio_every * factor,
        layers_every=pace.layers_every * factor,
        eval_every=pace.eval_every * config.eval_every,
    )
