"""Follows live advice unasked in a training that is watched in lines, and tells what was done and what came of it."""

import time
from pathlib import Path

from dltui.advice.auto import decide
from dltui.advice.limits import BY, Limits
from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.errors import ControlError
from dltui.interventions.effect import Effect, Outcome, effects
from dltui.runs import control
from dltui.runs.answers import told_of_all
from dltui.runs.wish import Wish
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.texts import Texts

LOOK_EVERY_S = 0.2
"""A small training makes several epochs in that time; a look costs some milliseconds."""


class AutoLines:
    """Asks for one thing at a time, and waits for the answer before the next."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._texts = Texts.load()
        self._asked: int | None = None
        self._looked_s = 0.0
        self._told: dict[int, Outcome] = {}

    def look(self, state: RunState) -> list[str]:
        """Ask for what the advice wants now, if anything; return the lines that there are to print."""
        lines = [*self._answers(state), *self._verdicts(state)]
        now = time.monotonic()
        if self._asked is None and now - self._looked_s >= LOOK_EVERY_S and not state.loading:
            self._looked_s = now
            lines += self._ask(state)
        return lines

    def _ask(self, state: RunState) -> list[str]:
        diagnosis = examine(state)
        wanted = decide(state, diagnosis, prescribe(state, diagnosis), self._limits)
        if wanted is None:
            return []
        wish = Wish(command=wanted.command, settings=wanted.settings, change=wanted.change)
        hparam, value, also = wish.laid_out
        reason = self._texts.advice_reason(wanted.symptom)
        try:
            self._asked = control.ask(
                self._folder, wish.command, hparam=hparam, value=value, also=also, by=BY, reason=reason
            )
        except ControlError as error:
            self._looked_s = float("inf")  # what cannot be written now cannot be later
            return [f"auto: {error}"]
        return []

    def _answers(self, state: RunState) -> list[str]:
        """What the training answered to what was asked last."""
        events = [event for event in state.events if event.id == self._asked] if self._asked is not None else []
        if not events:
            return []
        self._asked = None
        why = f" ({safe_text(events[0].reason)})" if events[0].done and events[0].reason else ""
        return [f"auto: {line}{why}" for line in told_of_all(events)]

    def _verdicts(self, state: RunState) -> list[str]:
        """What came of what was set, each time that something else can be said."""
        return [] if not state.live.changes or state.loading else [*map(self._verdict, self._news(state))]

    def _news(self, state: RunState) -> list[tuple[str, Effect]]:
        news = []
        for made, effect in effects(state):
            if effect is None or made.by != BY or made.id is None or effect.outcome is Outcome.TOO_EARLY:
                continue
            if self._told.get(made.id) is not effect.outcome:
                self._told[made.id] = effect.outcome
                news.append((self._texts.intervention(made), effect))
        return news

    def _verdict(self, news: tuple[str, Effect]) -> str:
        done, effect = news
        return f"auto: {safe_text(done)}: {safe_text(self._texts.effect_short(effect))}"
