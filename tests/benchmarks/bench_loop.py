"""What the training pays for being watched and for its knobs, and how our loop compares with ones written plainly."""

import math
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
from dltui_trainers.commands import Commands
from dltui_trainers.configure import configure
from dltui_trainers.control import Control
from dltui_trainers.hparams import Hparams
from dltui_trainers.log import MeanLoss, NullLog, TrainingLog
from dltui_trainers.loop import TRAIN_SLICE
from dltui_trainers.metrics import accuracy_of, confusion_matrix, evaluate, evaluating, scores
from dltui_trainers.named_task import find_task
from dltui_trainers.optimizers import make_optimizer, set_lr
from dltui_trainers.prepare import Workbench, prepare
from dltui_trainers.runlog import Record
from dltui_trainers.writer import RunWriter

CPU = torch.device("cpu")
WATCHED_EPOCHS = 2000
BLOCK_EPOCHS = 10
"""The log is switched on and off in turns, every 50 ms: what the machine does meanwhile falls on both sides alike.
Whole trainings one after the other differed by 1 % from each other for no reason of ours."""
WATCHED_TRAININGS = 5
OFTEN = {"width": "256", "layers": "3", "watch_every": "10"}
"""Steps of 1 to 2 ms, with the statistics of the layers at every tenth."""
OFTEN_EPOCHS = 300
MOST_FOR_KNOBS = 1.25
BARE_EPOCHS, BARE_REPEATS = 20, 11
PLAIN_EPOCHS = 10
PLAIN_REPEATS = 7


def measure() -> list[Result]:
    """Return the slow-down by logging and watching, and the time of our epoch over that of a plain loop."""
    torch.set_num_threads(1)
    with _silent(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        watched = _watched_ratio(folder, WATCHED_EPOCHS)
        often = _watched_ratio(folder, OFTEN_EPOCHS, **OFTEN)
        plain = _ratio(
            lambda: _our_loop(folder, PLAIN_EPOCHS),
            lambda: _plain_loop(PLAIN_EPOCHS),
            PLAIN_REPEATS,
        )
        bare = _ratio(lambda: _our_loop(folder, BARE_EPOCHS), lambda: _bare_loop(BARE_EPOCHS), BARE_REPEATS)
    return [
        Result("digits: slow-down by logging and watching", (watched - 1) * 100, "%", 1.0),
        Result("digits, 256 wide: slow-down with layer statistics every 10 steps", (often - 1) * 100, "%", 2.0),
        Result("digits: our loop / plain DataLoader loop", plain, "x", 1.0),
        Result("digits: our loop, every knob off / a loop that has none", bare, "x", MOST_FOR_KNOBS),
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


def _digits(epochs: int, **settings: str) -> Workbench:
    task = find_task("digits")
    hparams, _ = configure(task, {"epochs": str(epochs), **settings})
    return prepare(task, hparams, CPU)


class _SwitchedLog:
    """Logs in every second block of steps, and adds up the CPU time of either kind."""

    def __init__(self, log: TrainingLog, block_steps: int) -> None:
        self.seconds = [0.0, 0.0]
        self._logs = (NullLog(), log)
        self._block_steps = block_steps
        self._on = 0
        self._since = time.process_time()

    def waited(self, seconds: float) -> None:
        self._logs[self._on].waited(seconds)

    def before_update(self, step: int, samples: int) -> bool:
        return self._logs[self._on].before_update(step, samples)

    def after_update(self, step: int, epoch: float, lr: float, losses: MeanLoss) -> None:
        self._logs[self._on].after_update(step, epoch, lr, losses)
        if step % self._block_steps == 0:
            now = time.process_time()
            self.seconds[self._on] += now - self._since
            self._on, self._since = 1 - self._on, now

    def finish(self, step: int, epoch: float, lr: float, losses: MeanLoss) -> None: ...

    def turn(self, hparams: Hparams) -> None: ...

    def rest(self, step: int) -> None: ...

    def write(self, record: Record) -> None:
        self._logs[self._on].write(record)


def _watched_ratio(folder: Path, epochs: int, **settings: str) -> float:
    """The median over trainings of the CPU time of logged and watched blocks over that of the others."""
    ratios = []
    for _ in range(WATCHED_TRAININGS):
        bench = _digits(epochs, **settings)
        with _training(folder) as (run, writer):
            log = _SwitchedLog(bench.run_log(writer), BLOCK_EPOCHS * len(bench.batches))
            bench.training(run, log, Commands(Control(run))).run()
            ratios.append(log.seconds[1] / log.seconds[0])
    return statistics.median(ratios)


def _our_loop(folder: Path, epochs: int) -> float:
    """CPU seconds of the training itself, the checkpoints at its end included; the start is left out."""
    bench = _digits(epochs)
    with _training(folder) as (run, writer):
        training = bench.training(run, bench.run_log(writer), Commands(Control(run)))
        began = time.process_time()
        training.run()
        return time.process_time() - began


@contextmanager
def _training(folder: Path) -> Iterator[tuple[Path, RunWriter]]:
    """A run's folder and its open log."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        writer = RunWriter.create(Path(name))
        yield Path(name), writer
        writer.close()


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


def _bare_loop(epochs: int) -> float:
    """The same training and validation with nothing that could be turned, the whole training set gathered at once."""
    bench = _digits(epochs)
    data, model = bench.data, bench.model
    optimizer = make_optimizer(model.parameters(), bench.hparams)
    steps, step = len(bench.batches) * epochs, 0
    began = time.process_time()
    for _ in range(epochs):
        order = torch.randperm(len(data.train_x))
        for x, y in zip(data.train_x[order].split(64), data.train_y[order].split(64), strict=True):
            set_lr(optimizer, bench.hparams.lr * (1 + math.cos(math.pi * step / steps)) / 2)
            torch.autograd.backward(F.cross_entropy(model(x), y))
            optimizer.step()
            optimizer.zero_grad()
            step += 1
        with evaluating(model):
            evaluate(model, data.val_x, data.val_y, data.loss)
            accuracy_of(model, data.train_x[:TRAIN_SLICE], data.train_y[:TRAIN_SLICE])
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
