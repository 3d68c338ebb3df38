"""What the trials of a study are worth to a chart or a table: their objective so far, their place, how they are."""

import math
from collections.abc import Iterable, Sequence

from dltui.search.study.study import JobEntry, Study, TrialEntry, TrialState
from dltui_trainers.runlog import Value


def value_of(trial: TrialEntry, rises: bool) -> float:
    """Return the objective: as it was told, else the best that the trainings reported, their mean; NaN without one."""
    if trial.value is not None:
        return trial.value
    if trial.state is TrialState.FAILED:
        return math.nan
    best = [each for job in trial.jobs.values() if math.isfinite(each := _best_of(job, rises))]
    return sum(best) / len(best) if best else math.nan


def _best_of(job: JobEntry, rises: bool) -> float:
    values = [value for _, value in job.points if math.isfinite(value)]
    return (max if rises else min)(values, default=math.nan)


def values_so_far(trial: TrialEntry) -> list[float]:
    """Return the objective at each validation of the training that has come furthest; empty before the first."""
    job = max(trial.jobs.values(), key=lambda each: len(each.points), default=None)
    return [value for _, value in job.points] if job is not None else []


def progress_of(trial: TrialEntry) -> tuple[float, float]:
    """Return how many epochs are done of how many, of all trainings of the trial; 0 and 0 where none tells it."""
    jobs = [job for job in trial.jobs.values() if job.epochs > 0]
    return sum(job.epoch for job in jobs), sum(job.epochs for job in jobs)


def seconds_of(trial: TrialEntry, now_s: float) -> float:
    """Return how long it trained, or how long ago it was asked for while it has not ended; NaN while it waits."""
    if trial.state.has_ended:
        return trial.seconds
    return max(0.0, now_s - trial.asked) if trial.state is TrialState.RUNNING else math.nan


def ranked(study: Study) -> dict[int, int]:
    """Return the place of each complete trial by its objective, the best one 1; of equals the first is before."""
    complete = [(each.value, each.number) for each in study.trials if _counts(each) and each.value is not None]
    sign = -1.0 if study.begun is not None and study.objective.rises else 1.0
    complete.sort(key=lambda each: (sign * each[0], each[1]))
    return {number: at + 1 for at, (_, number) in enumerate(complete)}


def best_so_far(trials: Iterable[TrialEntry], rises: bool) -> list[tuple[int, float]]:
    """Return where a complete trial was better than all before it: its number, and its objective."""
    steps: list[tuple[int, float]] = []
    for trial in trials:
        value = trial.value
        if not _counts(trial) or value is None:
            continue
        if not steps or (value > steps[-1][1] if rises else value < steps[-1][1]):
            steps.append((trial.number, value))
    return steps


def count_of(trials: Sequence[TrialEntry], state: TrialState) -> int:
    """Return how many trials are in that state."""
    return sum(each.state is state for each in trials)


def searched(study: Study) -> list[str]:
    """Return the hyperparameters that the trials differ in: of the space first, those with one value last."""
    begun = study.begun
    names = dict.fromkeys(each.name for each in begun.search.dimensions) if begun and begun.search else {}
    for trial in study.trials:
        names.update(dict.fromkeys(trial.settings))
        names.update(dict.fromkeys(trial.change))
    differing = {name for name in names if len({str(each.settings.get(name)) for each in study.trials}) > 1}
    return sorted(names, key=lambda name: name not in differing)


def values_at(study: Study, name: str) -> dict[int, Value]:
    """Return what each trial had for a hyperparameter, by its number; without those of which that is not known.

    A trial that does not set it had what all of them began with, which the first change of it tells.
    """
    first = next((each.change[name][0] for each in study.trials if name in each.change), None)
    known = {each.number: each.settings.get(name, first) for each in study.trials}
    return {number: value for number, value in known.items() if value is not None}


def _counts(trial: TrialEntry) -> bool:
    return trial.state is TrialState.COMPLETE and trial.value is not None and math.isfinite(trial.value)


def seconds_used(study: Study, now_s: float | None) -> float:
    """Return how long somebody was at work on the study, until ``now_s``; None: until its last record."""
    is_running = study.supervised is not None and study.supervised.status == "running"
    if now_s is None or not is_running:
        return study.worked_s
    return study.worked_s + max(0.0, now_s - study.told_s)
