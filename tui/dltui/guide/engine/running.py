"""One trial under way: what is known of it, from its folder and from the process that began it."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dltui.errors import ControlError
from dltui.guide.outcome import Outcome
from dltui.guide.trial import Trial
from dltui.runs import control
from dltui.runs.follow import FolderWatch
from dltui.runs.liveness import is_locked
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.series.state import RunState
from dltui_trainers.orders import Ended, Refused, Reply, Started
from dltui_trainers.runlog import METRICS

GRACE_S = 5.0
"""A trial that was asked to stop ends after its current step; one that does not in this time is killed."""
BY = "guide"
"""Who asks, in the log of the trial."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A trial under way. ``order``: its number with the warm process that begins it; None for one that was there
    already, or whose warm process has died.

    ``began_s`` and ``stopped_s`` are of the guide's clock. ``took_s``: how long it took, where that is known already.
    ``pid``: 0 while it is not known. ``end``: how its process ended, in words; None while nobody said.
    """

    trial: Trial
    folder: Path
    watch: FolderWatch
    began_s: float
    took_s: float | None = None
    state: RunState = field(default_factory=RunState)
    settings: dict[str, str] = field(default_factory=dict)
    order: int | None = None
    pid: int = 0
    end: str | None = None
    unwanted: bool = False
    stopped_s: float | None = None
    by_guide: bool = False
    paused: bool = False

    @property
    def has_begun(self) -> bool:
        """Whether there is a process, so that its folder tells the rest."""
        return self.order is None or self.pid > 0

    def hear(self, reply: Reply) -> None:
        """Take in what the warm process says of it."""
        match reply:
            case Started():
                self.pid = reply.pid
            case Refused():
                self.end = reply.reason
                self.state.take(RunUpdate(status=RunStatus.FAILED))
            case Ended():
                self.end = _told(reply.status)

    def look(self) -> bool:
        """Read what is new in its folder; return whether it has ended."""
        if not self.has_begun:
            return not self.state.status.alive
        self.state.take(self.watch.look())
        while self.state.loading:
            self.state.take(self.watch.look())
        # A process that is gone without a word: who began it will say in a moment how that came.
        awaits_word = self.state.status is RunStatus.KILLED and self.order is not None and self.end is None
        return not self.state.status.alive and not awaits_word

    def outcome(self, now_s: float) -> Outcome:
        """Return what it has come to until now."""
        ended_well = self.state.status.alive or self.state.end is not None
        late = self.by_guide and self.state.status is RunStatus.KILLED
        return Outcome(
            trial=self.trial,
            state=self.state,
            seconds=now_s - self.began_s if self.took_s is None else self.took_s,
            by_guide=self.by_guide,
            died="" if ended_well else _LATE if late else self.end or _NOBODY_KNOWS,
        )

    def stop(self, now_s: float) -> None:
        """Ask it to stop; it may be asked again."""
        if self.has_begun and self.stopped_s is None:
            self.stopped_s, self.by_guide = now_s, True
            self._ask("stop")

    def kill_if_overdue(self, now_s: float) -> None:
        """End it by force, if it was asked to stop and should have."""
        if self.stopped_s is not None and now_s - self.stopped_s > GRACE_S:
            self.kill()

    def kill(self) -> None:
        """End it by force, if it lives."""
        pid = self.pid or (self.state.manifest.pid if self.state.manifest else 0)
        if pid and is_locked(self.folder / METRICS):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def pause(self) -> None:
        """Let it stand still, once it has begun."""
        if self.has_begun and not self.paused:
            self.paused = True
            self._ask("pause")

    def resume(self) -> None:
        """Let it go on, if it stands still."""
        if self.paused or self.state.paused:
            self.paused = False
            self._ask("resume")

    def _ask(self, command: str) -> None:
        with contextlib.suppress(ControlError):  # it is gone: its folder tells
            control.ask(self.folder, command, by=BY)


def ordered(trial: Trial, folder: Path, settings: dict[str, str], now_s: float) -> Running:
    """Return a trial that is about to be begun."""
    return Running(trial=trial, folder=folder, watch=FolderWatch(folder), began_s=now_s, settings=settings)


def found(trial: Trial, folder: Path, settings: dict[str, str], clock: Callable[[], float]) -> Running:
    """Return a trial whose folder is there already: it is at work, or it has ended."""
    running = ordered(trial, folder, settings, clock())
    running.look()
    if not running.state.status.alive:
        running.took_s = max(0.0, running.state.elapsed_s)
    elif running.state.manifest is not None:
        running.began_s -= _age_s(running.state.manifest.created)
    if running.state.paused:  # who paused it was killed
        running.resume()
    return running


def _age_s(created: str) -> float:
    try:
        return max(0.0, time.time() - datetime.fromisoformat(created).timestamp())
    except ValueError:
        return 0.0


_LATE = f"it did not stop within {GRACE_S:g} s and was killed"
_NOBODY_KNOWS = "its process died, and nobody was there to see why"


def _told(status: int) -> str:
    if status >= 0:
        return f"its process ended with the exit code {status} and wrote no end"
    number = -status
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"its process was killed by {name}{': the memory may have run out' if number == signal.SIGKILL else ''}"
