"""Names a process so that nobody takes a later one of the same number, or one of another machine, for it."""

from dataclasses import dataclass
from pathlib import Path

import psutil

_PROC = Path("/proc")
_BOOT_LENGTH = 12


@dataclass(frozen=True, slots=True)
class _Seen:
    """A process. ``began`` in a unit of the system; ``ended``: it waits to be buried by who started it."""

    began: str
    ended: bool


def mark_of(pid: int) -> str:
    """Return the mark of a process, ``pid:moment of its start:boot of the machine``; empty where there is none."""
    seen = _look(pid)
    return f"{pid}:{seen.began}:{_boot()}" if seen else ""


def is_at_work(mark: str) -> bool:
    """Whether that process is there still, and has not ended."""
    if not is_of_this_boot(mark):
        return False
    seen = _look(pid_of(mark))
    return seen is not None and not seen.ended and mark.split(":")[1] == seen.began


def is_of_this_boot(mark: str) -> bool:
    """Whether it is the mark of a process of this machine, since the machine was started last."""
    return pid_of(mark) > 0 and mark.rpartition(":")[2] == _boot()


def pid_of(mark: str) -> int:
    """Return its number; 0 for a text that is no mark."""
    first, *rest = mark.split(":")
    return int(first) if len(rest) == 2 and first.isascii() and first.isdecimal() and len(first) < 10 else 0


def _look(pid: int) -> _Seen | None:
    if not (_PROC / "self").exists():
        return _look_elsewhere(pid)
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # After the name, in which there may be anything: the state is the third field of the file, the start the 22nd.
    fields = text.rpartition(")")[2].split()
    return _Seen(fields[19], fields[0] in "ZX") if len(fields) > 19 else None


def _look_elsewhere(pid: int) -> _Seen | None:
    try:
        process = psutil.Process(pid)
        return _Seen(f"{process.create_time():.2f}", process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return None


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()[:_BOOT_LENGTH]
    except OSError:
        return "?"
