"""The interface as a person has it, a real process in a real pseudo-terminal: how fast, how quiet, how little."""

import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runlogs import Lock, append, evaluation, step, write_run

from benchmarks.result import Result
from benchmarks.watched import Watched
from dltui_trainers.runlog import AnyRecord

DLTUI = (sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())")
BARE_TEXT = "a bare app"
BARE = f"""
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("{BARE_TEXT}")
Bare().run()
"""
NAME = "measured"
NORMAL, LARGE = (120, 35), (200, 50)

FIRST_PAINTS = 9
KEYS = 40
RECORDS = 20
UPDATES = 50
UPDATE_EVERY_S = 0.2
HISTORY = 2000
IDLE_S = 12.0
STEPS_PER_EPOCH = 10


def measure() -> list[Result]:
    """Return what is promised of the interface, and beside the first paint the time until all of a run is drawn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _headless_training(folder)
        paint_cpu, paint_wall, whole_cpu = _first_paint(folder)
        return [
            Result("first paint of dltui RUN / bare Textual app, CPU", paint_cpu, "x", 1.5),
            Result("first paint of dltui RUN / bare Textual app, wall", paint_wall, "x", 1.5),
            Result("all of a saved run on screen / bare Textual app, CPU", whole_cpu, "x", 2.5),
            Result("key to repaint while a training runs, p90", _key_to_repaint(folder) * 1e3, "ms", 60),
            Result("log call to changed chart, median", _log_to_chart(folder), "s", 0.3),
            Result("CPU with a finished run open", _idle_cpu(folder) * 100, "%", 0.5),
            Result("bytes per chart update, 200x50, median", _bytes_per_update(folder), "B", 3000),
        ]


def _dltui(folder: Path, *words: str, size: tuple[int, int] = NORMAL) -> Watched:
    return Watched([*DLTUI, *words], folder=folder, columns=size[0], rows=size[1])


def _headless_training(folder: Path) -> None:
    words = ["train", "digits", "--set", "epochs=20", "--name", NAME, "--headless"]
    subprocess.run([*DLTUI, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _first_paint(folder: Path) -> tuple[float, float, float]:
    """CPU and wall time to the run's name, and CPU time to its state, over those of an app that shows one line.

    The name stands there before numpy and the charts are imported, the state when everything is drawn.
    """
    ours, whole, bare = [], [], []
    for _ in range(FIRST_PAINTS):
        ours.append(_time_to(folder, [*DLTUI, NAME], NAME))
        bare.append(_time_to(folder, [sys.executable, "-c", BARE], BARE_TEXT))
        whole.append(_time_to(folder, [*DLTUI, NAME], "✓ finished"))
    our_cpu, our_wall = (statistics.median(each) for each in zip(*ours, strict=True))
    whole_cpu, _ = (statistics.median(each) for each in zip(*whole, strict=True))
    bare_cpu, bare_wall = (statistics.median(each) for each in zip(*bare, strict=True))
    return our_cpu / bare_cpu, our_wall / bare_wall, whole_cpu / bare_cpu


def _time_to(folder: Path, words: list[str], text: str) -> tuple[float, float]:
    with Watched(words, folder=folder, columns=NORMAL[0], rows=NORMAL[1]) as program:
        wall = program.read_until(text.encode()) - program.began_s
        return program.cpu_s, wall


def _key_to_repaint(folder: Path) -> float:
    """The 90th percentile of the time from ``y`` to the word that only a logarithmic chart shows."""
    chance = random.Random(0)
    taken = []
    with _dltui(folder, "train", "digits", "--set", "epochs=1000000", "--name", "busy") as program:
        program.read_until("● running".encode())
        program.drain_for(1.0)
        program.press("y")
        for _ in range(KEYS):
            program.drain_for(chance.uniform(0.3, 0.6))
            pressed = time.monotonic()
            program.press("y")
            taken.append(program.read_until(b"(log)") - pressed)
            program.drain_for(chance.uniform(0.1, 0.3))
            program.press("y")
        program.press("k")
        program.read_until(b"Stop busy?")
        program.press("y")
        program.read_until("■ stopped".encode())
    return statistics.quantiles(taken, n=10)[-1]


def _log_to_chart(folder: Path) -> float:
    """The median time from a record's write to the first byte that the interface sends for it."""
    chance = random.Random(0)
    taken = []
    run = write_run(folder / "runs" / "slow", _history(100))
    with Lock(run), _dltui(folder, "slow") as program:
        program.read_until("● running".encode())
        program.drain(1.0)
        for number in range(101, 101 + RECORDS):
            program.drain_for(chance.uniform(1.0, 2.0))
            logged = time.monotonic()
            append(run, _step(number))
            if not program.read(10.0):
                raise TimeoutError(f"step {number} was never drawn")
            taken.append(time.monotonic() - logged)
    return statistics.median(taken)


def _idle_cpu(folder: Path) -> float:
    """The share of one core that the interface takes when nothing happens."""
    with _dltui(folder, NAME) as program:
        program.read_until("✓ finished".encode())
        program.drain(1.0)
        before, began = program.cpu_s, time.monotonic()
        program.drain_for(IDLE_S)
        return (program.cpu_s - before) / (time.monotonic() - began)


def _bytes_per_update(folder: Path) -> float:
    """The median of the bytes that are sent for one more record, a validation now and then included."""
    counts = []
    run = write_run(folder / "runs" / "long", _history(HISTORY), epochs=400)
    with Lock(run), _dltui(folder, "long", size=LARGE) as program:
        program.read_until("● running".encode())
        program.drain(1.0)
        for number in range(HISTORY + 1, HISTORY + 1 + UPDATES):
            append(run, *_at(number))
            counts.append(program.drain_for(UPDATE_EVERY_S))
    return statistics.median(counts)


def _history(steps: int) -> list[AnyRecord]:
    return [record for number in range(1, steps + 1) for record in _at(number)]


def _at(number: int) -> list[AnyRecord]:
    if number % STEPS_PER_EPOCH:
        return [_step(number)]
    return [_step(number), evaluation(number, 0.2 + math.exp(-number / 500), val_accuracy=1 - math.exp(-number / 300))]


def _step(number: int) -> AnyRecord:
    """A step of an ordinary training: losses and norms fall, with noise."""
    chance = random.Random(number)
    loss = (0.1 + 2.2 * math.exp(-number / 600)) * chance.lognormvariate(0, 0.15)
    return step(number, loss, grad_norm=chance.lognormvariate(-1, 0.4), update_ratio=chance.lognormvariate(-7, 0.2))
