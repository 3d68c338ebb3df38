"""A search as plain lines while it is at work: each trial as it begins and ends, what is best, and the end."""

from collections.abc import Iterator
from pathlib import Path

from dltui.formatting import count, duration, format_value
from dltui.guide.telling.step_words import seconds_text
from dltui.guide.telling.words import bounded
from dltui.search.study.options import SearchOptions
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.search.telling import command_of, ending_of, method_of, of_them, settings_text, verdict_of
from dltui.text import safe_text
from dltui_trainers.taskfile.names import shown_task

LARGE_GRID = 500
"""A grid of more trainings than this that nothing else ends is told of as what it is: often a point too many."""
STATES = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)


class SearchLines:
    """Says what is new of a search, once. :meth:`take` is given the study again and again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._has_begun = False
        self._begun: set[int] = set()
        self._ended: set[int] = set()
        self._best: int | None = None
        self._status = ""
        self._answers = 0

    def take(self, study: Study) -> None:
        """Print what has changed since the last call."""
        for line in self._news(study):
            print(line, flush=True)

    def conclude(self, study: Study) -> None:
        """Print what became of it, the settings of the best trial, and how to go on."""
        print()
        for line in closing_lines(study, self._folder):
            print(line, flush=True)

    def _news(self, study: Study) -> Iterator[str]:
        if not self._has_begun:
            yield from self._head(study)
        yield from self._refusals(study)
        for trial in study.trials:
            if trial.number not in self._begun:  # also one that has ended since: its settings are told here alone
                self._begun.add(trial.number)
                yield f"  trial {trial.number:<4} begins    {settings_text(trial.settings)}"
        for trial in study.trials:
            if trial.state.has_ended and trial.number not in self._ended:
                self._ended.add(trial.number)
                yield self._end(study, trial)
        yield from self._standing(study)

    def _head(self, study: Study) -> Iterator[str]:
        """Trials of an earlier session are counted, and not told again."""
        self._has_begun = True
        begun = study.begun
        assert begun is not None
        yield f"{self._folder}: {described(study)}"
        self._ended = {each.number for each in study.trials if each.state.has_ended}
        self._begun = set(self._ended)
        self._best = study.best.number if study.best is not None else None
        self._answers = len(study.answers)
        if self._ended:
            yield f"goes on after {of_them(len(self._ended), 'trial')}{_best_text(study)}"

    def _refusals(self, study: Study) -> Iterator[str]:
        for answer in study.answers[self._answers :]:
            if answer.refused:
                yield f"refused: {bounded(answer.command)}: {bounded(answer.refused)}"
        self._answers = len(study.answers)

    def _end(self, study: Study, trial: TrialEntry) -> str:
        best = study.best
        is_best = best is not None and best.number != self._best and best.number == trial.number
        self._best = best.number if best is not None else None
        parts = [
            f"  trial {trial.number:<4} {ending_of(trial):<8}",
            _value(study, trial),
            verdict_of(trial),
            seconds_text(trial.seconds) if trial.seconds else "",
            bounded(trial.error),
            "the best so far" if is_best else "",
        ]
        return "  ".join(part for part in parts if part).rstrip()

    def _standing(self, study: Study) -> Iterator[str]:
        status = study.supervised.status if study.supervised is not None else ""
        if status != self._status and "paused" in (status, self._status):
            yield "paused: 'dltui control' or its screen lets it go on" if status == "paused" else "goes on"
        self._status = status


def described(study: Study) -> str:
    """Return what is searched, how, and for what, in one line."""
    begun, objective = study.begun, study.objective
    assert begun is not None
    wanted = f"{'maximises' if objective.rises else 'minimises'} {safe_text(objective.metric)}"
    parts = [f"search of {shown_task(begun.task)}", wanted]
    options = study.options
    if isinstance(options, SearchOptions):
        parts.append(_space_text(study, options))
    if study.most_trials:
        few = "at most " if study.trials_in_all < study.most_trials else ""
        parts.append(f"{few}{of_them(study.most_trials, 'trial')}")
    if study.budget_s:
        parts.append(f"{duration(study.budget_s)} in all")
    return "; ".join(parts)


def _space_text(study: Study, options: SearchOptions) -> str:
    """What is searched, and how large that is where it says how long the search will take."""
    text = f"{method_of(options)} over {', '.join(each.name for each in options.dimensions)}"
    size = study.begun.configurations if study.begun is not None else 0
    if not size or (options.method != "grid" and size >= study.most_trials):
        return text
    text = f"{text}: {count(size)} configuration{'s' if size > 1 else ''}"
    trainings = size * options.seeds
    if study.most_trials or study.budget_s or trainings <= LARGE_GRID:
        return text
    return f"{text}, so {count(trainings)} trainings: --trials or --budget makes it fewer"


def closing_lines(study: Study, folder: Path) -> Iterator[str]:
    """What a search came to."""
    supervised = study.supervised
    status = supervised.status if supervised is not None else "stopped"
    counted = [(state, sum(each.state is state for each in study.trials)) for state in STATES]
    told = ", ".join(f"{number} {state}" for state, number in counted if number)
    yield f"{status} after {duration(study.worked_s)}: {told or 'no trial has ended'}"
    if supervised is not None and supervised.error:
        yield bounded(supervised.error, 500)
    if status == "finished" and len(study.trials) < study.most_trials and not study.budget_s:
        yield f"nothing was left to try after {len(study.trials)} of {study.most_trials} trials"
    best = study.best
    if best is not None:
        yield from _best_lines(study, best, folder)
    yield f"  dltui {folder}  shows all of it"
    if status != "finished":
        yield f"  dltui search --resume {folder}  goes on"


def _best_lines(study: Study, best: TrialEntry, folder: Path) -> Iterator[str]:
    assert study.begun is not None
    verdict = verdict_of(best)
    judged = f", {verdict}" if verdict else ""
    yield f"best: trial {best.number}, {_value(study, best)} at step {best.step}{judged}: {folder / best.run}"
    yield "train with its settings again:"
    yield f"  {command_of(study, study.begun.task, best)}"


def _value(study: Study, trial: TrialEntry) -> str:
    return f"{safe_text(study.objective.metric)} {format_value(trial.value)}" if trial.value is not None else ""


def _best_text(study: Study) -> str:
    best = study.best
    return f", the best is trial {best.number} with {_value(study, best)}" if best is not None else ""
