"""The doctor's loop: train, diagnose, change one thing, see what it did, and back out of what hurt.

All that it knows is the study and the curves of its runs, so that a tuning that was killed goes on as it would have.
"""

from collections.abc import Callable

from dltui.errors import LogFormatError, RunNotFoundError
from dltui.formats import open_log, state_of
from dltui.interventions.verdict import Outcome
from dltui.search.study.options import TuneOptions
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.search.supervisor.searching import TrialsError
from dltui.search.trials.fault import is_past_its_best
from dltui.search.trials.trials import Ended, Request, Trials
from dltui.series.state import RunState
from dltui.tune.decide import next_trial
from dltui.tune.judge import judge, margin_of
from dltui.tune.patient import Curves, Patient
from dltui.tune.saying import say

WAIT_S = 0.1
HOPELESS_AFTER = 3
"""So many trainings fail, and no other has ended: then it is no matter of their settings."""


def work(trials: Trials) -> None:
    """Treat until the curves are healthy, nothing is left to be tried, or as many trials have ended as there shall be.

    Raises :class:`TrialsError` where the settings as they were given cannot be trained, and what the trials raise.
    """
    curves = curves_of(trials)
    while True:
        for ended in trials.poll(WAIT_S if trials.study.trials else 0.0):
            outcome, kept = came_to(ended, trials.study, curves)
            trials.tell(ended, outcome=str(outcome), kept=kept)
        if any(not each.state.has_ended for each in trials.study.trials):
            continue
        if len(trials.study.trials) >= HOPELESS_AFTER:
            _refuse_broken(trials.study)
        wanted = _next(trials.study, curves)
        if wanted is None:
            _refuse_broken(trials.study)
            return
        trials.begin(wanted)


def _refuse_broken(study: Study) -> None:
    """Raise :class:`TrialsError` where no training came to anything: there was no curve that a doctor could go by."""
    if study.trials and all(each.state is TrialState.FAILED for each in study.trials):
        raise TrialsError(f"The training as it was given failed: {study.trials[0].error}")


def curves_of(trials: Trials) -> Curves:
    """Return what opens the run that stands for a trial; what was opened last is kept."""
    known: dict[str, RunState | None] = {}

    def curves(trial: TrialEntry) -> RunState | None:
        if trial.run not in known:
            while len(known) > 1:
                known.pop(next(iter(known)))
            known[trial.run] = _opened(trials, trial.run) if trial.run else None
        return known[trial.run]

    return curves


def _opened(trials: Trials, run: str) -> RunState | None:
    try:
        return state_of(open_log(trials.folder / run))
    except (LogFormatError, RunNotFoundError):
        return None


def came_to(ended: Ended, study: Study, curves: Callable[[TrialEntry], RunState | None]) -> tuple[Outcome | str, bool]:
    """Return what the change of a trial did beside the one that it was made from, and whether it is kept.

    The first trial changes nothing, and is what all else stands on.
    """
    parent = ended.trial.parent
    if parent is None:
        return "", True
    cut = bool(ended.pruned_by) and not is_past_its_best(ended.pruned_by)
    value = None if ended.error or cut else ended.value
    state, before = ended.states[ended.best] if ended.states else None, study.trials[parent]
    margin = margin_of(study.objective, state, curves(before))
    outcome = judge(value, before.value, margin, rises=study.objective.rises)
    return outcome, outcome is Outcome.HELPED


def _next(study: Study, curves: Curves) -> Request | None:
    options = study.options
    assert isinstance(options, TuneOptions)
    if study.most_trials and len(study.trials) >= study.most_trials:
        return None
    if not study.trials:
        return Request(settings={}, seeds=(options.seed,), why=say("start"))
    wanted = next_trial(Patient(options=options, trials=study.trials, curves=curves))
    return wanted if isinstance(wanted, Request) else None
