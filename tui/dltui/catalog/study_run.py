"""A search, or a tuning, in a list: one row for all of its trials, kept up to date by what is new in one file."""

import math
import os
from dataclasses import replace
from pathlib import Path

import msgspec

from dltui.catalog.summary import SEARCH, TUNE, Facts, RunSummary, StudyFacts
from dltui.errors import SearchError
from dltui.runs.files import open_regular
from dltui.runs.status import RunStatus
from dltui.search.study.folder import age_of, status_of
from dltui.search.study.reader import StudyReader
from dltui.search.study.records import FORMAT, STUDY, Begun, study_decoder
from dltui.search.study.study import Study

_LONGEST_LINE = 4 << 20


class StudyRun:
    """One study. :meth:`refresh` reads what has come to its file."""

    def __init__(self, folder: Path, kind: str, label: str = "") -> None:
        self.summary = RunSummary(folder=folder, format=kind, label=label, is_read=False)
        self.stamp = (0, 0)
        self._reader = StudyReader(folder)

    def refresh(self) -> None:
        """Look whether it stands otherwise."""
        folder = self.summary.folder
        before, self.stamp = self.stamp, _stamp(folder / STUDY)
        if self.stamp != before:
            self._read()
        study = self._reader.study
        if study.begun is not None and (self.stamp != before or self.summary.status.alive):
            status = status_of(folder, study, age_of(folder))
            if status is not self.summary.status:
                self.summary = replace(self.summary, status=status)

    def know(self, facts: Facts) -> None:
        """A study is read whole by itself."""

    def _read(self) -> None:
        try:
            self._reader.read()
        except SearchError as error:
            self.summary = replace(self.summary, is_read=True, problem=str(error))
            return
        study = self._reader.study
        if study.begun is None:
            self.summary = replace(self.summary, is_read=True, problem="the beginning of its file is missing")
            return
        self.summary = replace(
            _with_best(self.summary, study),
            is_read=True,
            problem="",
            error=(study.supervised.error if study.supervised else "") or None,
            changed=self.stamp[1] / 1e9,
            status=self.summary.status if self.summary.is_read else RunStatus.STARTING,
            study=_facts(study),
        )


def kind_of(folder: Path) -> str | None:
    """Return whether it is the folder of a search or of a tuning, by the first line; None for one of something else."""
    try:
        with open_regular(folder / STUDY) as file:
            begun = study_decoder.decode(file.readline(_LONGEST_LINE))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(begun, Begun) or begun.format != FORMAT:
        return None
    return TUNE if begun.tuning is not None else SEARCH


def _facts(study: Study) -> StudyFacts:
    assert study.begun is not None
    best = study.best
    newest = next((each.newest_run for each in reversed(study.trials) if each.newest_run), "")
    return StudyFacts(
        task=study.begun.task,
        began=study.begun.time,
        ended=sum(each.state.has_ended for each in study.trials),
        of_trials=study.trials_in_all,
        trial=(best.newest_run if best is not None else "") or newest,
    )


def _with_best(summary: RunSummary, study: Study) -> RunSummary:
    """The summary with the best objective, in the column of what it measures; others have none."""
    value = study.best.value if study.best is not None and study.best.value is not None else math.nan
    match study.objective.metric:
        case "val_loss":
            return replace(summary, best_val_loss=value)
        case "val_accuracy":
            return replace(summary, val_accuracy=value)
        case "val_perplexity":
            return replace(summary, val_perplexity=value)
        case "val_r2":
            return replace(summary, val_r2=value)
    return summary


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)
