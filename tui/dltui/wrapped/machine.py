"""What the processes of a command use of the machine: a record every few seconds, which is a sign of life as well."""

import shutil
import time
from contextlib import suppress
from pathlib import Path

import psutil

from dltui_trainers.runlog import SystemRecord

EVERY_S = 2.0


class Machine:
    """Measures a command's processes, as one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._busy_s: dict[int, float] = {}
        self._measured_s = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether it is time for a record."""
        return time.monotonic() - self._measured_s >= EVERY_S

    def record(self, members: list[psutil.Process], step: int) -> SystemRecord:
        """Return what ``members`` use; processor time is the mean since the last record."""
        busy: dict[int, float] = {}
        rss = 0
        for process in members:
            with suppress(psutil.Error, OSError):
                used = process.cpu_times()
                busy[process.pid] = used.user + used.system
                rss += process.memory_info().rss
        now_s = time.monotonic()
        spent = sum(used - self._busy_s.get(pid, used) for pid, used in busy.items())
        cpu = 100.0 * spent / max(now_s - self._measured_s, 1e-3)
        self._busy_s, self._measured_s = busy, now_s
        record = SystemRecord(step=step, time=time.time(), cpu=round(cpu, 1), rss=rss, cpus=psutil.cpu_count())
        with suppress(psutil.Error, OSError):
            memory = psutil.virtual_memory()
            record.memory_free, record.memory_total = memory.available, memory.total
        with suppress(OSError):
            record.disk_free = shutil.disk_usage(self._folder).free
        return record
