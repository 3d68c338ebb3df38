"""What a mirror writes to."""

from collections.abc import Sequence
from typing import Protocol

from dltui.mirror.scalars import Scalars
from dltui_trainers.runlog import Manifest


class Sink(Protocol):
    """A dashboard that takes scalars. Whatever it raises ends the mirror, and nothing else."""

    goes_on: bool
    """Whether a mirror that was killed goes on where it was. Otherwise the sink is told all from the beginning, and
    leaves out itself what its dashboard has."""

    def begin(self, name: str, manifest: Manifest | None) -> None:
        """The run is called ``name``; what it was started with is known by now, or never."""
        ...

    def write(self, scalars: Sequence[Scalars]) -> None:
        """Take what is new, in the order of the log; when it returns they are out of this process."""
        ...

    def go_back(self, step: int, time: float) -> None:
        """What came after ``step`` was undone at that ``time``."""
        ...

    def end(self, failed: bool) -> None:
        """The training is over."""
        ...
