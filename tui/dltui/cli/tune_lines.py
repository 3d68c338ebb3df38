"""A tuning as plain lines, which read like a doctor's record: what was seen, what was changed, and what it did."""

from collections.abc import Iterator
from pathlib import Path

from dltui.cli.search_lines import ending_of as ended_how
from dltui.cli.search_lines import settings_of, settings_text, verdict_of
from dltui.diagnosis.finding import Symptom
from dltui.formatting import duration, format_value, setting
from dltui.guide.closing import command
from dltui.guide.telling.words import bounded
from dltui.interventions.verdict import Outcome
from dltui.search.study.options import TuneOptions
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.text import safe_text
from dltui.texts import Texts
from dltui.tune.ending import Ending, base_of, ending_of
from dltui_trainers.runlog import Value
from dltui_trainers.taskfile.names import shown_task

ENDINGS = {
    Ending.HEALTHY: "healthy: its curves ask for no change; --thorough goes on from there",
    Ending.NOTHING_LEFT: "nothing is left to try",
    Ending.SPENT: "the budget is spent",
}


class TuneLines:
    """Says what is new of a tuning, once. :meth:`take` is given the study again and again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts = Texts.load()
        self._has_begun = False
        self._begun: set[int] = set()
        self._ended: set[int] = set()
        self._status = ""

    def take(self, study: Study) -> None:
        """Print what has changed since the last call."""
        for line in self._news(study):
            print(line, flush=True)

    def conclude(self, study: Study) -> None:
        """Print what became of it, the settings of the best training, and how to go on."""
        print()
        for line in closing_lines(study, self._folder):
            print(line, flush=True)

    def _news(self, study: Study) -> Iterator[str]:
        if not self._has_begun:
            yield from self._head(study)
        for trial in study.trials:
            if trial.number not in self._begun:
                self._begun.add(trial.number)
                yield from self._begins(trial)
            if trial.state.has_ended and trial.number not in self._ended:
                self._ended.add(trial.number)
                yield from self._ends(study, trial)
        yield from self._standing(study)

    def _head(self, study: Study) -> Iterator[str]:
        """What was told in an earlier session is counted, and not told again."""
        self._has_begun = True
        yield f"{self._folder}: {described(study)}"
        self._ended = {each.number for each in study.trials if each.state.has_ended}
        self._begun = set(self._ended)
        base = base_of(study)
        if base is not None and self._ended:
            yield f"goes on after {len(self._ended)} trainings, from number {base.number}{_value(study, base)}"

    def _begins(self, trial: TrialEntry) -> Iterator[str]:
        yield ""
        if trial.parent is None:
            given = settings_text(trial.settings)
            yield f"{trial.number:>3}  as it was given{f': {given}' if given else ''}"
            return
        changes = "; ".join(
            f"{name} {_shown(before)} → {_shown(after)}" for name, (before, after) in trial.change.items()
        )
        source = "from the start" if trial.at_step is None else f"from step {trial.at_step} of number {trial.parent}"
        against = f"against {self._symptom(trial.symptom)}: " if trial.symptom else ""
        yield f"{trial.number:>3}  {against}{changes}, {source}"
        if trial.why:
            yield f"     {bounded(trial.why, 300)}"

    def _ends(self, study: Study, trial: TrialEntry) -> Iterator[str]:
        value = _value(study, trial).removeprefix(", ") or "no number"
        before = study.trials[trial.parent] if trial.parent is not None else None
        beside = f", {format_value(before.value)} before" if before is not None and before.value is not None else ""
        ending = "" if trial.state is TrialState.COMPLETE and not trial.pruned_by else f"{ended_how(trial)}: "
        yield f"     → {ending}{value}{beside}{self._did(trial)}"
        seen = ", ".join(dict.fromkeys(part for part in (verdict_of(trial), self._symptom(trial.finding)) if part))
        if seen:
            yield f"     seen: {seen}"
        if trial.error:
            yield f"     {bounded(trial.error, 300)}"

    def _did(self, trial: TrialEntry) -> str:
        """What the change did, and what becomes of it."""
        if trial.outcome not in tuple(Outcome):
            return ""
        word = self._texts.outcome(Outcome(trial.outcome))
        return f": {word}, kept" if trial.kept else f": {word}, back to number {trial.parent}"

    def _symptom(self, name: str) -> str:
        if name in tuple(Symptom):
            return self._texts.symptom(Symptom(name))
        return safe_text(name.replace("_", " "))

    def _standing(self, study: Study) -> Iterator[str]:
        status = study.supervised.status if study.supervised is not None else ""
        if status != self._status and "paused" in (status, self._status):
            yield "paused: 'dltui control' or its screen lets it go on" if status == "paused" else "goes on"
        self._status = status


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
        parts.append(f"{study.most_trials} trainings at most")
    if study.budget_s:
        parts.append(f"{duration(study.budget_s)} in all")
    return "; ".join(parts)


def closing_lines(study: Study, folder: Path) -> Iterator[str]:
    """What a tuning came to."""
    supervised, ending = study.supervised, ending_of(study)
    status = supervised.status if supervised is not None else "stopped"
    ended = sum(each.state.has_ended for each in study.trials)
    why = f"; {ENDINGS[ending]}" if ending is not None else ""
    yield f"{status} after {ended} trainings and {duration(study.worked_s)}{why}"
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
    if _has_gone_on(best):
        yield "it went on from a checkpoint; from the start its settings may do somewhat better or worse:"
    else:
        yield "train with its settings again:"
    yield f"  {command(study.begun.task, dict(settings_of(study, best)))}"


def _has_gone_on(trial: TrialEntry) -> bool:
    """Whether it went on from a checkpoint, so that its settings alone do not repeat it."""
    return trial.at_step is not None


def _shown(value: Value) -> str:
    return safe_text(setting(value)) if value is not None else "?"


def _value(study: Study, trial: TrialEntry) -> str:
    return f", {safe_text(study.objective.metric)} {format_value(trial.value)}" if trial.value is not None else ""
