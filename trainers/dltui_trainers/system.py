"""The machine that a training runs on: its processor time, its memory, and its GPU."""

import time
from typing import Any

import psutil
import pynvml
import torch

from dltui_trainers.runlog import SystemRecord

EVERY_S = 2.0


class SystemGauge:
    """Measures this process, and the GPU where it uses one. What cannot be measured is left out, quietly."""

    def __init__(self, device: torch.device) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first call only starts the measurement
        self._gpu = _gpu_handle(device)
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
        if self._gpu is not None:
            _add_gpu(record, self._gpu)
        return record


def _gpu_handle(device: torch.device) -> Any:
    if device.type != "cuda":
        return None
    try:
        pynvml.nvmlInit()
        # By its UUID: CUDA_VISIBLE_DEVICES renumbers the devices for torch, but not for the driver.
        uuid = torch.cuda.get_device_properties(device).uuid
        return pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
    except (AttributeError, pynvml.NVMLError):
        return None  # an old torch tells no UUID; a container may lack the driver's library


def _add_gpu(record: SystemRecord, gpu: Any) -> None:
    try:
        record.gpu_mem = pynvml.nvmlDeviceGetMemoryInfo(gpu).used
        record.gpu_util = float(pynvml.nvmlDeviceGetUtilizationRates(gpu).gpu)
        record.gpu_temp = float(pynvml.nvmlDeviceGetTemperature(gpu, pynvml.NVML_TEMPERATURE_GPU))
    except pynvml.NVMLError:
        return
