"""Which of a person's processes are on the GPUs, and which run each of them belongs to."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname

import psutil

from dltui.catalog.summary import RunSummary
from dltui.processes.gpus import GpuProcess
from dltui.text import safe_text


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuUser:
    """One process on one GPU or several. ``memory``: bytes on all of them, None where that is not known.

    ``run``: the folder of the run that it belongs to, None if that is none of those that are listed.
    """

    pid: int
    command: str
    gpus: tuple[int, ...]
    memory: int | None
    run: Path | None = None


def users_of(processes: Iterable[GpuProcess], runs: Sequence[RunSummary], uid: int | None = None) -> list[GpuUser]:
    """Return the processes of the person (``uid``: that of this process) on GPUs, with the run of each.

    A run is known by the process that writes its log: the one on the GPU may be that one, one that it started (a
    worker), the one that started it (a launcher), or one that was started beside it (another rank).
    """
    writers = {run.manifest.pid: run.folder for run in runs if _is_here(run) and run.manifest is not None}
    found = []
    for pid, used in _by_pid(processes).items():
        process = _own(pid, os.getuid() if uid is None else uid)
        if process is None:
            continue
        memories = [each.memory for each in used]
        found.append(
            GpuUser(
                pid=pid,
                command=_command(process),
                gpus=tuple(sorted({each.gpu for each in used})),
                memory=sum(each or 0 for each in memories) if any(memories) else None,
                run=_run_of(process, writers),
            )
        )
    return found


def _is_here(run: RunSummary) -> bool:
    return run.manifest is not None and run.manifest.host == gethostname() and run.status.alive


def _by_pid(processes: Iterable[GpuProcess]) -> dict[int, list[GpuProcess]]:
    found: dict[int, list[GpuProcess]] = {}
    for each in processes:
        found.setdefault(each.pid, []).append(each)
    return found


def _own(pid: int, uid: int) -> psutil.Process | None:
    """The process, if it is there and the person's; in a container the driver may tell numbers that are none here."""
    try:
        process = psutil.Process(pid)
        return process if process.uids().real == uid else None
    except (psutil.Error, ValueError, OverflowError):
        return None


def _command(process: psutil.Process) -> str:
    try:
        first, *rest = process.cmdline() or [process.name()]
    except psutil.Error:
        return "?"
    return safe_text(" ".join([os.path.basename(first), *rest]))


def _run_of(process: psutil.Process, writers: dict[int, Path]) -> Path | None:
    try:
        parent = process.parent()
        above = [each.pid for each in process.parents()]
        beside = [each.pid for each in parent.children(recursive=True)] if _is_launcher(parent) and parent else []
        family = [process.pid, *(each.pid for each in process.children(recursive=True)), *above, *beside]
    except psutil.Error:
        family = [process.pid]
    return next((writers[pid] for pid in family if pid in writers), None)


def _is_launcher(process: psutil.Process | None) -> bool:
    """Whether it starts the ranks of one training: a Python program, and no shell in which many are started."""
    try:
        return process is not None and "python" in os.path.basename((process.cmdline() or [""])[0])
    except psutil.Error:
        return False
