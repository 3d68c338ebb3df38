"""A study as plain lines while it is at work: what a search and a tuning have in common."""

from collections.abc import Iterator
from pathlib import Path

from dltui.guide.telling.words import bounded
from dltui.search.study.study import Study, TrialEntry


class StudyLines:
    """Says what is new of a study, once. :meth:`take` is given the study again and again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._has_begun = False
        self._begun: set[int] = set()
        self._ended: set[int] = set()
        self._status = ""
        self._answers = 0

    def take(self, study: Study) -> None:
        """Print what has changed since the last call."""
        for line in self._news(study):
            print(line, flush=True)

    def conclude(self, study: Study) -> None:
        """Print what became of it, the settings of the best trial, and how to go on."""
        print()
        for line in self.closing(study, self._folder):
            print(line, flush=True)

    def described(self, study: Study) -> str:
        """Return what is done, how, and for what, in one line."""
        raise NotImplementedError

    def so_far(self, study: Study, ended: int) -> str:
        """Return where a study stands that is gone on with, after so many trials."""
        raise NotImplementedError

    def trials(self, study: Study) -> Iterator[str]:
        """Tell of the trials that are new."""
        raise NotImplementedError

    def closing(self, study: Study, folder: Path) -> Iterator[str]:
        """Tell what it came to."""
        raise NotImplementedError

    def has_begun(self, trial: TrialEntry) -> bool:
        """Return whether it is to be told now that a trial has begun."""
        is_new = trial.number not in self._begun
        self._begun.add(trial.number)
        return is_new

    def has_ended(self, trial: TrialEntry) -> bool:
        """Return whether it is to be told now that a trial has ended."""
        is_new = trial.state.has_ended and trial.number not in self._ended
        if is_new:
            self._ended.add(trial.number)
        return is_new

    def _news(self, study: Study) -> Iterator[str]:
        if not self._has_begun:
            yield from self._head(study)
        yield from self._refusals(study)
        yield from self.trials(study)
        yield from self._standing(study)

    def _head(self, study: Study) -> Iterator[str]:
        """What was told in an earlier session is counted, and not told again."""
        self._has_begun = True
        yield f"{self._folder}: {self.described(study)}"
        self._ended = {each.number for each in study.trials if each.state.has_ended}
        self._begun = set(self._ended)
        self._answers = len(study.answers)
        so_far = self.so_far(study, len(self._ended))
        if self._ended and so_far:
            yield so_far

    def _refusals(self, study: Study) -> Iterator[str]:
        for answer in study.answers[self._answers :]:
            if answer.refused:
                yield f"refused: {bounded(answer.command)}: {bounded(answer.refused)}"
        self._answers = len(study.answers)

    def _standing(self, study: Study) -> Iterator[str]:
        status = study.supervised.status if study.supervised is not None else ""
        if status != self._status and "paused" in (status, self._status):
            yield "paused: 'dltui control' or its screen lets it go on" if status == "paused" else "goes on"
        self._status = status
