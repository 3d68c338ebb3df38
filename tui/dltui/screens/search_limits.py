"""The dialog that gives a search more trials, or more time; less is taken as well."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from dltui.errors import UsageError
from dltui.guide.told_time import seconds_in, time_text
from dltui.search.study.checked import MOST_TRIALS
from dltui.search.study.study import Study
from dltui.search.telling import of_them
from dltui.text import safe_text

KEYS = "↓↑ field   Enter sends what is changed   Esc closes"
MORE = 20
"""So many more trials are proposed."""


@dataclass(frozen=True, slots=True)
class LimitsOfSearch:
    """How many trials there shall be in all, and how many seconds it may take; 0: no limit."""

    trials: int
    budget_s: float


class SearchLimitsScreen(ModalScreen[LimitsOfSearch | None]):
    """Answers with what shall hold from now on, None for nothing. ``goes_on``: nobody is at work, and it is begun."""

    BINDINGS = [
        Binding("escape", "leave", "Close"),
        Binding("ctrl+s,f5", "send", "Change"),
        # at once: what is typed right behind an arrow is for the field that it leads to
        Binding("down", "turn(1)", "Next field", show=False, priority=True),
        Binding("up", "turn(-1)", "Previous field", show=False, priority=True),
    ]

    def __init__(self, study: Study, *, goes_on: bool) -> None:
        super().__init__()
        self._study = study
        self._goes_on = goes_on

    def compose(self) -> ComposeResult:
        study = self._study
        trials = max(study.most_trials, len(study.trials)) + MORE if study.most_trials else 0
        with Vertical(classes="dialog tuning"):
            yield Static(Content("More trials, or more time"), classes="dialog--question")
            with Horizontal(classes="field"):
                yield Label("trials", classes="field--name")
                yield Input(str(trials), compact=True, select_on_focus=True, classes="field--value", id="limit-trials")
                yield Static(Content(f"in all, {len(study.trials)} are begun; 0: no limit"), classes="field--hint")
            with Horizontal(classes="field"):
                yield Label("budget", classes="field--name")
                budget = time_text(study.budget_s) if study.budget_s else ""
                yield Input(budget, compact=True, select_on_focus=True, classes="field--value", id="limit-budget")
                yield Static(Content("in all: 90, 5m, 1h; empty: no limit"), classes="field--hint")
            yield Static(id="check")
            yield Static(Content(KEYS), classes="dialog--hint")

    def on_mount(self) -> None:
        self.query_one("#limit-trials", Input).focus()
        self._check()

    @on(Input.Changed)
    def _edit(self, event: Input.Changed) -> None:
        event.stop()
        self._check()

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_send()

    def _check(self) -> LimitsOfSearch | None:
        """Return what is typed; None while something is wrong with it, or nothing is changed, which is said."""
        try:
            limits = self._typed()
        except UsageError as error:
            self._say(f"✗ {error}", "-error")
            return None
        before = LimitsOfSearch(self._study.most_trials, self._study.budget_s)
        if limits == before:
            self._say("Nothing is changed yet.", "-good")
            return None
        trials = of_them(limits.trials, "trial") if limits.trials else "any number of trials"
        budget = f", {time_text(limits.budget_s)}" if limits.budget_s else ""
        self._say(f"✓ {trials}{budget}" + ("; the search goes on" if self._goes_on else ""), "-good")
        return limits

    def _typed(self) -> LimitsOfSearch:
        text = self.query_one("#limit-trials", Input).value.strip() or "0"
        if not text.isdecimal() or int(text[:9]) > MOST_TRIALS or len(text) > 9:
            raise UsageError(f"trials = {safe_text(text)[:20]} is not a number from 0 to {MOST_TRIALS}.")
        budget = self.query_one("#limit-budget", Input).value.strip()
        limits = LimitsOfSearch(int(text), seconds_in(budget) if budget else 0.0)
        if not limits.trials and not limits.budget_s:
            raise UsageError("Nothing would end it: give a number of trials or a time.")
        return limits

    def _say(self, sentence: str, tone: str) -> None:
        check = self.query_one("#check", Static)
        check.update(Content(safe_text(sentence)))
        for each in ("-error", "-good"):
            check.set_class(each == tone, each)

    def action_send(self) -> None:
        """Answer with what is changed, unless something is wrong with it."""
        limits = self._check()
        if limits is not None:
            self.dismiss(limits)

    def action_turn(self, by: int) -> None:
        """Go to the next field, or the one before."""
        (self.focus_next if by > 0 else self.focus_previous)()

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
