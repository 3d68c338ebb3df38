"""What the training pays for being watched, and how our loop compares with one written plainly around a DataLoader."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.result import Result
from dltui_trainers.configure import configure
from dltui_trainers.control import Control
from dltui_trainers.log import NullLog
from dltui_trainers.metrics import confusion_matrix, scores
from dltui_trainers.optimizers import make_optimizer
from dltui_trainers.prepare import Workbench, prepare
from dltui_trainers.registry import find_task
from dltui_trainers.writer import RunWriter

CPU = torch.device("cpu")
WATCHED_EPOCHS = 1000
"""About five seconds: a training of less than one records more often, for a curve that can be drawn."""
WATCHED_REPEATS = 9
PLAIN_EPOCHS = 10
PLAIN_REPEATS = 7


def measure() -> list[Result]:
    """Return the slow-down by logging and watching, and the time of our epoch over that of a plain loop."""
    torch.set_num_threads(1)
    with _silent(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        watched = _ratio(
            lambda: _our_loop(folder, WATCHED_EPOCHS, logged=True),
            lambda: _our_loop(folder, WATCHED_EPOCHS, logged=False),
            WATCHED_REPEATS,
        )
        plain = _ratio(
            lambda: _our_loop(folder, PLAIN_EPOCHS, logged=True),
            lambda: _plain_loop(PLAIN_EPOCHS),
            PLAIN_REPEATS,
        )
    return [
        Result("digits: slow-down by logging and watching", (watched - 1) * 100, "%", 1.0),
        Result("digits: our loop / plain DataLoader loop", plain, "x", 1.0),
    ]


def _ratio(one: Callable[[], float], other: Callable[[], float], repeats: int) -> float:
    """The median ratio of CPU times of pairs, which take turns in going first; a pair shares the machine's mood."""
    one(), other()
    ratios = []
    for repeat in range(repeats):
        if repeat % 2:
            first = one()
            ratios.append(first / other())
        else:
            second = other()
            ratios.append(one() / second)
    return statistics.median(ratios)


def _digits(epochs: int) -> Workbench:
    task = find_task("digits")
    hparams, _ = configure(task, {"epochs": str(epochs)})
    return prepare(task, hparams, CPU)


def _our_loop(folder: Path, epochs: int, *, logged: bool) -> float:
    """CPU seconds of the training itself, the checkpoints at its end included; the start is left out."""
    bench = _digits(epochs)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        run = Path(name)
        writer = RunWriter.create(run)
        training = bench.training(run, bench.run_log(writer) if logged else NullLog(), Control(run))
        began = time.process_time()
        training.run()
        taken = time.process_time() - began
        writer.close()
    return taken


def _plain_loop(epochs: int) -> float:
    """The same training and validation as most people write it."""
    bench = _digits(epochs)
    data, model = bench.data, bench.model
    loader = DataLoader(TensorDataset(data.train_x, data.train_y), batch_size=64, shuffle=True)
    validation = DataLoader(TensorDataset(data.val_x, data.val_y), batch_size=len(data.val_x))
    optimizer = make_optimizer(model.parameters(), bench.hparams)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, len(loader) * epochs)
    began = time.process_time()
    for _ in range(epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
        model.eval()
        with torch.no_grad():
            for x, y in validation:
                output = model(x)
                F.cross_entropy(output, y).item()
                scores(confusion_matrix(output.argmax(1), y, 10))
    return time.process_time() - began


@contextmanager
def _silent() -> Iterator[None]:
    """Send what the trainings print, which goes to the file descriptor, nowhere."""
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
