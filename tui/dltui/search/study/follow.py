"""Looks at one study by its folder alone: what has come to its file, and whether somebody is at work."""

from dataclasses import dataclass, replace
from pathlib import Path

from dltui.errors import SearchError
from dltui.following import POLL_ENDED_S, POLL_S
from dltui.runs.status import RunStatus
from dltui.search.study.folder import age_of, status_of
from dltui.search.study.reader import StudyReader
from dltui.search.study.records import STUDY
from dltui.search.study.study import Study, TrialEntry
from dltui.text import safe_text


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySeen:
    """A study as it stands. ``study``: None while none could be read; ``trouble``: why nothing new can come.

    It is never changed again: what comes makes another one, in which the trials that have ended are the same objects.
    ``status``: what it is doing; ``killed`` if it should be at work and no process is.
    """

    study: Study | None
    status: RunStatus
    trouble: str = ""


class StudyWatch:
    """One look after the other at a study's folder. Not thread-safe, and it never waits."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.seen: StudySeen | None = None
        self._reader = StudyReader(folder)
        self._read_from: Study | None = None
        self._shown: Study | None = None

    @property
    def poll_s(self) -> float:
        """How long to wait before the next look."""
        return POLL_S if self.seen is None or self.seen.status.alive else POLL_ENDED_S

    def look(self, check_status: bool = True) -> StudySeen | None:
        """Return how it stands, None if that is as it was. ``check_status=False`` leaves the lock of a supervisor alone
        while nothing has come.
        """
        before, trouble = self._shown, ""
        try:
            if self._reader.read():
                self._take()
        except SearchError as error:
            trouble = self._why(error)
        if self.seen is not None and not check_status and self._shown is before and trouble == self.seen.trouble:
            return None
        seen = StudySeen(study=self._shown, status=self._status(), trouble=trouble)
        known = self.seen
        if known is not None and seen.study is known.study and (seen.status, trouble) == (known.status, known.trouble):
            return None
        self.seen = seen
        return seen

    def _take(self) -> None:
        """Make another picture of the study; one that has not begun is none."""
        study = self._reader.study
        known = self._shown if study is self._read_from else None
        self._read_from = study
        self._shown = pictured(study, known) if study.begun is not None else None

    def _status(self) -> RunStatus:
        if self._shown is None:
            return RunStatus.STARTING
        return status_of(self.path, self._shown, age_of(self.path))

    def _why(self, error: SearchError) -> str:
        name = safe_text(self.path.name)
        if self._shown is None:
            return str(error)
        if self.path.is_dir() and not (self.path / STUDY).exists():
            return f"The folder of {name} has no {STUDY}: it was deleted. This is what it held."
        return (
            str(error) if self.path.is_dir() else f"The folder of {name} is no longer there: it was moved or deleted."
        )


def pictured(study: Study, known: Study | None = None) -> Study:
    """Return the study as it is now, for another thread. ``known``: an earlier picture of it, whose trials that have
    ended are taken over: they do not change any more.
    """
    ended = known.trials if known is not None else []
    trials = [
        ended[at] if at < len(ended) and ended[at].state.has_ended else _copy(trial)
        for at, trial in enumerate(study.trials)
    ]
    return replace(study, trials=trials, answers=list(study.answers))


def _copy(trial: TrialEntry) -> TrialEntry:
    jobs = {name: replace(job, points=list(job.points)) for name, job in trial.jobs.items()}
    return replace(trial, jobs=jobs)
