"""Searches in a test's own process: trials that are told a number in the place of being trained."""

from collections.abc import Callable, Mapping

from dltui.search.methods.choose import make_method
from dltui.search.study.options import SearchOptions
from dltui.search.study.study import JobEntry, TrialEntry, TrialState
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

Judge = Callable[[Mapping[str, Value]], float | None]


def entry(number: int, settings: Mapping[str, Value] | None = None, **rest: object) -> TrialEntry:
    """Return a trial."""
    return TrialEntry(number=number, asked=0.0, settings=dict(settings or {}), **rest)  # type: ignore[arg-type]


def job(*values: float, epochs: float = 10.0, name: str = "a") -> JobEntry:
    """Return a training with a validation at the end of each epoch."""
    points = [(float(place), value) for place, value in enumerate(values, start=1)]
    return JobEntry(name=name, seed=0, handle="", points=points, epochs=epochs)


def searched(
    task: TaskInfo, options: SearchOptions, judge: Judge, *, known: list[TrialEntry] | None = None, workers: int = 1
) -> list[TrialEntry]:
    """Return the trials of a search that goes on from ``known``; ``workers`` of them are at work at a time.

    ``judge`` returns the objective, None for a trial that fails.
    """
    method, trials = make_method(task, options), list(known or [])
    for number in range(len(trials), options.trials):
        settings = method.ask(number, trials)
        if settings is None:
            break
        trials.append(entry(number, settings, state=TrialState.RUNNING))
        if number >= workers - 1:
            tell(trials[number - workers + 1], judge)
    for trial in trials:
        tell(trial, judge)
    return trials


def tell(trial: TrialEntry, judge: Judge) -> None:
    """End a trial."""
    if not trial.state.has_ended:
        trial.value = judge(trial.settings)
        trial.state = TrialState.FAILED if trial.value is None else TrialState.COMPLETE
