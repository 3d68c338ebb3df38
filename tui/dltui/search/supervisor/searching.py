"""A search: ask the method for a trial whenever one may be begun, and tell what each came to."""

from dltui.errors import SearchError
from dltui.search.methods.choose import make_method
from dltui.search.methods.method import Method
from dltui.search.study.options import SearchOptions
from dltui.search.study.study import Study, TrialState
from dltui.search.trials.jobs import seeds_of
from dltui.search.trials.trials import Request, Trials
from dltui_trainers.plan import plan

WAIT_S = 0.1
HOPELESS_AFTER = 5
"""So many trials fail, and no other has ended: then it is no matter of their settings."""


class TrialsError(SearchError):
    """One training after the other fails: it is no matter of what a search chooses."""


def work(trials: Trials) -> None:
    """Search until as many trials have ended as there shall be, or nothing is left to try.

    Raises :class:`TrialsError` where one trial after the other fails, and what the trials raise.
    """
    method = method_of(trials.study)
    while True:
        _begin_some(trials, method)
        if all(each.state.has_ended for each in trials.study.trials) and not _wants_more(trials.study, method):
            return
        for ended in trials.poll(WAIT_S):
            trials.tell(ended)
        _refuse_hopeless(trials.study)


def method_of(study: Study) -> Method:
    """Return the method that chooses the trials of the study."""
    options = study.options
    assert study.begun is not None and isinstance(options, SearchOptions)
    return make_method(plan(study.begun.task, options.settings).task, options)


def _begin_some(trials: Trials, method: Method) -> None:
    study = trials.study
    while trials.free and _has_room(study):
        settings = method.ask(len(study.trials), study.trials)
        if settings is None:
            return
        trials.begin(Request(settings=settings, seeds=seeds_of(study)))


def _wants_more(study: Study, method: Method) -> bool:
    return _has_room(study) and method.ask(len(study.trials), study.trials) is not None


def _has_room(study: Study) -> bool:
    return not study.most_trials or len(study.trials) < study.most_trials


def _refuse_hopeless(study: Study) -> None:
    ended = [each for each in study.trials if each.state.has_ended]
    if len(ended) >= HOPELESS_AFTER and all(each.state is TrialState.FAILED for each in ended):
        raise TrialsError(f"All of the first {len(ended)} trials failed: {ended[-1].error}")
