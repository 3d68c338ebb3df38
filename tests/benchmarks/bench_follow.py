"""What it costs to follow a log that grows by 1000 lines a second: the reader alone, and the interface with a chart."""

import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bench_interface import DLTUI, NORMAL
from benchmarks.result import Result
from benchmarks.watched import Watched

LINES_PER_S = 1000
WRITES_PER_S = 50
FOLLOWED_S = 20.0
LONG = 1_000_000
TARGET = 3.0

_READER = """
import sys, time
from pathlib import Path
from dltui.formats.following.watch import LogWatch
from dltui.formats.following.watch import POLL_S
from dltui.series.state import RunState
watch, state, until = LogWatch(Path(sys.argv[1])), RunState(), None
while until is None or time.monotonic() < until:
    update = watch.look()
    if update.is_news:
        state.take(update)
    if not update.loading:
        if until is None:
            before, until = time.process_time(), time.monotonic() + float(sys.argv[2])
        time.sleep(POLL_S)
print((time.process_time() - before) / float(sys.argv[2]), len(state.train_loss))
"""


def measure() -> list[Result]:
    """Return the share of a core for each format from its first line on, and for a CSV of a million rows."""
    results = []
    for name, line in (("csv", _csv), ("jsonl", _jsonl), ("text", _text)):
        results += [
            Result(f"following 1000 lines/s, {name}: reader", 100 * _reader(name, line, 0), "%", TARGET),
            Result(f"following 1000 lines/s, {name}: all of dltui", 100 * _interface(name, line, 0), "%", TARGET),
        ]
    return [
        *results,
        Result("the same behind 1e6 rows, csv: reader", 100 * _reader("csv", _csv, LONG), "%", TARGET),
        Result("the same behind 1e6 rows, csv: all of dltui", 100 * _interface("csv", _csv, LONG), "%", TARGET),
    ]


def _reader(name: str, line: Callable[[int], str], before: int) -> float:
    with _growing(name, line, before) as log:
        done = subprocess.run(
            [sys.executable, "-c", _READER, str(log), str(FOLLOWED_S)], capture_output=True, text=True, check=True
        )
    share, points = done.stdout.split()
    assert int(points) > before + LINES_PER_S * FOLLOWED_S / 2, "it did not follow"
    return float(share)


def _interface(name: str, line: Callable[[int], str], before: int) -> float:
    with (
        _growing(name, line, before) as log,
        Watched([*DLTUI, "watch", log.name], folder=log.parent, columns=NORMAL[0], rows=NORMAL[1]) as program,
    ):
        program.read_until("● running".encode())
        program.drain_for(5.0)
        cpu_s, began = program.cpu_s, time.monotonic()
        program.drain_for(FOLLOWED_S)
        return (program.cpu_s - cpu_s) / (time.monotonic() - began)


@contextmanager
def _growing(name: str, line: Callable[[int], str], before: int) -> Iterator[Path]:
    """A log of ``before`` rows and more, to which a thread of this process appends."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / f"train.{name}"
        with log.open("w") as file:
            file.write("step,train_loss,lr,grad_norm\n" if name == "csv" else "")
            file.writelines(line(number) for number in range(before + LINES_PER_S // WRITES_PER_S))
        ended = threading.Event()
        writer = threading.Thread(target=_write, args=(log, line, before + LINES_PER_S // WRITES_PER_S, ended))
        writer.start()
        try:
            yield log
        finally:
            ended.set()
            writer.join()


def _write(log: Path, line: Callable[[int], str], first: int, ended: threading.Event) -> None:
    count = LINES_PER_S // WRITES_PER_S
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    due = time.monotonic()
    while not ended.is_set():
        os.write(descriptor, "".join(line(number) for number in range(first, first + count)).encode())
        first += count
        due += 1 / WRITES_PER_S
        ended.wait(max(0.0, due - time.monotonic()))
    os.close(descriptor)


def _loss(number: int) -> float:
    return 0.1 + 2.2 * math.exp(-number / 20_000) + 0.05 * math.sin(number * 12.9898)


def _csv(number: int) -> str:
    return f"{number},{_loss(number):.6f},0.001,{1 + _loss(number):.5f}\n"


def _jsonl(number: int) -> str:
    return (
        f'{{"step": {number}, "train_loss": {_loss(number):.6f}, "lr": 0.001, "grad_norm": {1 + _loss(number):.5f}}}\n'
    )


def _text(number: int) -> str:
    return f"step {number}: loss {_loss(number):.6f}, lr 0.001, grad_norm {1 + _loss(number):.5f}\n"
