"""One training of a trial, as the desk looks after it: in the queue, under way, cut short and begun again, over."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dltui.errors import ControlError
from dltui.runs import control
from dltui.runs.find import short_name
from dltui.search.engines.engine import JobState, JobStatus
from dltui.search.trials.following import Following
from dltui.text import safe_text
from dltui_trainers.attempts import stopped_for_good
from dltui_trainers.job_spec import STOPPED_BY, JobSpec

Told = Literal["queued", "running", "finished", "stopped", "failed", "lost"]

LOOK_CLOSELY_S = 1.0
"""So often the lock of a training is tried that writes nothing."""
LAST_WORDS_BYTES = 4096


@dataclass(slots=True, kw_only=True)
class Training:
    """One job. ``handle``: empty until the engine has it. ``had``: attempts that there were when the study was taken
    up, which do not count against the limit; ``saved_before``: those of them that had kept their state.

    ``pruned_by``: why it is to stop; ``asked_s`` since when; ``cancelled``: the handle that the engine was told to end.
    ``gone_s``: since when its engine says that it has ended.
    """

    trial: int
    name: str
    seed: int
    spec: JobSpec
    output: Path
    following: Following
    handle: str = ""
    had: int = 0
    saved_before: int = 0
    submits: int = 0
    status: JobStatus = field(default_factory=lambda: JobStatus(state=JobState.QUEUED))
    pruned_by: str = ""
    asked_s: float | None = None
    cancelled: str = ""
    gone_s: float | None = None
    paused: bool = False
    is_over: bool = False
    error: str = ""
    looked_s: float = 0.0
    judged: int = 0
    reported: tuple[Told, str, int, str] | None = None
    """How it stood when that was written last."""
    reported_s: float = 0.0
    reported_x: float = float("-inf")
    _asked_run: str = ""

    def look(self, now_s: float) -> bool:
        """Read what is new in its folders; return whether anything may be."""
        closely = now_s - self.looked_s >= LOOK_CLOSELY_S
        if closely:
            self.looked_s = now_s
        return self.following.look(closely=closely)

    @property
    def told(self) -> Told:
        """How it stands, as a study tells it."""
        end = self.following.state.end
        if self.is_over and end is not None:
            return end.status
        if self.is_over:
            return "failed" if self.error else "stopped"
        match self.status.state:
            case JobState.LOST:
                return "lost"
            case JobState.QUEUED:
                return "queued"
        return "running" if self.following.run else "queued"

    def submitted(self, handle: str) -> None:
        """The engine has it."""
        self.handle, self.submits = handle, self.submits + 1
        self.status, self.gone_s = JobStatus(state=JobState.QUEUED), None

    def let_go(self) -> None:
        """Forget the engine's job: it is to be submitted again."""
        self.handle, self.gone_s = "", None
        self.status = JobStatus(state=JobState.LOST, note=self.status.note)

    @property
    def standing(self) -> tuple[Told, str, int, str]:
        """All that a report tells of it."""
        return self.told, self.following.run, self.following.state.step, self.status.note

    @property
    def is_gone(self) -> bool:
        """Whether its engine has it no more."""
        return bool(self.handle) and self.status.state in (JobState.ENDED, JobState.LOST)

    @property
    def has_ended(self) -> bool:
        """Whether its log tells that it came to its own end, or was stopped for good."""
        return bool(self.following.run) and not self.was_cut_short

    @property
    def was_cut_short(self) -> bool:
        """Whether the newest attempt has ended, or is gone, without having come to the training's own end."""
        end = self.following.state.end
        return end is None or (end.status == "stopped" and not self.stopped_for_good())

    def stopped_for_good(self) -> str:
        """Return why a training that has stopped is not to go on, empty if it is.

        The search has stopped it, or a person has, from its own screen.
        """
        folder = self.following.folder
        return stopped_for_good(folder) if folder is not None else ""

    def ask(self, command: str, by: str = STOPPED_BY, reason: str = "") -> None:
        """Ask it for something, if there is a run that could hear it."""
        if (folder := self.following.folder) is not None and self.following.state.end is None:
            with contextlib.suppress(ControlError):  # it is gone: its folder tells
                control.ask(folder, command, by=by, reason=reason)

    def prune(self, why: str, now_s: float) -> None:
        """Let it stop for good."""
        if self.asked_s is None and not self.is_over:
            self.pruned_by, self.asked_s = why, now_s
            self.press()

    def press(self) -> None:
        """Ask the newest attempt to stop, if that has not been done: it may have begun after it was to stop."""
        run = self.following.run
        if run and run != self._asked_run:
            self._asked_run = run
            self.ask("stop", reason=self.pruned_by)

    def finish(self) -> None:
        """It has ended: keep why. One that came to its own end before it was stopped was not pruned."""
        end = self.following.state.end
        self.is_over = True
        if end is not None and end.status == "finished":
            self.pruned_by = ""
        elif end is not None and end.status == "failed":
            self.error = safe_text(end.error or "its training failed")
        elif end is not None and end.status == "stopped":
            self.pruned_by = self.pruned_by or self.stopped_for_good()

    @property
    def cut_short(self) -> int:
        """How many attempts were killed since the study was taken up, also those that left nothing behind.

        One that was told to stop in time, by a cluster that needs its place, has kept all that it did.
        """
        return max(self.following.attempts - self.had, self.submits) - (self.following.saved - self.saved_before)

    def gave_up(self) -> str:
        """Return the sentence for a training that is not begun again."""
        times = "once" if self.cut_short == 1 else f"{self.cut_short} times"
        words = self.status.note or _last_words(self.output)
        said = f": {safe_text(words)}" if words else ""
        return f"{short_name(self.name)} was cut short {times}, and is not begun again{said}."


def _last_words(output: Path) -> str:
    """The last line that its process has printed."""
    try:
        with output.open("rb") as file:
            file.seek(max(0, output.stat().st_size - LAST_WORDS_BYTES))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip().rstrip(".") for line in reversed(lines) if line.strip()), "")
