"""The words for a tuning: its record of each training, as its lines and its report tell it."""

from dltui.diagnosis.finding import Symptom
from dltui.formatting import format_value, setting
from dltui.interventions.verdict import Outcome
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.search.telling import ending_of as ended_how
from dltui.search.telling import settings_text, verdict_of
from dltui.text import safe_text
from dltui.texts import Texts
from dltui.tune.ending import Ending
from dltui_trainers.runlog import Value

ENDINGS = {
    Ending.HEALTHY: "healthy: its curves ask for no change; --thorough goes on from there",
    Ending.NOTHING_LEFT: "nothing is left to try",
    Ending.SPENT: "the budget is spent",
}


def began_as(trial: TrialEntry, texts: Texts) -> str:
    """Return what a training begins with: ``against overfitting: dropout 0 → 0.3, from step 400 of number 2``."""
    if trial.parent is None:
        given = settings_text(trial.settings)
        return f"as it was given{f': {given}' if given else ''}"
    source = "from the start" if trial.at_step is None else f"from step {trial.at_step} of number {trial.parent}"
    against = f"against {symptom_of(trial.against, texts)}: " if trial.against else ""
    return f"{against}{changes_of(trial)}, {source}"


def changes_of(trial: TrialEntry) -> str:
    """Return what was changed: ``lr 0.3 → 1e-3``."""
    return "; ".join(
        f"{safe_text(name)} {_shown(before)} → {_shown(after)}" for name, (before, after) in trial.change.items()
    )


def ended_as(study: Study, trial: TrialEntry, texts: Texts) -> str:
    """Return what a training came to: ``val_loss 0.3385, 2.303 before: helped, kept``."""
    metric = safe_text(study.objective.metric)
    value = f"{metric} {format_value(trial.value)}" if trial.value is not None else "no number"
    before = _parent(study, trial)
    beside = f", {format_value(before.value)} before" if before is not None and before.value is not None else ""
    ending = "" if trial.state is TrialState.COMPLETE and not trial.pruned_by else f"{ended_how(trial)}: "
    did = did_of(trial, texts)
    return f"{ending}{value}{beside}{f': {did}' if did else ''}"


def did_of(trial: TrialEntry, texts: Texts) -> str:
    """Return what a change did, and what becomes of it: ``hurt, back to number 3``; empty where nobody judged it."""
    if trial.outcome not in tuple(Outcome):
        return ""
    word = texts.outcome(Outcome(trial.outcome))
    return f"{word}, kept" if trial.kept else f"{word}, back to number {trial.parent}"


def seen_in(trial: TrialEntry, texts: Texts) -> str:
    """Return what the diagnosis found in a training; empty where it found nothing."""
    found = (verdict_of(trial), symptom_of(trial.finding, texts))
    return ", ".join(dict.fromkeys(part for part in found if part))


def symptom_of(name: str, texts: Texts) -> str:
    """Return what a symptom is called; one of another version by its key."""
    if name in tuple(Symptom):
        return texts.symptom(Symptom(name))
    return safe_text(name.replace("_", " "))


def has_gone_on(trial: TrialEntry) -> bool:
    """Return whether it went on from a checkpoint, so that its settings alone do not repeat it."""
    return trial.at_step is not None


def _parent(study: Study, trial: TrialEntry) -> TrialEntry | None:
    """The training that it was made from; None for the first one, and for a number that a file cannot mean."""
    number = trial.parent
    return study.trials[number] if number is not None and 0 <= number < trial.number else None


def _shown(value: Value) -> str:
    return safe_text(setting(value)) if value is not None else "?"
