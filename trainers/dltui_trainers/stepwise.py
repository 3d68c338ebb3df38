"""The checkpoints of single steps, ``step-00001200.pt``: kept by the way, before a change, or as somebody asked."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from dltui_trainers.atomic import write_whole

MOST = 10
"""So many are kept by the way, spread over the training."""
MOST_BYTES = 2 * 2**30
"""And no more bytes than this in all, for networks whose state is large."""
ROOM = 4
"""A disk with less room than so many more of them is left alone."""


class StepFiles:
    """The checkpoints of single steps in ``folder``; those kept by the way are thinned."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_the_way: dict[int, Path] = {}

    def free_path(self, step: int) -> Path:
        """Return a name for a checkpoint of that step which no other has."""
        plain = self._folder / f"step-{step:08d}.pt"
        number, path = 1, plain
        while path.exists():
            number += 1
            path = plain.with_name(f"{plain.stem}-{number}.pt")
        return path

    @property
    def newest(self) -> int:
        """The step of the newest one that was kept by the way; 0 while there is none."""
        return max(self._by_the_way, default=0)

    def keep(self, source: Path, step: int) -> None:
        """Keep the checkpoint ``source`` under the name of its step, where there is room, and thin the others."""
        if step in self._by_the_way or not _has_room(source):
            return
        path = self.free_path(step)
        with suppress(OSError):
            link(source, path)
            self.adopt(path, step)

    def adopt(self, path: Path, step: int) -> None:
        """Let a checkpoint that was kept for another reason be one of those that are thinned."""
        before = self._by_the_way.get(step)
        if before is not None and before != path:
            _remove(before)
        self._by_the_way[step] = path
        while len(self._by_the_way) > MOST or (len(self._by_the_way) > 1 and self._size() > MOST_BYTES):
            _remove(self._by_the_way.pop(superfluous(sorted(self._by_the_way))))

    def discard_after(self, step: int) -> None:
        """Remove those of later steps: what they hold was undone."""
        for later in [each for each in self._by_the_way if each > step]:
            _remove(self._by_the_way.pop(later))

    def _size(self) -> int:
        return sum(size_of(path) for path in self._by_the_way.values())


def superfluous(steps: Sequence[int]) -> int:
    """Return which of the ascending ``steps`` is missed least: between its neighbours is the smallest gap.

    The first and the last stay, as long as there are others.
    """
    if len(steps) < 3:
        return steps[0]
    gaps = [after - before for before, after in zip(steps, steps[2:], strict=False)]
    return steps[1 + gaps.index(min(gaps))]


def link(source: Path, target: Path) -> None:
    """Let ``target`` be the same file as ``source``, or a copy where the file system has no links. Raises ``OSError``.

    ``source`` is only ever replaced, never written to, so the two do not change together.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        write_whole(target, source.read_bytes())


def put(source: Path, target: Path) -> None:
    """Replace ``target`` by what ``source`` holds, whole or not at all; ``source`` stays. Raises ``OSError``."""
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        link(source, temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)  # where both names are one file, nothing was replaced


def size_of(path: Path) -> int:
    """Return how many bytes a file has, 0 if it is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _has_room(source: Path) -> bool:
    try:
        return shutil.disk_usage(source).free >= ROOM * source.stat().st_size
    except OSError:
        return False


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
