"""A search as plain lines while it is at work: each trial as it begins and ends, what is best, and the end."""

from collections.abc import Iterator
from pathlib import Path

from dltui.formatting import duration, format_value, setting
from dltui.guide.closing import command
from dltui.guide.telling.step_words import seconds_text
from dltui.guide.telling.words import bounded
from dltui.search.study.options import SearchOptions
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.search.trials.fault import is_past_its_best
from dltui.text import safe_text
from dltui_trainers.runlog import Value
from dltui_trainers.taskfile.names import shown_task

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
            yield f"goes on after {len(self._ended)} trials{_best_text(study)}"

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
            yield "paused: its screen lets it go on" if status == "paused" else "goes on"
        self._status = status


def described(study: Study) -> str:
    """Return what is searched, how, and for what, in one line."""
    begun, objective = study.begun, study.objective
    assert begun is not None
    wanted = f"{'maximises' if objective.rises else 'minimises'} {safe_text(objective.metric)}"
    parts = [f"search of {shown_task(begun.task)}", wanted]
    options = study.options
    if isinstance(options, SearchOptions):
        method = f"bayes, {options.sampler}" if options.method == "bayes" else options.method
        parts.append(f"{method} over {', '.join(each.name for each in options.dimensions)}")
    if study.most_trials:
        parts.append(f"{study.most_trials} trials")
    if study.budget_s:
        parts.append(f"{duration(study.budget_s)} in all")
    return "; ".join(parts)


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
    yield f"  {command(study.begun.task, settings_of(study, best))}"


def settings_of(study: Study, trial: TrialEntry) -> dict[str, Value]:
    """Return all settings that repeat a trial, its first seed included."""
    return {**study.options.settings, **trial.settings, "seed": study.options.seed}


def settings_text(settings: dict[str, Value]) -> str:
    """Return settings as a person reads them."""
    return ", ".join(f"{name} {safe_text(setting(value))}" for name, value in settings.items())


def ending_of(trial: TrialEntry) -> str:
    """Return how a trial ended, in words: ``pruned (median)``."""
    if not trial.pruned_by or trial.state is TrialState.FAILED:
        return str(trial.state)
    why = safe_text(trial.pruned_by.removeprefix("diagnosis: ").replace("_", " "))
    return f"stopped ({why})" if is_past_its_best(trial.pruned_by) else f"{trial.state} ({why})"


def verdict_of(trial: TrialEntry) -> str:
    """Return the one word of its diagnosis, with spaces."""
    return safe_text(trial.verdict.replace("_", " "))


def _value(study: Study, trial: TrialEntry) -> str:
    return f"{safe_text(study.objective.metric)} {format_value(trial.value)}" if trial.value is not None else ""


def _best_text(study: Study) -> str:
    best = study.best
    return f", the best is trial {best.number} with {_value(study, best)}" if best is not None else ""
