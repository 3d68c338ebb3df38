"""A search as plain lines while it is at work: each trial as it begins and ends, what is best, and the end."""

from collections.abc import Iterator
from pathlib import Path

from dltui.cli.study_lines import StudyLines
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


class SearchLines(StudyLines):
    """Says what is new of a search, once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._best: int | None = None

    def described(self, study: Study) -> str:
        return described(study)

    def so_far(self, study: Study, ended: int) -> str:
        self._best = study.best.number if study.best is not None else None
        return f"goes on after {of_them(ended, 'trial')}{_best_text(study)}"

    def closing(self, study: Study, folder: Path) -> Iterator[str]:
        return closing_lines(study, folder)

    def trials(self, study: Study) -> Iterator[str]:
        for trial in study.trials:
            if self.has_begun(trial):  # also one that has ended since: its settings are told here alone
                yield f"  trial {trial.number:<4} begins    {settings_text(trial.settings)}"
        for trial in study.trials:
            if self.has_ended(trial):
                yield self._end(study, trial)

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
