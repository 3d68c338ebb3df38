"""What one trial is given of a cluster, and how many trials a node has room for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dltui.errors import EngineError
from dltui.search.study.options import Resources

_MEMORY = re.compile(r"(\d+)([KMGT]?)B?", re.IGNORECASE)
_UNITS = {"K": 1 << 10, "": 1 << 20, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
"""As Slurm reads them: a number alone is megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What Ray sets aside for a trial; ``memory`` in bytes, 0: nothing is set aside."""

    cpus: int
    gpus: int
    memory: int

    def as_asked(self) -> dict[str, float]:
        """Return it by Ray's names, without what is zero."""
        wanted = {"CPU": float(self.cpus), "GPU": float(self.gpus), "memory": float(self.memory)}
        return {name: value for name, value in wanted.items() if value}

    def fits_in(self, resources: Mapping[str, float]) -> int:
        """Return how many of these a node with such ``resources`` (by Ray's names) has room for."""
        return min(int(resources.get(name, 0.0) // value) for name, value in self.as_asked().items())

    def __str__(self) -> str:
        told = [f"{self.cpus} CPU{'s' * (self.cpus != 1)}"]
        told += [f"{self.gpus} GPU{'s' * (self.gpus != 1)}"] * (self.gpus > 0)
        told += [f"{self.memory / (1 << 30):.3g} GB of memory"] * (self.memory > 0)
        return ", ".join(told)


def share_of(resources: Resources, *, has_gpus: bool) -> Share:
    """Return what a trial with these ``resources`` is given; where nothing is said of GPUs, one for each process."""
    gpus = resources.gpus if resources.gpus is not None else resources.processes * has_gpus
    return Share(cpus=max(resources.cpus, resources.processes), gpus=gpus, memory=bytes_of(resources.memory))


def bytes_of(memory: str) -> int:
    """Return how many bytes ``8G`` or ``500M`` are, 0 for the empty text. Raises :class:`EngineError`."""
    if not memory:
        return 0
    found = _MEMORY.fullmatch(memory.strip())
    if found is None or not int(found[1]):
        raise EngineError(f"--memory {memory} is no size that Ray could set aside: say 8G or 500M.")
    return int(found[1]) * _UNITS[found[2].upper()]


def refuse_what_ray_has_not(resources: Resources) -> None:
    """Raise :class:`EngineError` for what only Slurm knows: left out in silence, it would be missed too late."""
    given = {
        "--time-limit": resources.time_limit,
        "--partition": resources.partition,
        "--account": resources.account,
        "--engine-option": " ".join(resources.extra),
    }
    for option, value in given.items():
        if value:
            raise EngineError(
                f"{option} {value} is for Slurm; Ray has nothing like it. Leave it out, or --engine slurm."
            )
