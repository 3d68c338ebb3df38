"""Why a tuning ended, as its study tells it."""

from enum import StrEnum

from dltui.diagnosis.finding import Verdict
from dltui.search.study.options import TuneOptions
from dltui.search.study.study import Study, TrialEntry


class Ending(StrEnum):
    """Why nothing is done any more."""

    HEALTHY = "healthy"
    """The curves of the best training ask for no change."""
    NOTHING_LEFT = "nothing_left"
    """All that the doctor knows of was tried."""
    SPENT = "spent"
    """The trainings, or the time, that it may have."""


def ending_of(study: Study) -> Ending | None:
    """Return why it ended; None while it has not, or if somebody stopped it or it failed."""
    supervised, options = study.supervised, study.options
    if supervised is None or supervised.status != "finished" or not isinstance(options, TuneOptions):
        return None
    if study.most_trials and len(study.trials) >= study.most_trials:
        return Ending.SPENT
    if study.budget_s and study.worked_s >= study.budget_s:
        return Ending.SPENT
    base = base_of(study)
    healthy = base is not None and base.verdict == Verdict.GOOD_FIT and not base.finding
    return Ending.HEALTHY if healthy and not options.thorough else Ending.NOTHING_LEFT


def base_of(study: Study) -> TrialEntry | None:
    """Return the training that the treatment stands on: the last one that was kept; None before there is one."""
    return next((each for each in reversed(study.trials) if each.kept), None)
