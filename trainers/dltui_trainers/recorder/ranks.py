"""Which of the processes of one training this is: only the first writes the log."""

import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among ``world`` others that train the same model, counted from 0."""

    rank: int = 0
    world: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0


ALONE = Ranks()


def find_ranks() -> Ranks:
    """Ask torch.distributed if the script uses it, else the environment that its launcher has set."""
    return _initialised() or _told()


def _initialised() -> Ranks | None:
    # Only if the script has imported it: an import of torch takes longer than a second.
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return None
    return Ranks(distributed.get_rank(), distributed.get_world_size())


def _told() -> Ranks:
    """torchrun, accelerate and Lightning set RANK; srun and mpirun have names of their own, which we leave to torch."""
    rank, world = _number("RANK"), _number("WORLD_SIZE")
    if rank is None:  # Lightning starts its further processes with LOCAL_RANK alone
        rank = _number("LOCAL_RANK")
    return Ranks(rank or 0, max(world or 1, (rank or 0) + 1))


def _number(name: str) -> int | None:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else None
