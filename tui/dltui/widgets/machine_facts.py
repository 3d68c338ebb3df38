"""What a run uses of its machine, and what the machine has left: for the header and the panel of facts."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from dltui.formatting import size
from dltui.series.state import RunState
from dltui.widgets.facts_panel import Fact
from dltui_trainers.runlog import GpuStats, SystemRecord

LITTLE_DISK, LITTLE_MEMORY = 10**9, 10**9
"""Bytes: the next checkpoint of most networks still fits, the one after it may not."""
LITTLE_SHARE = 0.05
"""Of the memory of a machine: with less, Linux begins to end processes."""
WARNING_SIGN = "▲"
RECENT_WAITS = 20
"""Records over which the share of waiting is told: a single one may have met the begin of an epoch."""


def use_of_machine(system: SystemRecord, device: str) -> str:
    """Return the device with how much of it is used: the GPUs where there are any, else the processor."""
    if len(system.gpus) > 1:
        return _of_several(system.gpus)
    if system.gpu_util is not None or system.gpus:
        gpu = system.gpus[0] if system.gpus else _of_first(system)
        return " ".join((device or f"gpu {gpu.index}", *_use(gpu, whole=False)))
    return f"{device} {system.cpu:.0f} % {size(system.rss)}".lstrip()


def shortages(system: SystemRecord) -> Iterator[str]:
    """Yield what the machine has too little of, in words."""
    if system.disk_free is not None and system.disk_free < LITTLE_DISK:
        yield f"disk {size(system.disk_free)} left"
    if _memory_is_short(system):
        yield f"memory {size(system.memory_free or 0)} left"


def machine_facts(state: RunState) -> Iterator[Fact]:
    """Yield what the last record of the machine tells, and the share of the time that the steps wait for data."""
    waits = _data_wait(state)
    if math.isfinite(waits):
        yield Fact("data wait", f"{100 * waits:.0f} %")
    system = state.system
    if system is None:
        return
    cores = "" if system.cpus is None else f", {system.cpus} core{'s' if system.cpus != 1 else ''}"
    yield Fact("cpu", f"{system.cpu:.0f} %{cores}")
    yield Fact("memory", size(system.rss))
    if system.memory_free is not None:
        yield _left("memory left", system.memory_free, _memory_is_short(system))
    if system.disk_free is not None:
        yield _left("disk left", system.disk_free, system.disk_free < LITTLE_DISK)
    if system.gpus or system.gpu_util is not None:
        yield from _gpu_facts(system.gpus or [_of_first(system)])


def _gpu_facts(gpus: Sequence[GpuStats]) -> Iterator[Fact]:
    for gpu in gpus:
        use = " ".join(_use(gpu, whole=True))
        yield Fact(f"gpu {gpu.index}", use or gpu.name, whole=f"{use} {gpu.name}".strip())


def _left(name: str, left: int, is_little: bool) -> Fact:
    return Fact(name, f"{WARNING_SIGN} {size(left)}" if is_little else size(left), changed=is_little)


def _memory_is_short(system: SystemRecord) -> bool:
    free, total = system.memory_free, system.memory_total
    return free is not None and free < max(LITTLE_MEMORY, LITTLE_SHARE * total if total else 0)


def _of_first(system: SystemRecord) -> GpuStats:
    """Of a log that tells of one GPU only."""
    return GpuStats(index=0, util=system.gpu_util, mem=system.gpu_mem, temp=system.gpu_temp)


def _use(gpu: GpuStats, *, whole: bool) -> Iterator[str]:
    """What is known of ``87 % 10.7/42.9 GB 60 °C 250/400 W``, without ``whole`` of ``87 % 10.7 GB 60 °C``."""
    if gpu.util is not None:
        yield f"{gpu.util:.0f} %"
    if gpu.mem is not None:
        yield f"{gpu.mem / 1e9:.1f}/{size(gpu.mem_total)}" if whole and gpu.mem_total is not None else size(gpu.mem)
    if gpu.temp is not None:
        yield f"{gpu.temp:.0f} °C"
    if whole and gpu.power is not None:
        yield f"{gpu.power:.0f} W" if gpu.power_limit is None else f"{gpu.power:.0f}/{gpu.power_limit:.0f} W"


def _of_several(gpus: Sequence[GpuStats]) -> str:
    """How many there are, the least and the most used, the memory of all, and the heat of the hottest."""
    parts = [f"{len(gpus)} GPUs"]
    use = sorted(each.util for each in gpus if each.util is not None)
    if use:
        parts.append(f"{use[0]:.0f} %" if round(use[0]) == round(use[-1]) else f"{use[0]:.0f}–{use[-1]:.0f} %")
    if memory := sum(each.mem or 0 for each in gpus):
        parts.append(size(memory))
    if heat := max((each.temp or 0 for each in gpus), default=0):
        parts.append(f"{heat:.0f} °C")
    return " ".join(parts)


def _data_wait(state: RunState) -> float:
    """The median of the newest records; NaN where the log does not tell."""
    waits = state.step_metrics["data_wait"].raw.values[-RECENT_WAITS:]
    known = waits[np.isfinite(waits)]
    return float(np.median(known)) if len(known) else math.nan
