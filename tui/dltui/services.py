"""What the interface can do outside itself: start, follow, list and stop trainings. A test hands it others.

What reads a log needs numpy, and is imported when it is first asked for: the first paint does not wait for it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dltui.runs import control

if TYPE_CHECKING:
    from dltui.advice.change import Change
    from dltui.diagnosis.finding import Diagnosis
    from dltui.runs.catalog import RunSummary
    from dltui.runs.launch import Launched
    from dltui.runs.update import RunUpdate
    from dltui.series.state import RunState
    from dltui.texts import Texts
    from dltui_trainers.origin import Origin
    from dltui_trainers.runlog import Value


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

    def launch(self, task: str, settings: dict[str, str], parent: "Origin | None" = None) -> "Launched":
        """Start a training; with a ``parent``, ``settings`` are the changes to it.

        Raises what :func:`dltui.runs.launch.launch` raises.
        """
        from dltui.runs.launch import launch

        return launch(self.root, task, settings, parent=parent)

    def diagnose(self, state: "RunState") -> "tuple[Diagnosis, tuple[Change, ...]]":
        """Return what is found in a run, and what to change, best first."""
        from dltui.advice.prescribe import prescribe
        from dltui.diagnosis.examine import examine

        diagnosis = examine(state)
        return diagnosis, prescribe(state, diagnosis)

    def texts(self) -> "Texts":
        """Return the words of the present language."""
        from dltui.texts import Texts

        return Texts.load()

    def parent(self, folder: Path, name: str) -> "tuple[Path, dict[str, Value]] | None":
        """Return folder and hyperparameters of the run that the one in ``folder`` came from; None if it is not here."""
        from dltui.runs.reader import read_manifest

        if name in ("", ".", "..") or Path(name).name != name:
            return None
        for candidate in (folder.parent / name, self.root / name):
            manifest = read_manifest(candidate)
            if manifest is not None:
                return candidate, manifest.hparams
        return None

    def is_alive(self, folder: Path) -> bool:
        """Return whether the training in ``folder`` is at work."""
        from dltui.runs.liveness import judge
        from dltui.runs.reader import read_manifest, read_tail

        batch = read_tail(folder)
        return judge(folder, read_manifest(folder), batch.end if batch else None).alive

    def stop(self, folder: Path) -> None:
        """Ask the training in ``folder`` to stop."""
        control.stop(folder)
