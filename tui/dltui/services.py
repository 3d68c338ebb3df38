"""What the interface can do outside itself: start, follow, list and stop trainings. A test hands it others.

What reads a log needs numpy, and is imported when it is first asked for: the first paint does not wait for it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dltui.runs import control

if TYPE_CHECKING:
    from dltui.runs.catalog import RunSummary
    from dltui.runs.launch import Launched
    from dltui.runs.update import RunUpdate


class Follower(Protocol):
    """Follows one run until closed; see :class:`dltui.runs.follow.RunFollower`."""

    def start(self) -> None: ...

    def acknowledge(self) -> None: ...

    def close(self) -> None: ...


class Lister(Protocol):
    """Lists the runs of a folder; see :class:`dltui.runs.catalog.Catalog`."""

    def refresh(self) -> "tuple[RunSummary, ...]": ...


class Services:
    """The real ones, for the runs in ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def follow(self, folder: Path, on_update: "Callable[[RunUpdate], None]") -> Follower:
        """Return a follower of ``folder``, not yet started."""
        from dltui.runs.follow import RunFollower

        return RunFollower(folder, on_update)

    def lister(self) -> Lister:
        """Return a new lister of the runs."""
        from dltui.runs.catalog import Catalog

        return Catalog(self.root)

    def launch(self, task: str, settings: dict[str, str]) -> "Launched":
        """Start a training; raises what :func:`dltui.runs.launch.launch` raises."""
        from dltui.runs.launch import launch

        return launch(self.root, task, settings)

    def is_alive(self, folder: Path) -> bool:
        """Return whether the training in ``folder`` is at work."""
        from dltui.runs.liveness import judge
        from dltui.runs.reader import read_manifest, read_tail

        batch = read_tail(folder)
        return judge(folder, read_manifest(folder), batch.end if batch else None).alive

    def stop(self, folder: Path) -> None:
        """Ask the training in ``folder`` to stop."""
        control.stop(folder)
