"""Trainings that are given commands at chosen steps, by no clock: what is asked for when is the same each time."""

import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import Tensor

from dltui_trainers import manifest
from dltui_trainers.checkpoint import load
from dltui_trainers.control import Control, Unusable
from dltui_trainers.origin import Origin
from dltui_trainers.runlog import (
    CHECKPOINTS,
    AnyRecord,
    Command,
    EndRecord,
    EvalRecord,
    EventRecord,
    StepRecord,
    Value,
)
from dltui_trainers.worker import DONE, Order, Worker
from dltui_trainers.writer import RunWriter
from trainers.trainings import CPU, read_log

SMALL: dict[str, object] = {"train_size": 200, "epochs": 5, "log_every": 1}
"""Four steps an epoch (64, 64, 64, and 8 samples), twenty in all, and each of them told."""

Asked = Command | None
"""``None``: nothing more is found at this look at the file."""
Script = Sequence[tuple[int, Asked]]
"""What is asked for once so many steps are done; the next one waits until the one before has been found. A step is done
before the next look, so after an undo to step 10 it looks at 11."""

STUCK = 50
"""So many looks at one step, and nothing found that would let it go on."""

_ids = count(1)


def asked(command: str, *, by: str = "user", reason: str = "", **values: Value) -> Command:
    """Return a command; ``set`` takes its values by name."""
    names = list(values)
    hparam = names[0] if names else None
    return Command(
        id=next(_ids),
        time=time.time(),
        command=command,
        hparam=hparam,
        value=values.pop(hparam) if hparam else None,
        also=values,
        by=by,
        reason=reason,
    )


class Scripted(Control):
    """Finds the commands of a script as soon as the training has come to their step."""

    def __init__(self, folder: Path, script: Script = ()) -> None:
        super().__init__(folder)
        self.step: Callable[[], int] = lambda: -1
        self._script = deque(script)
        self._last, self._looks = -1, 0

    def poll(self, *, at_once: bool = False) -> list[Command | Unusable]:
        found: list[Command | Unusable] = []
        self._looks = self._looks + 1 if self.step() == self._last else 0
        self._last = self.step()
        assert self._looks < STUCK, "the training waits for a command that the script does not hold"
        while self._script and self._script[0][0] == self.step():
            _, command = self._script.popleft()
            if command is None:
                break
            found.append(command)
        return found


def train(
    folder: Path,
    script: Script = (),
    *,
    origin: Path | None = None,
    at: float | Literal["best", "last"] | None = None,
    task: str = "digits",
    code: int = DONE,
    **settings: object,
) -> Path:
    """Run a whole training in this process, with its log, its checkpoints and the commands of a script."""
    control = Scripted(folder, script)
    worker = Worker(
        Order(
            folder=folder,
            task=task,
            settings={name: str(value) for name, value in settings.items()},
            origin=None if origin is None else Origin(folder=origin, step=at),
        ),
        control,
        RunWriter.create(folder),
    )
    control.step = lambda: worker.step
    assert worker.work() == code
    return folder


def on_the_cpu_in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trainings be the same on every machine, and not wait for the disk, nor for git."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(os, "fsync", lambda fd: None)
    monkeypatch.setattr(manifest, "_git_commit", lambda: None)


def answers(run: Path) -> list[EventRecord]:
    """Return the events of a run."""
    return [record for record in read_log(run) if isinstance(record, EventRecord)]


def end_of(run: Path) -> EndRecord:
    """Return the last record, which must be an end."""
    record = read_log(run)[-1]
    assert isinstance(record, EndRecord)
    return record


def as_it_stands(records: Sequence[AnyRecord]) -> list[AnyRecord]:
    """Return the records without those that were undone."""
    kept: list[AnyRecord] = []
    for record in records:
        if isinstance(record, EventRecord) and record.name == "undo" and record.done:
            kept = [each for each in kept if each.step <= record.step]
        kept.append(record)
    return kept


def measured(run: Path, after: int = -1) -> list[tuple[object, ...]]:
    """Return what was measured after that step and not undone, to the last bit; the clock is left out."""
    found: list[tuple[object, ...]] = []
    for record in as_it_stands(read_log(run)):
        if record.step <= after:
            continue
        if isinstance(record, StepRecord):
            found.append((record.step, record.epoch, record.train_loss, record.lr))
        elif isinstance(record, EvalRecord):
            found.append((record.step, record.epoch, record.val_loss, record.val_accuracy, record.train_accuracy))
    return found


def state_of(run: Path, name: str = "last.pt") -> dict[str, Any]:
    """Return what a checkpoint of the run holds."""
    return load(run / CHECKPOINTS / name, CPU)


def same(one: object, other: object) -> bool:
    """Whether two states are equal to the last bit."""
    if isinstance(one, Tensor):
        # NaN is the same as NaN here
        return isinstance(other, Tensor) and one.shape == other.shape and bool(((one == other) | (one != one)).all())
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return isinstance(other, type(one)) and len(one) == len(other) and all(map(same, one, other))
    return one == other


def assert_same_end(one: Path, other: Path, *, but: Sequence[str] = ()) -> None:
    """Check that two trainings ended in the same state: weights, optimiser, schedule, random numbers, order, best."""
    states = [state_of(run) for run in (one, other)]
    different = [name for name in states[0] if name not in but and not same(states[0][name], states[1].get(name))]
    assert not different, different
