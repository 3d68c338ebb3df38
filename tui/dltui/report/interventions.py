"""What was done to a run while it trained, in the words of a report: when, what, by whom, why, and what came of it."""

import math

from dltui.formatting import count, duration
from dltui.interventions.effect import effects
from dltui.interventions.history import Intervention as Made
from dltui.interventions.verdict import Effect, Outcome
from dltui.report.facts import shown
from dltui.report.report import Intervention
from dltui.series.state import RunState
from dltui.texts import Texts

MOST_INTERVENTIONS = 200
_LONGEST_REASON = 500


def interventions_of(state: RunState, texts: Texts, until_step: float) -> tuple[tuple[Intervention, ...], int]:
    """What was done up to that step, the first of it in the order of the log, and how much more there was."""
    told = [(made, effect) for made, effect in effects(state) if made.step <= until_step]
    kept = told[:MOST_INTERVENTIONS]
    return tuple(_told(made, effect, state, texts, until_step) for made, effect in kept), len(told) - len(kept)


def _told(made: Made, effect: Effect | None, state: RunState, texts: Texts, until_step: float) -> Intervention:
    epoch = state.epoch_at(made.step)
    known = effect is not None and not effect.until_step > until_step  # what came later was not known then
    return Intervention(
        step=count(made.step),
        epoch=count(round(epoch, 2)) if math.isfinite(epoch) else "",
        time=duration(made.time_s) if math.isfinite(made.time_s) else "",
        name=shown(texts.intervention(made)),
        by=texts.by(made.by),
        reason=shown(" · ".join(part for part in (made.reason, made.note) if part), _LONGEST_REASON),
        verdict=_verdict(effect, state, texts) if effect is not None and known else "",
    )


def _verdict(effect: Effect, state: RunState, texts: Texts) -> str:
    """The word, and the numbers that it rests on. Of a run that is over, nothing more is to come."""
    word = texts.outcome(effect.outcome)
    if effect.outcome is Outcome.TOO_EARLY and not state.status.alive:
        return word
    return f"{word} · {texts.effect(effect)}"
