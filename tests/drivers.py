"""A driver that is made up: what ``pynvml`` offers, of GPUs that are told to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace


class NVMLError(Exception):
    """What the driver raises where it has nothing to say."""


@dataclass
class MadeUpGpu:
    """One GPU; a value of None is a sensor that it lacks. ``processes``: pid and bytes of each."""

    name: str = "NVIDIA H200"
    util: int | None = 87
    used: int | None = 12 * 10**9
    temp: int | None = 61
    power: int | None = 340_000
    processes: Sequence[tuple[int, int | None]] = field(default=())
    lost: bool = False


class Driver:
    """Stands in the place of the module ``pynvml``."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, *gpus: MadeUpGpu, missing: str = "") -> None:
        self._gpus, self._missing = gpus, missing
        self.open = 0

    def nvmlInit(self) -> None:
        if self._missing:
            raise NVMLError(self._missing)
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlSystemGetDriverVersion(self) -> bytes:
        return b"570.86"

    def nvmlDeviceGetCount(self) -> int:
        return len(self._gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> MadeUpGpu:
        if self._gpus[index].lost:
            raise NVMLError("GPU is lost")
        return self._gpus[index]

    def nvmlDeviceGetName(self, gpu: MadeUpGpu) -> str:
        return gpu.name

    def nvmlDeviceGetUtilizationRates(self, gpu: MadeUpGpu) -> SimpleNamespace:
        return SimpleNamespace(gpu=_told(gpu.util))

    def nvmlDeviceGetMemoryInfo(self, gpu: MadeUpGpu) -> SimpleNamespace:
        return SimpleNamespace(used=_told(gpu.used), total=139 * 10**9)

    def nvmlDeviceGetTemperature(self, gpu: MadeUpGpu, sensor: int) -> int:
        return _told(gpu.temp)

    def nvmlDeviceGetPowerUsage(self, gpu: MadeUpGpu) -> int:
        return _told(gpu.power)

    def nvmlDeviceGetEnforcedPowerLimit(self, gpu: MadeUpGpu) -> int:
        return 2 * _told(gpu.power)

    def nvmlDeviceGetComputeRunningProcesses(self, gpu: MadeUpGpu) -> list[SimpleNamespace]:
        return [SimpleNamespace(pid=pid, usedGpuMemory=memory) for pid, memory in gpu.processes]


def _told(value: int | None) -> int:
    if value is None:
        raise NVMLError("Not Supported")
    return value
