"""What a container or a batch system lets this process have of the machine: memory and processor time.

Linux tells it in files under ``/sys/fs/cgroup``, of both versions; elsewhere, and without a limit, it is the machine.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MEMBERSHIP = Path("/proc/self/cgroup")
ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """Bytes that may be used, and those that are and cannot be given back: a file that was read can be read again."""

    total: int
    used: int

    @property
    def free(self) -> int:
        """What can still be used."""
        return max(0, self.total - self.used)


def memory_limits(membership: Path = MEMBERSHIP, root: Path = ROOT) -> Iterator[MemoryLimit]:
    """Yield the limit of each group that this process is in and that has one; the least of them is met first."""
    for group in _groups(membership, root, "memory"):
        for limit, used in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
            total, now = _number(group / limit), _number(group / used)
            if total is not None and now is not None:
                yield MemoryLimit(total, now - _kept_files(group / "memory.stat"))


def processor_limit(membership: Path = MEMBERSHIP, root: Path = ROOT) -> int | None:
    """Return how many cores' time the groups of this process may use, rounded up; None without a limit."""
    shares = []
    for group in _groups(membership, root, "cpu"):
        quota, period = ([*_words(group / "cpu.max"), "", ""])[:2]
        if not quota:
            quota, period = (" ".join(_words(group / f"cpu.cfs_{each}_us")) for each in ("quota", "period"))
        if quota.isdecimal() and period.isdecimal() and int(period):
            shares.append(int(quota) / int(period))
    return max(1, math.ceil(min(shares))) if shares else None


def _groups(membership: Path, root: Path, controller: str) -> Iterator[Path]:
    """The folders of the groups that this process is in, its own first and then those around it.

    In a container the path is often that of the machine outside, which is not to be seen here: then there is the root.
    """
    for line in _lines(membership):
        _, controllers, path = ([*line.split(":", 2), "", ""])[:3]
        if controllers and controller not in controllers.split(","):
            continue
        top = root / controller if controllers else root
        group = top / path.lstrip("/")
        while group != top and top in group.parents:
            yield group
            group = group.parent
        yield top


def _kept_files(stat: Path) -> int:
    """Bytes of files that are kept because there was room."""
    for line in _lines(stat):
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file") and value.isdecimal():
            return int(value)
    return 0


def _number(path: Path) -> int | None:
    words = _words(path)
    return int(words[0]) if words and words[0].isdecimal() else None


def _words(path: Path) -> list[str]:
    return " ".join(_lines(path)).split()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
