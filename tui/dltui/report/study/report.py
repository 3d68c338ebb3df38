"""The report of a search or a tuning as a value: all that is said of it, in words, before any markup.

Like the search's screen it speaks English; what the diagnosis and its advice call a thing is in the present language.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dltui.formatting import count, duration, format_value
from dltui.guide.telling.step_words import TableWords
from dltui.guide.telling.words import LONGEST_VALUE, bounded
from dltui.report.guide.report import moment
from dltui.report.report import Tone, VerdictWords
from dltui.report.study.about import about_study
from dltui.report.study.best import Best, best_of
from dltui.report.study.charts import Charts, charts_of
from dltui.report.study.record import Training, record_of
from dltui.report.study.tables import hparams_table, state_of, trials_table
from dltui.runs.status import RunStatus
from dltui.search.drawing.values import count_of, seconds_used
from dltui.search.study.study import Study, TrialState
from dltui.signs import STATUS_SIGNS
from dltui.texts import Texts
from dltui.tune.ending import ending_of
from dltui.tune.telling import ENDINGS
from dltui_trainers.taskfile.names import shown_task

_TONES = {
    RunStatus.FINISHED: Tone.GOOD,
    RunStatus.STOPPED: Tone.WARN,
    RunStatus.FAILED: Tone.BAD,
    RunStatus.KILLED: Tone.BAD,
}
_TOLD_STATES = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED, TrialState.RUNNING, TrialState.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyReport:
    """Everything that a report says of one search or tuning.

    ``verdict``: how far it is, and what it came to. ``best``: None while no trial is complete. ``hparams``: what was
    tried of each hyperparameter; ``charts``: None while no trial has a value. ``record``: of a tuning, empty of a
    search. ``trials``: all of them, the best first, or of a tuning in their order.
    """

    study: Study
    texts: Texts
    title: str
    kicker: str
    name: str
    facts: tuple[str, ...]
    verdict: VerdictWords
    best: Best | None
    hparams: TableWords
    charts: Charts | None
    record: tuple[Training, ...]
    trials: TableWords
    about: tuple[tuple[str, str], ...]

    @property
    def hparams_heading(self) -> str:
        """What stands over the hyperparameters."""
        return "What was changed" if self.record else "What was searched"

    @property
    def trials_heading(self) -> str:
        """What stands over the table of the trials."""
        return "All trainings" if self.record else "All trials, the best first"


def make_study_report(
    study: Study, name: str, status: RunStatus, now_s: float, texts: Texts, shares: Mapping[str, float] | None
) -> StudyReport:
    """Return what there is to say of a study that has begun, as it stands at ``now_s``.

    ``name``: of its folder; ``status``: what it is doing. ``shares``: how much each hyperparameter matters, None where
    that cannot be told.
    """
    begun = study.begun
    assert begun is not None
    is_tuning = begun.tuning is not None
    # trainings of a supervisor that was killed go on by themselves
    is_over = not status.alive and status is not RunStatus.KILLED
    return StudyReport(
        study=study,
        texts=texts,
        title=f"{'Tuning' if is_tuning else 'Search'}: {bounded(shown_task(begun.task), LONGEST_VALUE)}",
        kicker="tuning by diagnosis" if is_tuning else "search of hyperparameters",
        name=bounded(name, LONGEST_VALUE),
        facts=tuple(_facts(study, status, now_s, is_over)),
        verdict=_verdict(study, name, status),
        best=best_of(study, texts),
        hparams=hparams_table(study),
        charts=charts_of(study, shares, is_over=is_over),
        record=tuple(record_of(study, texts, is_over=is_over)) if is_tuning else (),
        trials=trials_table(study, texts, study.told_s if is_over else now_s, is_over=is_over),
        about=tuple(about_study(study)),
    )


def _facts(study: Study, status: RunStatus, now_s: float, is_over: bool) -> Iterator[str]:
    """How far it is, in a few words each."""
    yield _word(study, status)
    if not study.trials:
        yield "no trial yet"
    for state in _TOLD_STATES:
        if number := count_of(study.trials, state):
            yield f"{number} {state_of(state, is_over=is_over)}"
    used = duration(seconds_used(study, now_s if status.alive else None))
    yield f"{used} of {duration(study.budget_s)}" if study.budget_s else used
    if study.begun is not None:
        yield f"began {moment(study.begun.time)}"
    if study.skipped:
        yield f"lines that could not be read: {study.skipped}"


def _word(study: Study, status: RunStatus) -> str:
    is_paused = study.supervised is not None and study.supervised.status == "paused"
    return "paused" if is_paused and status is RunStatus.RUNNING else str(status)


def _verdict(study: Study, name: str, status: RunStatus) -> VerdictWords:
    """The word for the whole, what is best, and the sentence that weighs most."""
    best = study.best
    value = f"{study.objective.metric} {format_value(best.value)}" if best and best.value is not None else ""
    first = study.trials[0].value if study.trials else None
    if value and study.begun is not None and study.begun.tuning is not None and first is not None and best is not None:
        value += f", {format_value(first)} at first" if best.number else ""
    return VerdictWords(
        tone=_TONES.get(status, Tone.OPEN),
        sign=STATUS_SIGNS[status],
        word=_word(study, status).upper(),
        sure=bounded(value, LONGEST_VALUE),
        reason=" ".join(_sentences(study, name, status)),
    )


def _sentences(study: Study, name: str, status: RunStatus) -> Iterator[str]:
    error = study.supervised.error if study.supervised is not None else ""
    if error:
        yield bounded(error)
    if status is RunStatus.KILLED:
        yield f"Its supervisor was killed; 'dltui {_kind(study)} --resume {bounded(name, LONGEST_VALUE)}' goes on."
    yield _standing(study, status)
    ending = ending_of(study)
    if ending is not None:
        yield f"It ended because {_BECAUSE.get(str(ending), ENDINGS[ending])}."
    is_short = status is RunStatus.FINISHED and ending is None and not study.budget_s
    if is_short and 0 < len(study.trials) < study.most_trials:
        yield f"Nothing was left to try after {len(study.trials)} of {count(study.most_trials)} trials."


_BECAUSE = {"healthy": "the curves are healthy: they ask for no change"}


def _kind(study: Study) -> str:
    return "tune" if study.begun is not None and study.begun.tuning is not None else "search"


def _standing(study: Study, status: RunStatus) -> str:
    """Which trial is best, or why none is."""
    ended = sum(each.state.has_ended for each in study.trials)
    if not ended:
        return "No trial has ended yet: there is nothing to compare." if status.alive else "It ended before any trial."
    if study.best is None:
        return f"None of the {ended} trials that ended is complete, so that none is the best."
    complete = count_of(study.trials, TrialState.COMPLETE)
    goal = "highest" if study.objective.rises else "lowest"
    metric = bounded(study.objective.metric, LONGEST_VALUE)
    unit = "Training" if _kind(study) == "tune" else "Trial"
    if complete == 1:
        return f"{unit} {study.best.number} is the only complete one."
    return f"{unit} {study.best.number} has the {goal} {metric} of the {complete} that are complete."
