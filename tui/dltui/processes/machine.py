"""What this machine offers to a training: cores, memory, disk, GPUs, the packages that are installed."""

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from dltui.processes.gpus import GpusSeen, look_at_gpus
from dltui.runs.launch import existing_parent
from dltui_trainers import __version__

PACKAGES = ("torch", "lightning", "transformers", "keras", "tensorboard", "wandb", "optuna", "ray")
"""What a training may use, and what dltui can work with where it is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """``cores``: those that a process may use; memory and disk in bytes; ``packages``: name -> version of those that
    are installed. ``disk_free`` is that of the folder of the runs, None where that cannot be told."""

    host: str
    python: str
    executable: str
    dltui: str
    packages: dict[str, str]
    cores: int
    load: float
    memory_free: int
    memory_total: int
    runs: Path
    disk_free: int | None
    gpus: GpusSeen


def look_at_machine(runs: Path) -> Machine:
    """Return what there is now; nothing heavy is imported for it."""
    memory = psutil.virtual_memory()
    return Machine(
        host=platform.node(),
        python=platform.python_version(),
        executable=sys.executable,
        dltui=__version__,
        packages={name: found for name in PACKAGES if (found := _version(name))},
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        load=os.getloadavg()[0],
        memory_free=memory.available,
        memory_total=memory.total,
        runs=runs.absolute(),
        disk_free=_disk_free(runs),
        gpus=look_at_gpus(),
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _disk_free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(existing_parent(folder)).free
    except OSError:
        return None
