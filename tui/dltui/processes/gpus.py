"""The GPUs of this machine and who uses them, as the NVIDIA driver tells it; without one there are none."""

from dataclasses import dataclass
from typing import Any

import pynvml

from dltui_trainers.runlog import GpuStats


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuProcess:
    """A process that has memory on a GPU. ``memory``: bytes, None where the driver does not tell."""

    pid: int
    gpu: int
    memory: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GpusSeen:
    """What there is. ``driver``: its version, empty without one; ``trouble``: why nothing can be told."""

    driver: str = ""
    trouble: str = ""
    gpus: tuple[GpuStats, ...] = ()
    processes: tuple[GpuProcess, ...] = ()


def look_at_gpus(nvml: Any = pynvml) -> GpusSeen:
    """Return the GPUs and the processes on them; what a driver does not tell is left out."""
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return GpusSeen(trouble=str(error))
    try:
        return _seen(nvml)
    except nvml.NVMLError as error:
        return GpusSeen(trouble=str(error))
    finally:
        nvml.nvmlShutdown()


def _seen(nvml: Any) -> GpusSeen:
    from dltui_trainers.gpus import stats_of

    gpus, processes = [], []
    for index in range(nvml.nvmlDeviceGetCount()):
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
        except nvml.NVMLError:  # one that has fallen off the bus, or is not ours to see
            continue
        gpus.append(stats_of(handle, index, nvml))
        processes += _processes(nvml, handle, index)
    return GpusSeen(driver=_text(nvml.nvmlSystemGetDriverVersion()), gpus=tuple(gpus), processes=tuple(processes))


def _processes(nvml: Any, handle: Any, index: int) -> list[GpuProcess]:
    try:
        found = nvml.nvmlDeviceGetComputeRunningProcesses(handle)
    except nvml.NVMLError:
        return []
    return [GpuProcess(pid=each.pid, gpu=index, memory=getattr(each, "usedGpuMemory", None)) for each in found]


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
