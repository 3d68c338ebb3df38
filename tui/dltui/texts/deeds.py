"""What was done to a training and what came of it, as the key of a text and what goes into its places."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dltui.formatting import count
from dltui.interventions.verdict import Effect, Outcome
from dltui.text import safe_text
from dltui.texts.writing import plain_number, setting
from dltui_trainers.runlog import Value

if TYPE_CHECKING:  # what was done is told by a whole run; a word about it needs no arrays
    from dltui.interventions.history import Intervention, Setting

LONGEST = 60
"""Characters of a name or a value that a log gave. A script has shorter ones; a hostile one does not matter whole."""
_DIGITS = 3
"""The digits of a difference of losses: its interval is seldom narrower than a hundredth of it."""

Text = tuple[str, dict[str, str]]


def shortened(text: str) -> str:
    """Return what a log said without anything that could steer a terminal, and cut where it is too long."""
    return safe_text(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def value_of(value: Value) -> str:
    """Return a value that was set as a person types it."""
    return shortened(value) if isinstance(value, str) else shortened(setting(value))


def intervention_text(done: "Intervention", moves: Iterable[str]) -> Text:
    """Return the text of the name of what was done; ``moves`` are its settings in words.

    A name that the catalogue does not know has no text; the caller writes it as it stands.
    """
    places = {}
    if done.name in ("undo", "restarted") and done.settings and isinstance(done.settings[0].from_, int):
        places = {"from_step": count(done.settings[0].from_), "to_step": count(done.step)}
    elif done.name == "branch" and done.settings and isinstance(done.settings[0].from_, str):
        places = {"from_run": shortened(done.settings[0].from_)}
    elif changes := ", ".join(moves):
        places = {"changes": changes}
    if done.name == "set":
        places.setdefault("changes", "")
    return f"intervention.{done.name}", places


def told(settings: "Iterable[Setting]") -> "list[Setting]":
    """Return the settings that name a hyperparameter."""
    return [each for each in settings if each.hparam]


def effect_text(effect: Effect, metric: str) -> Text:
    """Return the text of the sentence that an effect is; ``metric`` is the name of its loss."""
    places = {"metric": metric, **_levels(effect)}
    if effect.non_finite:
        return f"effect.{'was' if effect.outcome is Outcome.HELPED else 'became'}_non_finite", places
    if effect.outcome is Outcome.TOO_EARLY:
        return f"effect.needs_{effect.metric}", {"count": count(effect.needs)}
    if math.isfinite(effect.low) and math.isfinite(effect.high):
        numbers = {"change": effect.change, "low": effect.low, "high": effect.high}
        places |= {name: signed(value) for name, value in numbers.items()}
        return "effect.compared", {**places, "expected": plain_number(effect.expected)}
    compared = effect.clear and "before" in places and "after" in places
    return ("effect.level" if compared else "effect.too_few"), places


def short_effect_text(effect: Effect, metric: str, outcome: str) -> Text:
    """Return the text of an effect in a few words, for one line of a list."""
    places = {"outcome": outcome, "metric": metric, **_levels(effect)}
    if effect.non_finite:
        return f"effect.short_{'finite' if effect.outcome is Outcome.HELPED else 'non_finite'}", places
    if effect.outcome is Outcome.TOO_EARLY:
        return f"effect.short_needs_{effect.metric}", {"outcome": outcome, "count": count(effect.needs)}
    return ("effect.short" if "before" in places and "after" in places else ""), places


def _levels(effect: Effect) -> dict[str, str]:
    levels = {"before": effect.before, "after": effect.after}
    return {name: plain_number(float(f"{value:.{_DIGITS}g}")) for name, value in levels.items() if math.isfinite(value)}


def signed(value: float) -> str:
    """Return a difference with its sign: ``+0.12``, ``-1.5``."""
    sign = "-" if value < 0 else "+"
    return f"{sign}{plain_number(abs(float(f'{value:.{_DIGITS}g}')))}"
