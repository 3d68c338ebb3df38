"""A tuning as plain lines, which read like a doctor's record: what was seen, what was changed, and what it did."""

from collections.abc import Iterator
from pathlib import Path

from dltui.cli.study_lines import StudyLines
from dltui.formatting import duration, format_value
from dltui.guide.telling.words import bounded
from dltui.search.study.options import TuneOptions
from dltui.search.study.study import Study, TrialEntry
from dltui.search.telling import command_of, of_them, verdict_of
from dltui.text import safe_text
from dltui.texts import Texts
from dltui.tune.ending import base_of, ending_of
from dltui.tune.telling import ENDINGS, began_as, ended_as, has_gone_on, seen_in
from dltui_trainers.taskfile.names import shown_task


class TuneLines(StudyLines):
    """Says what is new of a tuning, once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._texts = Texts.load()

    def described(self, study: Study) -> str:
        return described(study)

    def so_far(self, study: Study, ended: int) -> str:
        base = base_of(study)
        if base is None:
            return ""
        return f"goes on after {of_them(ended, 'training')}, from number {base.number}{_value(study, base)}"

    def closing(self, study: Study, folder: Path) -> Iterator[str]:
        return closing_lines(study, folder)

    def trials(self, study: Study) -> Iterator[str]:
        for trial in study.trials:
            if self.has_begun(trial):
                yield from self._begins(trial)
            if self.has_ended(trial):
                yield from self._ends(study, trial)

    def _begins(self, trial: TrialEntry) -> Iterator[str]:
        yield ""
        yield f"{trial.number:>3}  {began_as(trial, self._texts)}"
        if trial.parent is not None and trial.why:
            yield f"     {bounded(trial.why, 300)}"

    def _ends(self, study: Study, trial: TrialEntry) -> Iterator[str]:
        yield f"     → {ended_as(study, trial, self._texts)}"
        if seen := seen_in(trial, self._texts):
            yield f"     seen: {seen}"
        if trial.error:
            yield f"     {bounded(trial.error, 300)}"


def described(study: Study) -> str:
    """Return what is tuned, for what, and how long, in one line."""
    begun, objective, options = study.begun, study.objective, study.options
    assert begun is not None and isinstance(options, TuneOptions)
    wanted = f"{'maximises' if objective.rises else 'minimises'} {safe_text(objective.metric)}"
    parts = [f"tuning of {shown_task(begun.task)}", wanted]
    if options.settings:
        parts.append("begins with " + safe_text(", ".join(f"{name} {text}" for name, text in options.settings.items())))
    if options.fixed:
        parts.append(f"leaves {', '.join(options.fixed)} alone")
    if study.most_trials:
        parts.append(f"{of_them(study.most_trials, 'training')} at most")
    if study.budget_s:
        parts.append(f"{duration(study.budget_s)} in all")
    return "; ".join(parts)


def closing_lines(study: Study, folder: Path) -> Iterator[str]:
    """What a tuning came to."""
    supervised, ending = study.supervised, ending_of(study)
    status = supervised.status if supervised is not None else "stopped"
    ended = sum(each.state.has_ended for each in study.trials)
    why = f"; {ENDINGS[ending]}" if ending is not None else ""
    yield f"{status} after {of_them(ended, 'training')} and {duration(study.worked_s)}{why}"
    if supervised is not None and supervised.error:
        yield bounded(supervised.error, 500)
    if study.best is not None:
        yield from _best_lines(study, study.best, folder)
    yield f"  dltui {folder}  shows all of it"
    if status != "finished":
        yield f"  dltui tune --resume {folder}  goes on"


def _best_lines(study: Study, best: TrialEntry, folder: Path) -> Iterator[str]:
    assert study.begun is not None
    first = study.trials[0]
    before = f", {format_value(first.value)} at first" if first.value is not None and best is not first else ""
    verdict = verdict_of(best)
    judged = f"; {verdict}" if verdict else ""
    yield f"best: number {best.number}{_value(study, best)} at step {best.step}{before}{judged}: {folder / best.run}"
    if has_gone_on(best):
        yield "it went on from a checkpoint; from the start its settings may do somewhat better or worse:"
    else:
        yield "train with its settings again:"
    yield f"  {command_of(study, study.begun.task, best)}"


def _value(study: Study, trial: TrialEntry) -> str:
    return f", {safe_text(study.objective.metric)} {format_value(trial.value)}" if trial.value is not None else ""
