"""What ``run.watch`` and listening cost a user's script of steps of about 1 ms: beside the same script without them."""

import math
import statistics
import tempfile
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.result import Result
from dltui_trainers.recorder import Run, start_run

BATCH, WIDTH = 128, 256
BLOCK_STEPS = 100
PAIRS = 61


def measure() -> list[Result]:
    """Return by how much a training is slowed, in percent."""
    torch.set_num_threads(1)
    with (
        tempfile.TemporaryDirectory() as folder,
        start_run("logs", runs=folder) as logs,
        start_run("every10", runs=folder) as every,
        start_run("usual", runs=folder) as usual,
    ):
        step_s = _plain_s() / BLOCK_STEPS
        return [
            Result("  a step of the script, CPU", 1e3 * step_s, "ms", math.inf),
            Result("script slowed by run.log and listening", _slowdown(_watched(logs, watches=False)), "%", 1.0),
            Result("script slowed by run.watch, every=10", _slowdown(_watched(every, 10)), "%", 2.0),
            Result("script slowed by run.watch as it is", _slowdown(_watched(usual)), "%", 2.0),
        ]


class _Script:
    """A network that takes about a millisecond for a step, and the usual loop."""

    def __init__(self) -> None:
        self.model = nn.Sequential(
            nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 10)
        )
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-4)
        self.x, self.y = torch.randn(BATCH, WIDTH), torch.randint(0, 10, (BATCH,))
        self.done = 0

    def train(self, run: Run | None = None) -> float:
        """CPU seconds of a block of steps."""
        began = time.process_time()
        for _ in range(BLOCK_STEPS):
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.model(self.x), self.y)
            torch.autograd.backward(loss)
            self.optimizer.step()
            self.done += 1
            value = loss.item()
            if run is not None:
                run.log(self.done, train_loss=value)
        return time.process_time() - began


def _watched(run: Run, every: int | None = None, *, watches: bool = True) -> Callable[[], float]:
    script = _Script()
    if watches:
        run.watch(script.model, script.optimizer, every)
    return lambda: script.train(run)


def _plain_s() -> float:
    script = _Script()
    return statistics.median(script.train() for _ in range(11))


def _slowdown(watched: Callable[[], float]) -> float:
    """The median over pairs, which take turns in going first: what the machine does meanwhile falls on both alike."""
    plain = _Script().train
    watched(), plain()
    ratios = []
    for pair in range(PAIRS):
        first, second = (watched, plain) if pair % 2 else (plain, watched)
        one, other = first(), second()
        ratios.append(one / other if pair % 2 else other / one)
    return (statistics.median(ratios) - 1) * 100
