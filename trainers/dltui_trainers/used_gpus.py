"""Which GPUs a training uses, and what they do. No torch is needed; where it is there, it is asked.

A machine without the driver, a GPU that lacks a sensor and a container that hides the processes are all ordinary: what
cannot be told is left out.
"""

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from itertools import takewhile
from typing import Any

from dltui_trainers.gpus import stats_of
from dltui_trainers.runlog import GpuStats

VISIBLE = "CUDA_VISIBLE_DEVICES"
FIRST_LOOKS, LOOK_EVERY = 5, 16
"""Which GPUs they are is asked at the first looks, as a script may begin to use one late, and then now and then."""


class UsedGpus:
    """The GPUs of this process, or of others; ``nvml`` is the driver's library where it is not to be looked for."""

    def __init__(self, nvml: Any = None) -> None:
        self._nvml = nvml
        self._is_gone = False
        self._is_open = False
        self._looks = 0
        self._handles: dict[int, Any] = {}

    def stats(self, pids: Collection[int] | None = None) -> list[GpuStats]:
        """Return what each tells of itself, in the order of the machine; ``pids``: other processes than this one."""
        if self._is_gone or (pids is None and _computes_elsewhere()):
            return []
        nvml = self._opened()
        if nvml is None:
            return []
        try:
            if self._looks < FIRST_LOOKS or self._looks % LOOK_EVERY == 0:
                self._handles = _handles(nvml, pids)
            self._looks += 1
            return [stats_of(handle, index, nvml) for index, handle in sorted(self._handles.items())]
        except (nvml.NVMLError, AttributeError, TypeError, ValueError, OSError):
            # a driver that was renewed under a running training, a library that is older than what is asked
            self._is_gone = True
            return []

    def _opened(self) -> Any:
        """The driver's library; None where there is none, which is then not asked again."""
        if self._is_open:
            return self._nvml
        try:
            if self._nvml is None:
                import pynvml

                self._nvml = pynvml
            self._nvml.nvmlInit()
        except Exception:  # whatever a driver that is half there does: a training without GPUs in its log is no worse
            self._is_gone = True
            return None
        self._is_open = True
        return self._nvml


def usable_gpus(nvml: Any = None) -> list[str]:
    """Return the names, as ``CUDA_VISIBLE_DEVICES`` takes them, of the GPUs that a process may use which starts now.

    Of one that is divided (MIG) the parts are named. A machine without the driver has none.
    """
    try:
        if nvml is None:
            import pynvml

            nvml = pynvml
        nvml.nvmlInit()
        try:
            count = nvml.nvmlDeviceGetCount()
            found = [name for index in range(count) for name in _usable(nvml, index)]
        finally:
            nvml.nvmlShutdown()
    except Exception:  # whatever a driver that is half there does
        return []
    if VISIBLE not in os.environ:
        return found
    return [name for name in _visible() if not name.isdecimal() or int(name) < count]


def _usable(nvml: Any, index: int) -> list[str]:
    try:
        return list(_parts(nvml, nvml.nvmlDeviceGetHandleByIndex(index))) or [str(index)]
    except nvml.NVMLError:  # one that has fallen off the bus, or is not ours to see
        return []


def _computes_elsewhere() -> bool:
    """Whether torch is all that computes here, and has no GPU in use."""
    others = any(name in sys.modules for name in ("jax", "tensorflow", "cupy"))
    return "torch" in sys.modules and not others and not _torch_cuda()


def _torch_cuda() -> Any:
    """``torch.cuda`` where torch has begun to use it; None else."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    try:
        return cuda if cuda is not None and cuda.is_initialized() else None
    except (AttributeError, RuntimeError):
        return None


def _handles(nvml: Any, pids: Collection[int] | None) -> dict[int, Any]:
    """The driver's handles by the number in the machine: as torch says, as the driver says, or as the person said."""
    devices = list(_devices(nvml))
    if pids is None and (cuda := _torch_cuda()) is not None:
        return _named(_of_torch(cuda), devices)
    found = _of_processes(nvml, devices, pids or [os.getpid()])
    return found or (_named(_visible(), devices) if pids is None else {})


_Device = tuple[int, Any, list[str]]
"""Its number in the machine, its handle, and its UUID with those of the parts that it is divided into."""


def _devices(nvml: Any) -> Iterator[_Device]:
    for index in range(nvml.nvmlDeviceGetCount()):
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            yield index, handle, [_text(nvml.nvmlDeviceGetUUID(handle)), *_parts(nvml, handle)]
        except nvml.NVMLError:  # one that has fallen off the bus, or is not ours to see
            continue


def _parts(nvml: Any, handle: Any) -> Iterator[str]:
    """The UUIDs of the instances of a GPU that is divided (MIG)."""
    try:
        if not nvml.nvmlDeviceGetMigMode(handle)[0]:
            return
        for number in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
            yield _text(nvml.nvmlDeviceGetUUID(nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, number)))
    except (nvml.NVMLError, AttributeError):
        return


def _of_torch(cuda: Any) -> Iterator[str]:
    """The names of the devices on which torch has memory.

    ``CUDA_VISIBLE_DEVICES`` renumbers the devices for torch, but not for the driver; an old torch tells no UUID.
    """
    visible = _visible() or [str(number) for number in range(cuda.device_count())]
    for number, name in zip(range(cuda.device_count()), visible, strict=False):
        if cuda.memory_reserved(number):
            uuid = getattr(cuda.get_device_properties(number), "uuid", None)
            yield from (name,) if uuid is None else (f"GPU-{uuid}", f"MIG-{uuid}")


def _of_processes(nvml: Any, devices: list[_Device], pids: Collection[int]) -> dict[int, Any]:
    found = {}
    for index, handle, _ in devices:
        try:
            users = {each.pid for each in nvml.nvmlDeviceGetComputeRunningProcesses(handle)}
        except nvml.NVMLError:
            continue
        if users.intersection(pids):
            found[index] = handle
    return found


def _visible() -> list[str]:
    """The devices that the person named, of which CUDA takes those before the first that is none (``-1``)."""
    names = [each.strip() for each in os.environ.get(VISIBLE, "").split(",")]
    return list(takewhile(lambda name: name.isdecimal() or name.startswith(("GPU-", "MIG-")), names))


def _named(names: Iterable[str], devices: list[_Device]) -> dict[int, Any]:
    """The devices with these names: a number, or a UUID, which may be shortened."""
    return {
        index: handle
        for name in names
        for index, handle, uuids in devices
        if (int(name) == index if name.isdecimal() else any(each.startswith(name) for each in uuids))
    }


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
