"""What the search screen writes of a trial: the same signs and words in the table, beside it and in the help."""

import math
from collections.abc import Mapping

from dltui.charts.canvas import StyleName
from dltui.diagnosis.finding import Symptom, Verdict
from dltui.formatting import duration, format_time, setting
from dltui.interventions.verdict import Outcome
from dltui.search.study.options import Change
from dltui.search.study.study import TrialEntry, TrialState
from dltui.signs import VERDICT_SIGNS
from dltui.text import safe_text
from dltui.texts import Texts
from dltui_trainers.runlog import Value

STATE_SIGNS = {
    TrialState.WAITING: "◌",
    TrialState.RUNNING: "●",
    TrialState.COMPLETE: "✓",
    TrialState.PRUNED: "◇",
    TrialState.FAILED: "✗",
}
STATE_STYLES = {
    TrialState.WAITING: StyleName.LABEL,
    TrialState.RUNNING: StyleName.TRAIN,
    TrialState.COMPLETE: StyleName.BLANK,
    TrialState.PRUNED: StyleName.LABEL,
    TrialState.FAILED: StyleName.FINDING,
}
VERDICT_STYLES = {
    Verdict.GOOD_FIT: StyleName.BEST,
    Verdict.OVERFITTING: StyleName.NOTE,
    Verdict.UNDERFITTING: StyleName.NOTE,
    Verdict.DIVERGED: StyleName.FINDING,
    Verdict.INCONCLUSIVE: StyleName.LABEL,
}
OUTCOME_SIGNS = {Outcome.HELPED: "✓", Outcome.NO_CLEAR_EFFECT: "≈", Outcome.HURT: "✗", Outcome.TOO_EARLY: "?"}
OUTCOME_STYLES = {
    Outcome.HELPED: StyleName.BEST,
    Outcome.NO_CLEAR_EFFECT: StyleName.LABEL,
    Outcome.HURT: StyleName.FINDING,
    Outcome.TOO_EARLY: StyleName.LABEL,
}
COLOURS = {
    StyleName.BLANK: "",
    StyleName.LABEL: "$chart-label",
    StyleName.TRAIN: "$primary",
    StyleName.BEST: "$text-success",
    StyleName.NOTE: "$text-warning",
    StyleName.FINDING: "$text-error",
}
"""The colours of the charts where a line of text says the same."""
Words = tuple[str, StyleName]
_SHORT_S = 9.95


class TrialWords:
    """The words of the present language for what the records of a study name by a key."""

    def __init__(self, texts: Texts) -> None:
        self._verdicts = {str(each): texts.verdict(each) for each in Verdict}
        self._symptoms = {str(each): texts.symptom(each) for each in Symptom}
        self._outcomes = {str(each): texts.outcome(each) for each in Outcome}

    def verdict(self, key: str) -> Words:
        """Return the sign and the word of a verdict; one of another version as it stands."""
        if key not in self._verdicts:
            return safe_text(key), StyleName.BLANK
        return f"{VERDICT_SIGNS[Verdict(key)]} {self._verdicts[key]}", VERDICT_STYLES[Verdict(key)]

    def symptom(self, key: str) -> str:
        """Return the name of a symptom."""
        return self._symptoms.get(key, safe_text(key))

    def outcome(self, key: str) -> Words:
        """Return what a change did, with its sign."""
        if key not in self._outcomes:
            return safe_text(key.replace("_", " ")), StyleName.BLANK
        return f"{OUTCOME_SIGNS[Outcome(key)]} {self._outcomes[key]}", OUTCOME_STYLES[Outcome(key)]

    def why_ended(self, trial: TrialEntry) -> str:
        """Return why a trial failed or was ended early, what its engine says of it while it waits, or its finding."""
        if trial.state is TrialState.FAILED:
            return safe_text(" ".join(trial.error.split()))
        if trial.pruned_by:
            by, colon, key = trial.pruned_by.partition(": ")
            return f"{safe_text(by)}: {self.symptom(key)}" if colon else safe_text(trial.pruned_by)
        if not trial.state.has_ended:
            return safe_text(next((job.note for job in trial.jobs.values() if job.note), ""))
        return self.symptom(trial.finding) if trial.finding not in ("", trial.verdict) else ""


def state_words(trial: TrialEntry) -> Words:
    """Return the sign and the word of how a trial is."""
    return f"{STATE_SIGNS[trial.state]} {trial.state}", STATE_STYLES[trial.state]


def span(seconds: float) -> str:
    """Return how long something took: ``0.4s``, ``7.1s``, ``2:05``; a dash where that is not known."""
    return format_time(round(seconds, 1)) if 0 < seconds < _SHORT_S else duration(seconds)


def change_text(change: Change) -> str:
    """Return what was changed: ``lr 0.3 → 0.03``."""
    told = (f"{safe_text(name)} {_value(before)} → {_value(after)}" for name, (before, after) in change.items())
    return ", ".join(told)


def settings_text(settings: Mapping[str, Value]) -> str:
    """Return settings in one line: ``lr 3e-3  width 64``."""
    return "  ".join(f"{safe_text(name)} {_value(value)}" for name, value in settings.items())


def _value(value: Value) -> str:
    return "–" if value is None or value == "" else " ".join(setting(value).split())


BLOCKS = "▁▂▃▄▅▆▇█"


def spark(values: list[float], cells: int) -> str:
    """Return the last values as a row of blocks, at most ``cells``, the highest is full; empty where there is none."""
    if len(values) > cells:  # of several in a cell the last one
        values = [values[(at + 1) * len(values) // cells - 1] for at in range(cells)]
    finite = [each for each in values if math.isfinite(each)]
    if not finite:
        return ""
    lo, hi = min(finite), max(finite)
    if not hi - lo > 0 or math.isinf(hi - lo):
        return "".join(BLOCKS[0] if math.isfinite(each) else "!" for each in values)
    top = len(BLOCKS) - 1
    return "".join(BLOCKS[round(top * (each - lo) / (hi - lo))] if math.isfinite(each) else "!" for each in values)
