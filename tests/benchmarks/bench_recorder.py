"""What ``run.log`` of a user's script costs: CPU of a call, and the time by which it slows a training of 1 ms steps."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.result import Result
from dltui_trainers.recorder import Run, start_run

CALLS = 20_000
REPEATS = 9
STEP_S = 0.001
STEPS = 50
PAIRS = 151


def measure() -> list[Result]:
    """Return CPU microseconds of three kinds of calls, and the slowdown in percent."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_run("bench", runs=folder) as run,
        start_run("spelt", runs=folder) as spelt,
    ):
        return [
            Result("run.log of a step, CPU", _cpu_us(lambda step: _step(run, step)), "us", 3.0),
            Result("run.log by other spellings, CPU", _cpu_us(lambda step: _spelt(spelt, step)), "us", 3.0),
            Result("run.log of a step and own numbers, CPU", _cpu_us(lambda step: _mixed(run, step)), "us", 10.0),
            Result("training of 1 ms steps, slowed by run.log", _slowdown_percent(run), "%", 1.0),
            Result("time to start_run, CPU", _start_ms(Path(folder)), "ms", 20.0),
        ]


def _step(run: Run, step: int) -> None:
    run.log(step, train_loss=0.123456789, lr=0.001)


def _spelt(run: Run, step: int) -> None:
    run.log(step, loss=0.123456789, lr=0.001)


def _mixed(run: Run, step: int) -> None:
    run.log(step, train_loss=0.123456789, lr=0.001, tokens=12345, reward=0.5)


def _cpu_us(call: Callable[[int], None]) -> float:
    rounds = []
    for _ in range(REPEATS):
        began = time.process_time()
        for step in range(CALLS):
            call(step)
        rounds.append((time.process_time() - began) / CALLS * 1e6)
    return statistics.median(rounds)


def _slowdown_percent(run: Run) -> float:
    """The median over pairs, each measured at once and in turn first, so that the machine's speed hits both."""
    ratios = []
    for pair in range(PAIRS):
        timed = {logs: _training_s(run if logs else None) for logs in ((True, False) if pair % 2 else (False, True))}
        ratios.append(timed[True] / timed[False])
    return (statistics.median(ratios) - 1) * 100


def _training_s(run: Run | None) -> float:
    """The CPU time of a training whose steps are work, not sleep: ``STEPS`` of the same amount."""
    began = time.process_time()
    for step in range(STEPS):
        _work()
        if run is not None:
            run.log(step, train_loss=0.123456789, lr=0.001)
    return time.process_time() - began


def _work() -> int:
    return sum(range(_ROUNDS))


def _rounds() -> int:
    began = time.process_time()
    sum(range(2_000_000))
    return int(2_000_000 * STEP_S / (time.process_time() - began))


_ROUNDS = _rounds()


def _start_ms(folder: Path) -> float:
    timed = []
    for _ in range(5):
        began = time.process_time()
        start_run("begun", runs=folder).finish()
        timed.append((time.process_time() - began) * 1e3)
    return statistics.median(timed)
