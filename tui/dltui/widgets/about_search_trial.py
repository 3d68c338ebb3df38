"""What is to be said of one trial of a study: how it is, how it was set, what it came to and why."""

from textual.content import Content

from dltui.formatting import format_value
from dltui.search.drawing.values import progress_of, seconds_of, value_of
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.text import safe_text
from dltui.widgets.trials_words import COLOURS, TrialWords, change_text, settings_text, span, state_words

_GAP = "  "


def about_trial(study: Study, trial: TrialEntry, place: int, words: TrialWords, now_s: float) -> Content:
    """Return some lines on a trial. ``place``: of the complete ones by their objective, 0 for none."""
    told = [_first_line(study, trial, place, words, now_s)]
    why = words.why_ended(trial)
    if trial.state is TrialState.FAILED and why:
        told.append(Content.styled(why, "$text-error"))
    if trial.parent is not None:
        told.append(_change_line(trial, words))
    settings = settings_text(trial.settings)
    if settings:
        told.append(Content(settings))
    if why and trial.state is not TrialState.FAILED:
        early = trial.pruned_by and trial.state is TrialState.COMPLETE
        reason = "ended early by " if early else _REASONS.get(trial.state, "")
        told.append(Content.styled(reason + why, "$chart-label"))
    return Content("\n").join(told)


_REASONS = {TrialState.PRUNED: "pruned by ", TrialState.WAITING: "waits: ", TrialState.COMPLETE: "found: "}


def _first_line(study: Study, trial: TrialEntry, place: int, words: TrialWords, now_s: float) -> Content:
    state, style = state_words(trial)
    parts = [Content.styled(f"#{trial.number}", "bold"), Content.styled(state, COLOURS.get(style, ""))]
    value = value_of(trial, study.objective.rises)
    if value == value:  # not NaN
        so_far = "" if trial.state is TrialState.COMPLETE else " so far"
        parts.append(Content(f"{safe_text(study.objective.metric)} {format_value(value)}{so_far}{_place(place)}"))
    done, planned = progress_of(trial)
    if planned and not trial.state.has_ended:
        parts.append(Content(f"epoch {done:.0f}/{planned:.0f}"))
    if trial.verdict:
        verdict, tone = words.verdict(trial.verdict)
        parts.append(Content.styled(verdict, COLOURS.get(tone, "")))
    parts.append(Content.styled(span(seconds_of(trial, now_s)), "$chart-label"))
    if trial.newest_run:
        parts.append(Content.styled(safe_text(trial.newest_run), "$chart-label"))
    return Content(_GAP).join(parts)


def _place(place: int) -> str:
    if place < 2:
        return ", the best" if place else ""
    ending = "th" if place % 100 in (11, 12, 13) else _ENDINGS.get(place % 10, "th")
    return f", the {place}{ending} best"


_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def _change_line(trial: TrialEntry, words: TrialWords) -> Content:
    """Of a tuning: from which trial, what was changed and why, and what that did."""
    at = f"@{trial.at_step}" if trial.at_step is not None else ""
    parts = [Content.styled(f"from #{trial.parent}{at}", "$chart-label"), Content(change_text(trial.change))]
    if trial.against:
        parts.append(Content.styled(f"against {words.symptom(trial.against)}", "$chart-label"))
    if trial.outcome:
        outcome, style = words.outcome(trial.outcome)
        kept = "kept" if trial.kept else "backed out"
        parts.append(Content.styled(f"{outcome}, {kept}", COLOURS.get(style, "")))
    elif trial.why:
        parts.append(Content(safe_text(" ".join(trial.why.split()))))
    return Content(_GAP).join(parts)
