"""One run, or one log of another program: followed while it grows, or read as a whole."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dltui.errors import LogFormatError
from dltui.services.where import Where

if TYPE_CHECKING:
    from dltui.replay.recording import Recording
    from dltui.runs.follower import Watch
    from dltui.runs.update import RunUpdate
    from dltui_trainers.kept import Kept
    from dltui_trainers.runlog import Value


class Follower(Protocol):
    """Follows one run until closed; see :class:`dltui.runs.follower.LogFollower`."""

    def start(self) -> None: ...

    def acknowledge(self) -> None: ...

    def close(self) -> None: ...


class RunServices(Where):
    """Reads runs and logs."""

    def follow(self, folder: Path, on_update: "Callable[[RunUpdate], None]") -> Follower:
        """Return a follower of the run or the log at ``folder``, not yet started."""
        from dltui.runs.follower import LogFollower

        return LogFollower(self.watch(folder), on_update)

    def watch(self, path: Path) -> "Watch":
        """Return what looks at the run or the log at ``path``."""
        from dltui.runs.find import is_run

        if is_run(path):
            from dltui.runs.follow import FolderWatch

            return FolderWatch(path)
        from dltui.formats.following.copied_run import CopyWatch, is_copy
        from dltui.formats.following.watch import LogWatch

        try:
            ours = is_copy(path)
        except LogFormatError:  # the watch tells it, and looks again
            ours = False
        return CopyWatch(path) if ours else LogWatch(path, self.options)

    def recording(self, path: Path) -> "Recording":
        """Return the run or the log at ``path``, laid out for a replay.

        Raises :class:`~dltui.errors.LogFormatError` if it cannot be read.
        """
        from dltui.formats import open_log
        from dltui.formats.saved import OWN_FORMAT, told_by, used_columns
        from dltui.replay.recording import record

        log = open_log(path, self.options)
        return record(log, told_by(log), "" if log.format == OWN_FORMAT else log.format, used_columns(log))

    def kept(self, folder: Path) -> "list[Kept]":
        """Return the checkpoints of the run in ``folder``, earliest first."""
        from dltui_trainers.kept import kept_in

        return kept_in(folder)

    def parent(self, folder: Path, name: str) -> "tuple[Path, dict[str, Value]] | None":
        """Return folder and hyperparameters of the run that the one in ``folder`` came from; None if it is not here."""
        from dltui.runs.reader import read_manifest

        if name in ("", ".", "..") or Path(name).name != name:
            return None
        for candidate in (folder.parent / name, self.root / name):
            try:
                manifest = read_manifest(candidate)
            except ValueError:  # a name that no folder can have
                return None
            if manifest is not None:
                return candidate, manifest.hparams
        return None
