"""Samples that are there more than once: in the validation they flatter, with two answers they cannot be learned."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from dltui_trainers.probes.sampled import evenly, fitting
from dltui_trainers.tasks import TaskData

MOST_SAMPLES = 60_000
MOST_VALUES = 64 * 2**20
"""Of each set: half a second for the 60 000 images of MNIST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """How many samples are exactly another one; see :class:`dltui_trainers.looked.DataReport`."""

    repeated: int
    contradictory: int
    val_in_train: int


def samples_compared(x: Tensor) -> int:
    """Return how many samples of ``x`` are compared."""
    return min(len(x), MOST_SAMPLES, fitting(x, MOST_VALUES))


def find_duplicates(data: TaskData) -> Duplicates:
    """Compare the samples as they are stored, to the bit (but 0 and -0 are the same)."""
    most = samples_compared(data.train_x)
    seen: dict[bytes, list[bytes]] = {}
    for x, y in zip(_rows(data.train_x, most), _rows(data.train_y, most), strict=True):
        seen.setdefault(x, []).append(y)
    several = [targets for targets in seen.values() if len(targets) > 1]
    return Duplicates(
        repeated=sum(len(targets) - 1 for targets in several),
        contradictory=sum(len(targets) for targets in several if len(set(targets)) > 1),
        val_in_train=sum(x in seen for x in _rows(data.val_x, samples_compared(data.val_x))),
    )


def _rows(x: Tensor, most: int) -> Iterator[bytes]:
    chosen = evenly(x, most).contiguous()
    if chosen.is_floating_point():
        chosen = chosen + 0.0
    return (row.tobytes() for row in chosen.numpy())
