"""A warm process that begins no process: folders of runs appear at its orders, and a test says how they go on."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from runlogs import append, end, whole_run, write_run

from dltui_trainers.control import Control
from dltui_trainers.orders import Ended, Refused, Reply, Started
from dltui_trainers.runlog import METRICS, AnyRecord

PID = 4_000_000
"""Of a process that there is not."""


class FakeTraining:
    """A run whose log is held as a living training holds it. ``obeys``: it ends when it is asked to stop."""

    def __init__(self, folder: Path, records: Sequence[AnyRecord] = (), obeys: bool = True) -> None:
        self.folder = folder
        self._control = Control(folder)
        self._obeys = obeys
        self.heard: list[str] = []
        write_run(folder, list(records), pid=PID)
        self._lock = os.open(folder / METRICS, os.O_WRONLY | os.O_APPEND)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def listen(self) -> None:
        """Hear what it is asked."""
        if not self.alive:
            return
        self.heard += [each.command for each in self._control.poll(at_once=True) if hasattr(each, "command")]
        if self._obeys and "stop" in self.heard:
            self.end("stopped")

    @property
    def alive(self) -> bool:
        return self._lock >= 0

    def end(self, status: str | None = "finished") -> None:
        """End it; with ``None`` without a word, as a kill does."""
        if not self.alive:
            return
        if status is not None:
            append(self.folder, end(status))
        os.close(self._lock)
        self._lock = -1


Begin = Callable[["FakeWarm", int, Path], None]


def finishes(warm: "FakeWarm", order: int, folder: Path) -> None:
    """Begin a training that has ended at the next look."""
    warm.said.append(Started(id=order, pid=PID))
    write_run(folder, whole_run(), pid=PID)
    warm.said.append(Ended(id=order, status=0))


def lives(warm: "FakeWarm", order: int, folder: Path) -> None:
    """Begin a training that goes on until it is asked to stop."""
    warm.said.append(Started(id=order, pid=PID))
    warm.trainings[folder.name] = FakeTraining(folder, whole_run()[:50])


def refuses(warm: "FakeWarm", order: int, folder: Path) -> None:
    """Begin nothing."""
    warm.said.append(Refused(id=order, reason="The system gives no process for it."))


def dies(warm: "FakeWarm", order: int, folder: Path) -> None:
    """Begin a training that is killed at once."""
    warm.said.append(Started(id=order, pid=PID))
    write_run(folder, whole_run()[:50], pid=PID)
    warm.said.append(Ended(id=order, status=-9))


def takes_it_along(warm: "FakeWarm", order: int, folder: Path) -> None:
    """The warm process dies over the order."""
    warm.alive = False


class FakeWarm:
    """``begin``: what becomes of an order, by the name of the folder; what is not named finishes at once."""

    def __init__(self, begin: Mapping[str, Begin], trainings: dict[str, FakeTraining]) -> None:
        self.alive = True
        self.said: list[Reply] = []
        self.orders: list[str] = []
        self.settings: dict[str, Mapping[str, str]] = {}
        self.trainings = trainings
        self._begin = begin

    def train(self, folder: Path, task: str, settings: Mapping[str, str], command: Sequence[str]) -> int:
        self.orders.append(folder.name)
        self.settings[folder.name] = settings
        self._begin.get(folder.name, finishes)(self, len(self.orders), folder)
        return len(self.orders)

    def replies(self, timeout_s: float) -> list[Reply]:
        for training in self.trainings.values():
            training.listen()
        said, self.said = self.said, []
        return said

    def close(self) -> None:
        self.alive = False


class Bench:
    """Warm processes, one after the other, and what they have begun."""

    def __init__(self, **begin: Begin) -> None:
        self.begin = begin
        self.warm: list[FakeWarm] = []
        self.trainings: dict[str, FakeTraining] = {}

    def __call__(self) -> FakeWarm:
        self.warm.append(FakeWarm(self.begin, self.trainings))
        return self.warm[-1]

    @property
    def orders(self) -> list[str]:
        """The trials that were ordered, of all warm processes."""
        return [name for warm in self.warm for name in warm.orders]

    def close(self) -> None:
        """Let nothing be held."""
        for training in self.trainings.values():
            with contextlib.suppress(OSError):
                training.end(None)
