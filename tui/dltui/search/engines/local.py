"""Runs jobs on this machine: forks of a warm process, each with a GPU of its own where there are several.

A job is a session of its own and outlives the search, its terminal and the warm process. Its handle is the mark of its
process with the GPUs that it was given, so whoever takes the search up later can follow it, and end it.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import psutil

from dltui.errors import EngineError
from dltui.runs.warm import WarmProcess
from dltui.search.engines.engine import Job, JobState, JobStatus
from dltui.search.engines.forks import LOOK_EVERY_S, Forks
from dltui.search.study.options import Resources
from dltui_trainers.process_mark import is_at_work, is_of_this_boot, pid_of
from dltui_trainers.system import usable_cores
from dltui_trainers.used_gpus import VISIBLE, usable_gpus

MOST_SLOTS = 8
"""More trials at a time on one processor choose less from what the others have found."""
GRACE_S = 5.0
"""A job that is told to end writes its checkpoints and its last record; one that has not in this time is killed."""
LOG = "engine.log"


class LocalEngine:
    """Runs the jobs of the study in ``folder``; ``workers``: at a time, 0: as many as the machine has room for.

    ``gpus``: the names of those that may be used, where the driver is not to be asked; ``warm``: see :class:`Forks`.
    """

    name = "local"

    def __init__(
        self,
        folder: Path,
        resources: Resources,
        workers: int = 0,
        *,
        gpus: Sequence[str] | None = None,
        warm: Callable[[Path], WarmProcess] | None = None,
    ) -> None:
        self._resources = resources
        self._workers = workers
        self._gpus = list(usable_gpus() if gpus is None else gpus)
        self._forks = Forks(folder / LOG, warm)
        self._used: dict[str, Sequence[str]] = {}
        """The GPUs of each job that is at work, by its handle."""
        self._told: set[str] = set()
        self._overdue: dict[str, float] = {}
        """When jobs are killed that were told to end, by their marks."""

    def start(self) -> None:
        if find_spec("torch") is None:
            raise EngineError("Training needs PyTorch, which is not installed here: pip install 'torch>=2.4'.")
        wanted, given = self._gpus_each, self._resources.gpus
        if wanted > len(self._gpus):
            there = f"has {len(self._gpus)}" if self._gpus else "has none that can be used"
            few = "one GPU" if wanted == 1 else f"{wanted} GPUs"
            raise EngineError(f"Each trial is to have {few}, and this machine {there}: take fewer with --gpus.")
        if given and given < self._resources.processes:
            raise EngineError(f"{self._resources.processes} processes need a GPU each: --gpus {given} is too few.")
        cores = usable_cores()
        if self._resources.cpus > cores:
            few = f"{self._resources.cpus} cores"
            raise EngineError(f"Each trial is to have {few}, and this machine has {cores}: take fewer with --cpus.")

    @property
    def slots(self) -> int:
        if self._workers:
            return self._workers
        if self._gpus_each:
            return max(1, len(self._gpus) // self._gpus_each)
        cores_each = max(1, self._resources.cpus) * max(1, self._resources.processes)
        return max(1, min(MOST_SLOTS, usable_cores() // cores_each))

    def submit(self, job: Job) -> str | None:
        gpus = self._least_used(self._gpus_each)
        chosen = bool(gpus) or self._resources.gpus == 0
        mark = self._forks.begin(job, {VISIBLE: ",".join(gpus)} if chosen else {})
        if mark is None:
            return None
        handle = f"{mark}@{','.join(gpus)}"
        self._used[handle] = gpus
        return handle

    def poll(self, handles: Collection[str], wait_s: float = 0.0) -> Mapping[str, JobStatus]:
        until = time.monotonic() + wait_s
        self._forks.hear(0.0)
        while True:
            self._kill_overdue()
            found = {handle: self._status(handle) for handle in handles}
            left_s = until - time.monotonic()
            if self._is_news(found) or left_s <= 0:
                return found
            self._forks.hear(min(left_s, LOOK_EVERY_S))

    def cancel(self, handle: str) -> None:
        mark = _mark(handle)
        if is_at_work(mark) and mark not in self._overdue:
            self._overdue[mark] = time.monotonic() + GRACE_S
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid_of(mark), signal.SIGTERM)  # it alone: it ends what it has started

    def close(self) -> None:
        while self._overdue:
            self._kill_overdue()
            self._forks.hear(LOOK_EVERY_S)
        self._forks.close()

    @property
    def _gpus_each(self) -> int:
        """How many each job has, of those that there should be."""
        given = self._resources.gpus
        if given is not None:
            return given
        return max(1, self._resources.processes) if self._gpus else 0

    def _least_used(self, count: int) -> list[str]:
        used = [name for names in self._used.values() for name in names]
        return sorted(self._gpus, key=used.count)[:count]

    def _status(self, handle: str) -> JobStatus:
        mark = _mark(handle)
        code = self._forks.status_of(mark)
        if code is None and (is_at_work(mark) or self._forks.awaits_word(mark)):
            self._used.setdefault(handle, _gpus(handle))
            return JobStatus(state=JobState.RUNNING)
        self._used.pop(handle, None)
        if code is None and not is_of_this_boot(mark):
            note = "it was begun on another machine, or before this one was restarted"
            return JobStatus(state=JobState.LOST, note=note)
        return JobStatus(state=JobState.ENDED, note=_told(code))

    def _is_news(self, found: Mapping[str, JobStatus]) -> bool:
        """Whether a job has ended since the last call that said so."""
        over = {handle for handle, status in found.items() if status.state is not JobState.RUNNING}
        news = not over <= self._told
        self._told |= over
        return news

    def _kill_overdue(self) -> None:
        for mark, due in list(self._overdue.items()):
            is_gone = not is_at_work(mark)
            if not is_gone and time.monotonic() > due:
                _kill(pid_of(mark))
            if is_gone or time.monotonic() > due:
                del self._overdue[mark]


def _kill(pid: int) -> None:
    """Kill a process and all that it has started, also what has left its group."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in (*process.children(recursive=True), process):
            with contextlib.suppress(psutil.Error):
                each.kill()


def _mark(handle: str) -> str:
    return handle.partition("@")[0]


def _gpus(handle: str) -> list[str]:
    return [name for name in handle.partition("@")[2].split(",") if name]


def _told(code: int | None) -> str:
    if not code:
        return ""
    return f"exit code {code}" if code > 0 else f"killed by signal {-code}"
