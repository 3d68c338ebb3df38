"""The machine that a training runs on: its processor time, its memory, its disk and its GPUs. No torch is needed."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import psutil

from dltui_trainers.cgroup import memory_limits, processor_limit
from dltui_trainers.runlog import SystemRecord
from dltui_trainers.used_gpus import UsedGpus

EVERY_S = 2.0


class SystemGauge:
    """Measures this process, the GPUs that it uses, and what is left of the machine for it.

    ``folder``: where the run is written, whose disk is looked at. What cannot be measured is left out, quietly.
    """

    def __init__(self, folder: Path | None = None, *, nvml: Any = None) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first call only starts the measurement
        self._room = Room(folder)
        self._gpus = UsedGpus(nvml)
        self._next = time.monotonic() + EVERY_S

    def due(self) -> bool:
        """Whether it is time for a record."""
        return time.monotonic() >= self._next

    def record(self, step: int) -> SystemRecord:
        """Return what is used now; processor time is the mean since the last record."""
        self._next = time.monotonic() + EVERY_S
        record = SystemRecord(
            step=step, time=time.time(), cpu=self._process.cpu_percent(), rss=self._process.memory_info().rss
        )
        self._room.add_to(record)
        record.gpus = self._gpus.stats()
        if record.gpus:
            first = record.gpus[0]
            record.gpu_util, record.gpu_mem, record.gpu_temp = first.util, first.mem, first.temp
        return record


class Room:
    """How much of a machine there is for its trainings, and what is left of it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._cpus = usable_cores()
        self._is_limited = _memory()[1] < psutil.virtual_memory().total

    def add_to(self, record: SystemRecord) -> None:
        """Put the cores, the memory and the disk into ``record``."""
        record.cpus = self._cpus
        memory = psutil.virtual_memory()
        record.memory_free, record.memory_total = memory.available, memory.total
        if self._is_limited:
            record.memory_free, record.memory_total = _memory()
        record.disk_free = _disk_free(self._folder)


def usable_cores() -> int:
    """Return how many cores this process may use: those it is bound to, and no more than its container has."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(bound, processor_limit() or bound)


def _memory() -> tuple[int, int]:
    """The memory that is free, and all that there is, for this process: within the limits of its container."""
    memory = psutil.virtual_memory()
    limits = [each for each in memory_limits() if each.total < memory.total]
    free = min([memory.available, *(each.free for each in limits)])
    return free, min([memory.total, *(each.total for each in limits)])


def _disk_free(folder: Path | None) -> int | None:
    try:
        return None if folder is None else shutil.disk_usage(folder).free
    except OSError:  # the folder was removed
        return None
