"""What one log call costs the training process, in CPU time, beside a CSV row with a flush."""

import csv
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.result import Result
from dltui_trainers.runlog import StepRecord, number
from dltui_trainers.writer import RunWriter

CALLS = 20_000
REPEATS = 7


def measure() -> list[Result]:
    """Return CPU microseconds of a log call, making the record included."""
    with tempfile.TemporaryDirectory() as folder:
        ours, csv_row = _interleaved(Path(folder))
    return [
        Result("log call, CPU", ours, "us", 3.0),
        Result("log call / CSV row + flush", ours / csv_row, "x", 1.0),
    ]


def _interleaved(folder: Path) -> tuple[float, float]:
    """Medians over runs that alternate, so that a change of the machine's speed hits both."""
    writer = RunWriter.create(folder / "run")
    ours, theirs = [], []
    with (folder / "log.csv").open("w", newline="") as file:
        rows = csv.writer(file)

        def log(step: int) -> None:
            writer.write(
                StepRecord(
                    step=step,
                    time=time.time(),
                    epoch=step / 23,
                    train_loss=number(0.123456789),
                    lr=number(0.001),
                    grad_norm=number(1.23456789),
                    throughput=number(123456.7),
                )
            )

        def csv_row(step: int) -> None:
            rows.writerow((step, time.time(), step / 23, 0.123456789, 0.001, 1.23456789, 123456.7))
            file.flush()

        for _ in range(REPEATS):
            ours.append(_cpu_us(log))
            theirs.append(_cpu_us(csv_row))
    writer.close()
    return statistics.median(ours), statistics.median(theirs)


def _cpu_us(call: Callable[[int], None]) -> float:
    began = time.process_time()
    for step in range(CALLS):
        call(step)
    return (time.process_time() - began) / CALLS * 1e6
