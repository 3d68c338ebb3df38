"""Run folders made by hand for tests: the lines of a log without a training."""

import fcntl
import math
import os
import random
import time
from pathlib import Path
from socket import gethostname
from typing import Any

import msgspec

from dltui_trainers.runlog import (
    FORMAT,
    MANIFEST,
    METRICS,
    STDOUT,
    AnyRecord,
    DataInfo,
    EndRecord,
    EvalRecord,
    EventRecord,
    LayerInfo,
    Manifest,
    ModelInfo,
    StepRecord,
    number,
    to_line,
)

START_S = 1_700_000_000.0
STEPS_PER_EPOCH = 10


def manifest(run: str = "digits-x", **changes: Any) -> Manifest:
    """Return a manifest as the digits task writes one."""
    given: dict[str, Any] = {
        "format": FORMAT,
        "run": run,
        "task": "digits",
        "created": "2026-01-02T03:04:05+00:00",
        "command": ["dltui", "train", "digits"],
        "seed": 0,
        "device": "cpu",
        "host": gethostname(),
        "pid": os.getpid(),
        "versions": {"python": "3.11"},
        "git": None,
        "hparams": {"lr": 0.001, "batch_size": 64, "optimizer": "adam", "schedule": "cosine", "dropout": 0.2},
        "epochs": 10,
        "steps_per_epoch": STEPS_PER_EPOCH,
        "data": DataInfo(n_train=640, n_val=160, classes=10, class_counts=[64] * 10, input_shape=[64]),
        "model": ModelInfo(
            parameters=650,
            trainable=650,
            layers=[LayerInfo(name="0.weight", shape=[10, 64], parameters=640, trainable=True)],
        ),
        "loss": "cross_entropy",
        "expected_initial_loss": 2.3026,
    }
    return Manifest(**{**given, **changes})


def step(number_of: int, loss: float | None = None, **rest: Any) -> StepRecord:
    """Return the record of one step; the loss falls as 1/step unless given."""
    return StepRecord(
        step=number_of,
        time=START_S + 0.1 * number_of,
        epoch=number_of / STEPS_PER_EPOCH,
        train_loss=number(1 / (1 + number_of) if loss is None else loss),
        lr=0.001,
        **rest,
    )


def evaluation(number_of: int, loss: float, **rest: Any) -> EvalRecord:
    """Return the record of one validation."""
    moment = START_S + 0.1 * number_of
    return EvalRecord(step=number_of, time=moment, epoch=number_of / STEPS_PER_EPOCH, val_loss=number(loss), **rest)


def event(name: str, number_of: int, at_s: float | None = None, **rest: Any) -> EventRecord:
    """Return what was done after that many steps, ``at_s`` seconds after the beginning: between two records."""
    return EventRecord(
        name=name, step=number_of, time=START_S + (0.1 * number_of + 0.05 if at_s is None else at_s), **rest
    )


def later(record: StepRecord | EvalRecord, by_s: float) -> StepRecord | EvalRecord:
    """Return the record as written so many seconds later: what a training does again after it went back."""
    record.time += by_s
    return record


def end(status: Any = "finished", **rest: Any) -> EndRecord:
    """Return a last record."""
    return EndRecord(step=100, time=START_S + 10, status=status, **rest)


def whole_run(steps: int = 100) -> list[AnyRecord]:
    """Return a short training from beginning to end: its best validation loss is 0.25, at step 60."""
    records: list[AnyRecord] = []
    for each in range(1, steps + 1):
        records.append(step(each, grad_norm=2.0 / each))
        if each % STEPS_PER_EPOCH == 0:
            records.append(evaluation(each, 0.25 + abs(each - 60) / 100, val_accuracy=0.5 + each / 250))
    records.append(end(best_step=60, best_val_loss=0.25))
    return records


def tuned_run() -> list[AnyRecord]:
    """Return a training in which much was done: a higher lr that hurt and was undone, a pause, a lower lr with dropout.

    100 steps are left of it, 10 an epoch; the steps 41 to 60 were done twice, and the best loss is 0.25 at step 90.
    """
    records: list[AnyRecord] = []
    _train(records, 1, 40, 0.0, 1.5)
    records.append(event("set", 40, id=1, hparam="lr", from_=0.001, to=0.03, by="user", reason="too slow"))
    _train(records, 41, 60, 0.0, 3.0)
    records.append(event("undo", 40, 6.05, id=2, from_=60, to=40, by="user"))
    _train(records, 41, 70, 2.1, 1.5)
    records.append(event("paused", 70, 9.2, id=3, by="user"))
    records.append(event("resumed", 70, 49.2, id=4, by="user"))
    for name, before, after in (("lr", 0.001, 0.0003), ("dropout", 0.2, 0.3)):
        records.append(
            event("set", 70, 49.3, id=5, hparam=name, from_=before, to=after, by="advice", reason="overfits")
        )
    records.append(event("set", 70, 49.4, id=6, hparam="lr", to=1e9, by="user", reason="too large", done=False))
    _train(records, 71, 100, 42.2, 0.5)
    records.append(event("checkpoint", 100, 52.3, id=7, to="step-00000100.pt", by="user"))
    return records


def _train(records: list[AnyRecord], first: int, last: int, later_s: float, level: float) -> None:
    for each in range(first, last + 1):
        records.append(later(step(each, level / (1 + each / 20)), later_s))
        if each % STEPS_PER_EPOCH == 0:
            records.append(later(evaluation(each, level / 2 + abs(each - 90) / 100), later_s + 0.01))


def random_log(seed: int, *, clock_may_stand: bool = True) -> list[AnyRecord]:
    """Return a log with steps, validations, settings, pauses and undos in any order."""
    chance = random.Random(seed)
    records: list[AnyRecord] = []
    at, clock = 0, 0.0
    for place in range(chance.randrange(150)):
        what = chance.random()
        if what < 0.75:
            at += chance.choice((1, 1, 3))
            norm = chance.choice((None, 1.0 / at))
            records.append(step(at, chance.choice((1.0 / at, -1.0, math.nan)), grad_norm=norm))
            if chance.random() < 0.2:
                records.append(evaluation(at, chance.choice((chance.random(), math.inf))))
        elif what < 0.85:
            name, value = chance.choice((("lr", 0.1), ("batch_size", 16), ("epochs", 7), ("log_every", 2)))
            records.append(event("set", at, id=chance.choice((place, None)), hparam=name, to=value))
        elif what < 0.92:
            records.append(event(chance.choice(("paused", "resumed", "checkpoint")), at))
        else:
            back = chance.randrange(at + 1)
            records.append(event("undo", back, from_=at, to=back, done=chance.random() < 0.8))
            at = back if records[-1].done else at  # type: ignore[union-attr]
    for record in records:
        clock += chance.choice((0.0, 0.1)) if clock_may_stand else 0.1
        record.time = START_S + clock
    return records


def write_run(folder: Path, records: list[AnyRecord], output: str = "one\ntwo\n", **changes: Any) -> Path:
    """Make a run's folder with those records and return it."""
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest(folder.name, **changes)))
    (folder / METRICS).write_bytes(b"".join(to_line(record) for record in records))
    (folder / STDOUT).write_text(output)
    return folder


class Lock:
    """Holds the lock of a run's log as its training would. Use it with ``with``."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / METRICS

    def __enter__(self) -> None:
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def append(folder: Path, *lines: bytes | AnyRecord) -> None:
    """Append lines or records to the run's log."""
    with (folder / METRICS).open("ab") as file:
        for line in lines:
            file.write(line if isinstance(line, bytes) else to_line(line))


def wait_until(condition: Any, timeout_s: float = 30.0) -> None:
    """Return as soon as ``condition()`` is true; fail the test if it never is."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)
