"""What it costs to open a long log until all of it is on the screen, and to open it again.

Each opening is a process of its own in a real pseudo-terminal. What the length costs is the CPU time beyond that of
opening a run of ten steps just before, so that imports and the screen itself are on both sides. The logs take 1.6 GB
of the temporary folder.
"""

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from runlogs import START_S, end, write_run

from benchmarks.result import Result
from benchmarks.watched import Watched
from dltui_trainers.runlog import METRICS, EvalRecord, StepRecord, to_line

DLTUI = (sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())")
CACHE = "DLTUI_CACHE"
SHORT_STEPS = 10
VALIDATIONS = 200
AT_ONCE = 100_000
QUIET_S = 0.7
"""After this long without a byte, the diagnosis too is on the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LongLog:
    """A log to open: how it is written to a path, what the screen says when all of it is read, and what it may cost.

    ``progress``: it must be seen to be read. Another format is another line in ``LOGS``.
    """

    name: str
    write: Callable[[Path, int], object]
    steps: int
    shown: str
    first_s: float
    first_mb: float
    again_s: float
    progress: bool = False
    rounds: int = 5


def write_own(folder: Path, steps: int) -> None:
    """Write a run as our training does: each step, the gradient norm of each tenth, 200 validations."""
    every = max(1, steps // VALIDATIONS)
    write_run(folder, [], epochs=max(1, steps // every), steps_per_epoch=every)
    chance = np.random.default_rng(0)
    with (folder / METRICS).open("wb") as file:
        for first in range(1, steps + 1, AT_ONCE):
            noise = chance.lognormal(0, 0.3, AT_ONCE).tolist()
            numbers = range(first, min(steps + 1, first + AT_ONCE))
            file.writelines(line for number in numbers for line in _lines(number, steps, every, noise[number - first]))
        file.write(to_line(end()))


def _lines(number: int, steps: int, every: int, noise: float) -> Iterator[bytes]:
    done, moment, epoch = number / steps, START_S + 0.005 * number, round(number / every, 4)
    fallen = float(np.exp(-6 * done))
    loss = (2.3 * fallen + 0.08) * noise
    norm = 0.5 + loss if number % 10 == 0 else None
    yield to_line(
        StepRecord(step=number, time=moment, epoch=epoch, train_loss=loss, lr=1e-3 * (1 - done), grad_norm=norm)
    )
    if number % every == 0:
        yield to_line(
            EvalRecord(
                step=number, time=moment, epoch=epoch, val_loss=0.1 + 2.2 * fallen, val_accuracy=0.9 - 0.8 * fallen
            )
        )


OWN = "✓ finished"
LOGS = (
    LongLog(name="run of 1e6 steps", write=write_own, steps=10**6, shown=OWN, first_s=1, first_mb=250, again_s=0.15),
    LongLog(
        name="run of 1e7 steps",
        write=write_own,
        steps=10**7,
        shown=OWN,
        first_s=8,
        first_mb=600,
        again_s=0.5,
        progress=True,
        rounds=3,
    ),
)


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening: CPU seconds, and the most memory that it ever took, in MB."""

    cpu_s: float
    peak_mb: float


def measure() -> list[Result]:
    """Open each log for the first time and again, beside its short brother."""
    results = []
    with tempfile.TemporaryDirectory() as name, _own_cache(Path(name) / "cache") as kept:
        for log in LOGS:
            results += _of_log(log, Path(name), kept)
    return results


def _of_log(log: LongLog, folder: Path, kept: Path) -> list[Result]:
    short, long = folder / "short", folder / "long"
    log.write(short, SHORT_STEPS)
    log.write(long, log.steps)
    rounds = [_round(log, short, long, kept) for _ in range(log.rounds)]
    for path in (short, long):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    base, first, again = zip(*rounds, strict=True)
    return [
        *_costs(f"open a {log.name}", base, first, log.first_s, log.first_mb),
        *_costs(f"open a {log.name} again", base, again, log.again_s, log.first_mb),
    ]


def _round(log: LongLog, short: Path, long: Path, kept: Path) -> tuple[Opening, Opening, Opening]:
    """The short log, the long one for the first time, and the long one again."""
    shutil.rmtree(kept, ignore_errors=True)
    return _open(log, short), _open(log, long, progress=log.progress), _open(log, long)


def _costs(name: str, base: list[Opening], long: list[Opening], target_s: float, target_mb: float) -> list[Result]:
    extra = statistics.median(one.cpu_s - other.cpu_s for one, other in zip(long, base, strict=True))
    total = statistics.median(each.cpu_s for each in long)
    return [
        Result(f"{name}: CPU beyond that of {SHORT_STEPS} steps", extra, "s", target_s),
        Result(f"{name}: CPU in all", total, "s", float("inf")),
        Result(f"{name}: peak memory", statistics.median(each.peak_mb for each in long), "MB", target_mb),
    ]


def _open(log: LongLog, path: Path, *, progress: bool = False) -> Opening:
    with Watched([*DLTUI, str(path)], folder=path.parent, columns=120, rows=35) as program:
        if progress:
            program.read_until(b"reading the log")
        program.read_until(log.shown.encode())
        program.drain(QUIET_S)
        return Opening(program.cpu_s, program.peak_mb)


@contextmanager
def _own_cache(folder: Path) -> Iterator[Path]:
    """Let the programs that are started keep what they read in ``folder``."""
    given = os.environ.get(CACHE)
    os.environ[CACHE] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop(CACHE)
        if given is not None:
            os.environ[CACHE] = given
