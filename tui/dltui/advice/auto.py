"""Advice that is followed without asking: which of it, how often, and what is never done.

A decision rests on the log alone, so it is the same whether the log came at once or line by line, and whoever watches.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dltui.advice.change import Apply, Change
from dltui.advice.limits import BY, Limits
from dltui.advice.past import Past
from dltui.diagnosis.finding import Diagnosis, Severity, Symptom, Verdict
from dltui.interventions.effect import Outcome
from dltui.interventions.history import Setting
from dltui.series.state import RunState
from dltui_trainers.runlog import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to ask of the training. ``symptom``: what a change is for; None for an undo, which has no settings.

    ``change``: the id of the change that an undo means.
    """

    command: Literal["set", "undo"]
    settings: dict[str, Value]
    symptom: Symptom | None
    change: int | None = None


def decide(state: RunState, diagnosis: Diagnosis, changes: Sequence[Change], limits: Limits) -> Decision | None:
    """Return what to do now, None for nothing. ``changes``: the advice, best first.

    A change that hurt is taken back if it was one of these; then its hyperparameter is left alone, as one is that a
    person set in the other direction, or that the training refused to set.
    """
    if not state.status.alive or state.paused or state.loading or state.manifest is None:
        return None
    past = Past(state)
    refused = [made for made in past.done if not made.done and made.by == BY]
    last = next((made for made in reversed(past.done) if made.is_set and made.undone_at_step is None), None)
    if last is not None and last.by == BY and past.outcome(last) is Outcome.HURT:
        tried = any(each.name == "undo" and each.step >= last.step for each in refused)
        return None if tried else Decision(command="undo", settings={}, symptom=None, change=last.id)
    if diagnosis.verdict is Verdict.INCONCLUSIVE or not _is_time(state, past, limits):
        return None
    no = {each.hparam for made in refused for each in made.settings}
    wanted = (each for each in changes if not no & set(each.settings) and _is_worth_it(each, diagnosis, limits))
    change = next((each for each in wanted if not _goes_against(each, state, past)), None)
    return None if change is None else Decision(command="set", settings=change.settings, symptom=change.symptom)


def _is_time(state: RunState, past: Past, limits: Limits) -> bool:
    """Whether the last change is known and long ago, and the end is not near."""
    planned = state.planned_epochs
    if math.isfinite(planned) and planned - state.epoch <= limits.every_epochs:
        return False
    last = next((each for each in reversed(past.done) if each.done and (each.is_set or each.name == "undo")), None)
    if last is not None and past.outcome(last) is Outcome.TOO_EARLY:
        return False
    return state.epoch - (state.epoch_at(last.step) if last is not None else 0.0) >= limits.every_epochs


def _is_worth_it(change: Change, diagnosis: Diagnosis, limits: Limits) -> bool:
    """Whether the change can be made live, lies within the limits, and is for what is surely there."""
    if change.apply is not Apply.LIVE or not change.settings or not set(change.settings) <= set(limits.hparams):
        return False
    found = diagnosis.find(change.symptom)
    return found is not None and found.severity is not Severity.INFO and found.confidence >= limits.least_confidence


def _goes_against(change: Change, state: RunState, past: Past) -> bool:
    """Whether it goes the other way than somebody went before; what hurt before is left alone in any direction."""
    present = {**state.hparams, change.hyperparameter: change.from_}
    return any(
        _is_opposite(setting, present.get(name), to) or past.outcome(made) is Outcome.HURT
        for name, to in change.settings.items()
        for setting, made in past.settings(name)
    )


def _is_opposite(earlier: Setting, from_: Value, to: Value) -> bool:
    if any(isinstance(each, str) for each in (earlier.from_, earlier.to, from_, to)):
        return to == earlier.from_
    return _sign(earlier.from_, earlier.to) * _sign(from_, to) < 0


def _sign(from_: Value, to: Value) -> int:
    if not isinstance(from_, (int, float)) or not isinstance(to, (int, float)):
        return 0
    return (to > from_) - (to < from_)
