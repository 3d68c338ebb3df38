"""How long it takes from an order to the first step of its training: forked by the warm process, and started cold."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result
from dltui.runs.warm import WarmProcess
from dltui_trainers.orders import Ended
from dltui_trainers.runlog import METRICS, StepRecord, record_decoder

TRIALS, COLD_TRIALS = 20, 5
MOST_MS = 100.0
TASKS = ("digits", "mnist1d", "polynomial")
SETTINGS = {"epochs": "1"}


def measure() -> list[Result]:
    """Return the medians of either, task by task."""
    with tempfile.TemporaryDirectory() as name, WarmProcess() as warm:
        root = Path(name)
        while not warm.replies(1.0):
            assert warm.alive
        found = [
            Result(
                f"{task}: order to first step, forked, median",
                _median([_forked(warm, root / f"{task}-{number}", task) for number in range(TRIALS)]),
                "ms",
                MOST_MS,
            )
            for task in TASKS
        ]
        cold = _median([_cold(root / f"cold-{number}", TASKS[0]) for number in range(COLD_TRIALS)])
    return [*found, Result(f"{TASKS[0]}: the same, a fresh process", cold, "ms", float("inf"))]


def _forked(warm: WarmProcess, folder: Path, task: str) -> float:
    began = time.time()
    warm.train(folder, task, SETTINGS, [])
    while not any(isinstance(reply, Ended) for reply in warm.replies(1.0)):
        assert warm.alive
    return _first_step(folder) - began


def _cold(folder: Path, task: str) -> float:
    began = time.time()
    words = [f"{name}={value}" for name, value in SETTINGS.items()]
    command = [sys.executable, "-m", "dltui_trainers.worker", str(folder), task, "--set", *words]
    subprocess.run(command, check=True, capture_output=True)
    return _first_step(folder) - began


def _first_step(folder: Path) -> float:
    """When the first step was written to the log, by the clock that we read too."""
    records = map(record_decoder.decode, (folder / METRICS).read_bytes().splitlines())
    return next(record.time for record in records if isinstance(record, StepRecord))


def _median(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000
