"""What came of a change, as a sign and in words."""

from typing import TYPE_CHECKING

from dltui.interventions.effect import Effect, Outcome, effect_of
from dltui.interventions.history import Intervention, history
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.widgets.tuning_line import Verdict

if TYPE_CHECKING:
    from dltui.texts import Texts

OUTCOME_SIGNS = {Outcome.HELPED: "✓", Outcome.HURT: "▲", Outcome.NO_CLEAR_EFFECT: "●", Outcome.TOO_EARLY: "…"}
OUTCOME_COLOURS = {
    Outcome.HELPED: "success",
    Outcome.HURT: "error",
    Outcome.NO_CLEAR_EFFECT: "secondary",
    Outcome.TOO_EARLY: "secondary",
}


def last_effect(state: RunState) -> tuple[int, Effect] | None:
    """Return what came of the last change that holds, with that change's id; None where there is nothing to tell."""
    done = history(state)
    for at in reversed(range(len(done))):
        each = done[at]
        if each.is_set and each.undone_at_step is None and each.id is not None:
            effect = effect_of(state, each, done[at + 1 :])
            return None if effect is None else (each.id, effect)
    return None


def verdict_of(effect: Effect, texts: "Texts") -> Verdict:
    """Return the verdict in its short form."""
    return Verdict(
        sign=OUTCOME_SIGNS[effect.outcome],
        name=texts.outcome(effect.outcome),
        text=safe_text(texts.effect_short(effect)),
        tone=OUTCOME_COLOURS[effect.outcome],
        is_worse=effect.outcome is Outcome.HURT,
        is_open=effect.outcome is Outcome.TOO_EARLY,
    )


def entry_sign(entry: Intervention, effect: Effect | None) -> tuple[str, str]:
    """Return the sign of what was done, and its colour: refused, undone, or what came of it."""
    if not entry.done:
        return "✗", "error"
    if entry.undone_at_step is not None:
        return "↶", "warning"
    if effect is None:
        return "·", "secondary"
    return OUTCOME_SIGNS[effect.outcome], OUTCOME_COLOURS[effect.outcome]
