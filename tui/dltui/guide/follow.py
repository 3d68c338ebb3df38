"""Looks at one guide by its folder alone: at the time of one file, and at the file where that has changed."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname

from dltui.errors import GuideError
from dltui.following import POLL_ENDED_S, POLL_S
from dltui.guide.folder import STATE, is_at_work, read_guide
from dltui.guide.standing import standing
from dltui.guide.state import Guide, GuideStatus
from dltui.runs.liveness import SILENT_AFTER_S
from dltui.runs.status import RunStatus
from dltui.text import safe_text


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideSeen:
    """A guide as it stands. ``guide``: None while none could be read; ``trouble``: why nothing new can come.

    ``status``: what it is doing; ``killed`` if it should be at work and no process is.
    """

    guide: Guide | None
    status: RunStatus
    trouble: str = ""


Stamp = tuple[int, int, int]


class GuideWatch:
    """One look after the other at a guide's folder. Not thread-safe, and it never waits."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.seen: GuideSeen | None = None
        self._stamp: Stamp | None = None
        self._guide: Guide | None = None
        self._unreadable = ""

    @property
    def poll_s(self) -> float:
        """How long to wait before the next look."""
        return POLL_S if self.seen is None or self.seen.status.alive else POLL_ENDED_S

    def look(self, check_status: bool = True) -> GuideSeen | None:
        """Return how it stands, None if that is as it was. ``check_status=False`` leaves the lock of an engine alone
        while its state is the same.
        """
        stamp = _stamp_of(self.path / STATE)
        changed = stamp != self._stamp or self.seen is None
        if not changed and not (check_status and self.seen is not None and self.seen.status.alive):
            return None
        self._stamp = stamp
        if changed and stamp is not None:
            self._read()
        trouble = self._unreadable if stamp is not None else self._gone()
        seen = GuideSeen(guide=self._guide, status=self._status(stamp), trouble=trouble)
        if seen == self.seen:
            return None
        self.seen = seen
        return seen

    def _read(self) -> None:
        """Read it; what cannot be read, as a copy that is being made, leaves what was known."""
        try:
            self._guide, self._unreadable = read_guide(self.path), ""
        except GuideError as error:
            self._unreadable = str(error)

    def _status(self, stamp: Stamp | None) -> RunStatus:
        if self._guide is None:
            return RunStatus.STARTING
        age_s = time.time() - stamp[0] / 1e9 if stamp is not None else float("inf")
        return status_of(self.path, self._guide, age_s)

    def _gone(self) -> str:
        name = safe_text(self.path.name)
        if self.path.is_dir():
            return f"The folder of {name} has no {STATE}: it is no guide, or it was deleted."
        return f"The folder of {name} is no longer there: it was moved or deleted. This is what it held."


def status_of(folder: Path, guide: Guide, age_s: float) -> RunStatus:
    """Return what the guide in ``folder`` is doing. ``age_s``: since its state was written last.

    The lock of an engine on another machine may not be seen from here: there silence decides.
    """
    is_open = guide.status in (GuideStatus.RUNNING, GuideStatus.PAUSED)
    at_work = is_open and is_at_work(folder)
    if is_open and not at_work and guide.host and guide.host != gethostname():
        at_work = age_s < SILENT_AFTER_S or guide.status is GuideStatus.PAUSED
    return standing(guide, at_work=at_work, age_s=age_s)


def _stamp_of(path: Path) -> Stamp | None:
    """The time, the size and the number of a file: it is replaced whole, also twice within one tick of the clock."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
