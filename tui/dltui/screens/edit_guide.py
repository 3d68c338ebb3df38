"""The dialog with what can be changed of a guide while it runs; it holds for the steps that are still to come."""

import math

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from dltui.errors import UsageError
from dltui.formatting import setting
from dltui.guide.options import EDITABLE, Options, changed
from dltui.guide.state import Guide
from dltui.guide.told_time import seconds_in, time_text
from dltui.text import safe_text
from dltui_trainers.runlog import Value

KEYS = "↓↑ field   Enter sends what is changed   Esc closes"
MEANINGS = {
    "budget_s": "for the whole guide: 90, 5m, 1h",
    "workers": "trials at a time; 0: as many as there are cores",
    "per_class": "samples of each class in step 2",
    "lr_low": "where the sweep of step 3 begins",
    "lr_high": "where it ends",
    "lr_points": "trials in the sweep",
    "sweep_steps": "optimiser steps of each of them",
    "lr_factors": "step 4: times the lr of step 3",
    "weight_decays": "step 4: beside each learning rate",
    "coarse_epochs": "of each trial in step 4, at most",
    "refine_epochs": "of each trial in step 5, at most",
    "rounds": "from step 6 back to step 5, at most",
}
_NAMES = {"budget_s": "budget"}
_WHOLE = frozenset(name for name in EDITABLE if isinstance(getattr(Options(), name), int))
_SEVERAL = frozenset(name for name in EDITABLE if isinstance(getattr(Options(), name), tuple))


class EditGuideScreen(ModalScreen[dict[str, Value] | None]):
    """Answers with what shall be changed, as a command takes it; None for nothing.

    ``goes_on``: no engine is at work, and one is started to do it.
    """

    BINDINGS = [
        Binding("escape", "leave", "Close"),
        Binding("ctrl+s,f5", "send", "Change"),
        # at once: what is typed right behind an arrow is for the field that it leads to
        Binding("down", "turn(1)", "Next field", show=False, priority=True),
        Binding("up", "turn(-1)", "Previous field", show=False, priority=True),
    ]

    def __init__(self, guide: Guide, *, goes_on: bool) -> None:
        super().__init__()
        budget_s = guide.options.budget_s or guide.budget_s
        self._options = msgspec.structs.replace(guide.options, budget_s=budget_s)
        self._initial = {name: option_text(self._options, name) for name in EDITABLE}
        self._guide_name = guide.name
        self._goes_on = goes_on

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tuning"):
            yield Static(Content(f"Change the guide: {safe_text(self._guide_name)}"), classes="dialog--question")
            with VerticalScroll(can_focus=False, id="options"):
                for name in EDITABLE:
                    yield from self._field(name)
            yield Static(id="check")
            yield Static(Content(KEYS), classes="dialog--hint")

    def _field(self, name: str) -> ComposeResult:
        with Horizontal(classes="field", id=f"option-{name}"):
            yield Label(_NAMES.get(name, name), classes="field--name")
            kind = "-several" if name in _SEVERAL else ""
            classes = f"field--value {kind}".strip()
            yield Input(self._initial[name], compact=True, select_on_focus=True, classes=classes, id=f"value-{name}")
            yield Static(Content(MEANINGS.get(name, "")), classes="field--hint")

    def on_mount(self) -> None:
        self.query(Input).first().focus()
        self._check()

    def on_resize(self) -> None:
        """Keep the lines below the fields on the screen."""
        self.query_one("#options").styles.max_height = max(1, self.size.height - 8)

    @on(Input.Changed)
    def _edit(self, event: Input.Changed) -> None:
        event.stop()
        self._check()

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_send()

    def _check(self) -> dict[str, Value] | None:
        """Return the changes as a command takes them; None while something is wrong with them, which is said."""
        typed = {name: self.query_one(f"#value-{name}", Input).value.strip() for name in EDITABLE}
        typed = {name: text for name, text in typed.items() if text != self._initial[name]}
        for name in EDITABLE:
            self.query_one(f"#option-{name}").set_class(name in typed, "-changed")
        try:
            values = {name: option_value(name, text) for name, text in typed.items()}
            changed(self._options, values)
        except UsageError as error:
            self._say(f"✗ {error}", "-error")
            return None
        if not values:
            self._say("Nothing is changed yet.", "-good")
            return {}
        told = "  ".join(f"{_NAMES.get(name, name)} {self._initial[name]} → {text}" for name, text in typed.items())
        self._say(f"✓ {told}" + ("; the guide goes on with it" if self._goes_on else ""), "-good")
        return {name: typed[name] if isinstance(value, list) else value for name, value in values.items()}

    def _say(self, sentence: str, tone: str) -> None:
        check = self.query_one("#check", Static)
        check.update(Content(safe_text(sentence)))
        for each in ("-error", "-good"):
            check.set_class(each == tone, each)

    def action_send(self) -> None:
        """Answer with what is changed, unless something is wrong with it."""
        values = self._check()
        if values:
            self.dismiss(values)

    def action_turn(self, by: int) -> None:
        """Go to the next field, or the one before."""
        (self.focus_next if by > 0 else self.focus_previous)()

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def option_text(options: Options, name: str) -> str:
    """Return an option as a person would type it."""
    value = getattr(options, name)
    if name == "budget_s":
        return time_text(value)
    if isinstance(value, tuple):
        return ",".join(setting(float(each)) for each in value)
    return setting(value)


def option_value(name: str, text: str) -> "int | float | list[float]":
    """Return what was typed for an option. Raises :class:`UsageError` for what is none."""
    if name == "budget_s":
        return seconds_in(text)
    try:
        if name in _WHOLE:
            return int(text)
        numbers = [float(each) for each in text.split(",") if each.strip()] if name in _SEVERAL else [float(text)]
    except ValueError:
        kind = "a whole number" if name in _WHOLE else "numbers joined by commas" if name in _SEVERAL else "a number"
        raise UsageError(f"{name} = {text} is not {kind}.") from None
    if not all(map(math.isfinite, numbers)):
        raise UsageError(f"{name} = {text} is not finite.")
    return numbers if name in _SEVERAL else numbers[0]
