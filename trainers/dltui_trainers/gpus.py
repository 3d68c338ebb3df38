"""What one NVIDIA GPU tells of itself; a sensor that it lacks is left out."""

from collections.abc import Callable
from typing import Any

import pynvml

from dltui_trainers.runlog import GpuStats

MILLIWATTS = 1000.0


def stats_of(gpu: Any, index: int, nvml: Any = pynvml) -> GpuStats:
    """Return use, memory, temperature and power of the GPU behind the driver's handle ``gpu``."""

    def ask(question: Callable[[], Any]) -> Any:
        try:
            return question()
        except nvml.NVMLError:
            return None

    name = ask(lambda: nvml.nvmlDeviceGetName(gpu))
    use = ask(lambda: nvml.nvmlDeviceGetUtilizationRates(gpu).gpu)
    memory = ask(lambda: nvml.nvmlDeviceGetMemoryInfo(gpu))
    temperature = ask(lambda: nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU))
    power = ask(lambda: nvml.nvmlDeviceGetPowerUsage(gpu))
    limit = ask(lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(gpu))
    return GpuStats(
        index=index,
        name=name.decode(errors="replace") if isinstance(name, bytes) else (name or ""),
        util=None if use is None else float(use),
        mem=None if memory is None else memory.used,
        mem_total=None if memory is None else memory.total,
        temp=None if temperature is None else float(temperature),
        power=None if power is None else power / MILLIWATTS,
        power_limit=None if limit is None else limit / MILLIWATTS,
    )
