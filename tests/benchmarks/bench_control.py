"""What live control costs a training, and how long a person waits for a change: commands, changes, checkpoints."""

import math
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from benchmarks.bench_interface import DLTUI
from benchmarks.bench_loop import _silent
from benchmarks.result import Result
from benchmarks.watched import Watched
from dltui.runs.control import ask
from dltui.runs.launch import launch
from dltui_trainers.checkpoint import copy_of, save
from dltui_trainers.commands import Commands
from dltui_trainers.configure import configure
from dltui_trainers.control import POLL_S, Control
from dltui_trainers.log import NullLog
from dltui_trainers.loop import Training
from dltui_trainers.named_task import find_task
from dltui_trainers.prepare import prepare
from dltui_trainers.runlog import (
    CHECKPOINTS,
    MANIFEST,
    METRICS,
    AnyRecord,
    Command,
    EventRecord,
    StepRecord,
    manifest_decoder,
    record_decoder,
)

STEP_S = 1e-3
CALLS = 100_000
REPEATS = 7
LOOKS = 2_000
CHANGES = 40
KEYS = 20
KEYED = ("epochs=1000000", "lr=0.001", "schedule=constant", "log_every=1")
KEY_PAUSE_S = 0.25
UNDOS = 10
"""As many as can be undone."""
PATIENCE_S = 30.0


def measure() -> list[Result]:
    """Return the cost of listening, the wait for a change, and what a change and a checkpoint cost."""
    torch.set_num_threads(1)
    with _silent(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        call_s, look_s = _listening(folder)
        set_s, undo_s = _changes(folder)
        state_s, save_s, size = _checkpoint(folder)
        waits, keys = _waits(folder), _keys(folder)
    share = (call_s + look_s * STEP_S / POLL_S) / STEP_S
    return [
        Result("reading commands, of a step of 1 ms, CPU", 100 * share, "%", 0.1),
        Result("  a call between two looks, beyond an empty call", 1e6 * call_s, "us", math.inf),
        Result("  a look at a file with nothing new", 1e6 * look_s, "us", math.inf),
        Result("set command -> first step with the new value, median", statistics.median(waits), "s", 0.2),
        Result("  the longest of 40", max(waits), "s", math.inf),
        Result("key in the run screen -> first step with the new value, median", statistics.median(keys), "s", 0.2),
        Result("  the longest of 20", max(keys), "s", math.inf),
        Result("a set with its checkpoint (digits), median", 1e3 * set_s, "ms", math.inf),
        Result("an undo, median", 1e3 * undo_s, "ms", math.inf),
        Result("  the state for a checkpoint, CPU", 1e6 * state_s, "us", math.inf),
        Result("  a checkpoint written and synced, median", 1e3 * save_s, "ms", math.inf),
        Result("  its size", size / 1e3, "kB", math.inf),
    ]


def _training(folder: Path, commands: Commands) -> Training:
    task = find_task("digits")
    hparams, _ = configure(task, {"epochs": "1000"})
    return prepare(task, hparams, torch.device("cpu")).training(folder, NullLog(), commands)


def _listening(folder: Path) -> tuple[float, float]:
    """CPU seconds of one call while it is not yet time to look, beyond an empty one, and of one that looks."""
    run = folder / "listening"
    run.mkdir()
    ask(run, "resume")
    control = Control(run)
    commands = Commands(control)
    training = _training(run, commands)
    control.poll(at_once=True)
    calls, empty, looks = [], [], []
    for _ in range(REPEATS):
        control._next_look = math.inf
        calls.append(_cpu_s(lambda: commands.listen(training), CALLS))
        empty.append(_cpu_s(lambda: _nothing(training), CALLS))
        looks.append(_cpu_s(lambda: _look(control, commands, training), LOOKS))
    return statistics.median(calls) - statistics.median(empty), statistics.median(looks) - statistics.median(calls)


def _nothing(training: Training) -> None: ...


def _look(control: Control, commands: Commands, training: Training) -> None:
    control._next_look = 0.0
    commands.listen(training)


def _cpu_s(call: Callable[[], object], count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        call()
    return (time.process_time() - began) / count


def _changes(folder: Path) -> tuple[float, float]:
    """Median seconds of a change with the checkpoint before it, and of going back."""
    commands = Commands(Control(folder))
    training = _training(folder, commands)
    training._validate()
    sets, undos = [], []
    for number in range(UNDOS):
        command = Command(id=number, time=time.time(), command="set", hparam="lr", value=0.001 * (number + 2))
        sets.append(_wall_s(lambda command=command: commands._set(training, command)))  # type: ignore[misc]
    for number in range(UNDOS):
        command = Command(id=-number, time=time.time(), command="undo")
        undos.append(_wall_s(lambda command=command: commands._undo(training, command)))  # type: ignore[misc]
    return statistics.median(sets), statistics.median(undos)


def _wall_s(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _checkpoint(folder: Path) -> tuple[float, float, int]:
    """CPU seconds of collecting the state, median seconds of writing it, and its bytes, after some steps of Adam."""
    training = _training(folder, Commands(Control(folder)))
    training.batches.begin()
    for _ in range(3):
        training._train_step(*training.batches.next())
    path = folder / CHECKPOINTS / "measured.pt"
    path.parent.mkdir(exist_ok=True)
    kept = copy_of(training.state())
    return (
        _cpu_s(training.state, 1000),
        statistics.median(_wall_s(lambda: save(path, kept)) for _ in range(20)),
        path.stat().st_size,
    )


def _waits(folder: Path) -> list[float]:
    """Seconds from the command of an interface to the record of the first step that was done with the new value."""
    run = launch(folder / "runs", "digits", {"epochs": "1000000", "schedule": "constant", "log_every": "1"})
    log = _Tail(run.folder / METRICS)
    try:
        log.until(lambda record: isinstance(record, StepRecord))
        waits = []
        for number in range(CHANGES):
            value = 1e-4 * (number % 7 + 2)
            time.sleep(0.05)
            began = time.time()
            ask(run.folder, "set", hparam="lr", value=value)
            record = log.until(lambda each, value=value: isinstance(each, StepRecord) and each.lr == value)  # type: ignore[misc]
            waits.append(record.time - began)
    finally:
        os.kill(run.pid, signal.SIGKILL)
    return waits


def _keys(folder: Path) -> list[float]:
    """Seconds from the key that confirms a change in the run screen to the first step with the new value.

    The learning rate is multiplied by 10 and divided by it again, in the dialog; the terminal is a real one.
    """
    settings = [word for setting in KEYED for word in ("--set", setting)]
    words = [*DLTUI, "train", "digits", "--name", "keyed", "--runs", str(folder), *settings]
    waits = []
    with Watched(words, folder=folder, columns=120, rows=35) as screen:
        screen.read_until(b"ETA")
        log = _Tail(folder / "keyed" / METRICS)
        for number in range(KEYS):
            screen.press("l")
            screen.read_until(b"Nothing is changed yet")
            screen.press("<" if number % 2 else ">")
            screen.drain_for(KEY_PAUSE_S)
            screen.press("\r")
            screen.drain_for(KEY_PAUSE_S)
            list(log.news())
            began = time.time()
            screen.press("\r")
            answer = log.until(lambda each: isinstance(each, EventRecord) and each.name == "set")
            first = log.until(lambda each, to=answer.to: isinstance(each, StepRecord) and each.lr == to)  # type: ignore[attr-defined, misc]
            waits.append(first.time - began)
            screen.drain_for(KEY_PAUSE_S)
    pid = manifest_decoder.decode((folder / "keyed" / MANIFEST).read_bytes()).pid
    os.kill(pid, signal.SIGKILL)
    return waits


class _Tail:
    """Reads a log that grows."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0

    def until(self, wanted: Callable[[AnyRecord], bool]) -> AnyRecord:
        """Return the next record that is wanted, waiting for it."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for record in self.news():
                if wanted(record):
                    return record
            time.sleep(0.002)
        raise TimeoutError(f"{self._path} does not tell it")

    def news(self) -> Iterator[AnyRecord]:
        """Yield the records that have come since."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        whole = content.rpartition(b"\n")[0]
        for line in whole.splitlines():
            self._offset += len(line) + 1
            yield record_decoder.decode(line)
