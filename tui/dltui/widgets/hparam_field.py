"""One hyperparameter in a form: its name, a field for its value, and what it means."""

import math
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Select, Static

from dltui.advice.round import nice
from dltui_trainers.configure import as_text
from dltui_trainers.hparams import Hparam

FACTORS = {"/": 1 / 3, "*": 3.0, "<": 0.1, ">": 10.0}
"""What is tuned on a logarithmic scale moves by these: no number has such a sign in it."""
COUNT_FACTORS = {**FACTORS, "/": 0.5, "*": 2.0}
"""Samples and units are usually doubled."""
IN_NUMBERS = r"[-+.0-9eE]*"
_NEARLY_TEN = 8.5


class NumberInput(Input):
    """A field for a number of ``hparam``; a few signs multiply and divide it where its scale is logarithmic."""

    def __init__(self, value: str, hparam: Hparam) -> None:
        typed = None if hparam.many else IN_NUMBERS
        super().__init__(value, compact=True, select_on_focus=True, restrict=typed, classes="field--value")
        self._hparam = hparam

    def on_key(self, event: events.Key) -> None:
        """Multiply or divide."""
        factors = COUNT_FACTORS if self._hparam.type is int else FACTORS
        if self._hparam.scale != "log" or event.character not in factors:
            return
        event.stop()
        event.prevent_default()
        self.value = scaled(self.value, factors[event.character], whole=self._hparam.type is int)


class ChoiceSelect(Select[str]):
    """A select that leaves the arrows to the form until it is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "show_overlay", "Show the choices", show=False)]


class HparamField(Horizontal):
    """Posts :class:`Edited` whenever its text changes. ``initial`` is the default, as a person would type it."""

    @dataclass
    class Edited(Message):
        """The value of ``name`` was changed to ``text``."""

        name: str
        text: str

    def __init__(self, hparam: Hparam, initial: str) -> None:
        super().__init__(id=f"field-{hparam.name}", classes="field")
        self.hparam = hparam
        self.initial = initial

    def compose(self) -> ComposeResult:
        yield Label(self.hparam.name, classes="field--name")
        if self.hparam.choices and not self.hparam.many:
            options = [(choice, choice) for choice in self.hparam.choices]
            yield ChoiceSelect(options, value=self.initial, allow_blank=False, compact=True, classes="field--value")
        else:
            yield NumberInput(self.initial, self.hparam)
        yield Static(Content(self._hint()), classes="field--hint")

    def renew(self, initial: str) -> None:
        """Show another value, unless this one is being changed."""
        field = self.query_one(".field--value")
        assert isinstance(field, Input | Select)
        was_touched, self.initial = str(field.value).strip() != self.initial, initial
        if not was_touched:
            field.value = initial
        self.post_message(self.Edited(self.hparam.name, str(field.value)))

    def _hint(self) -> str:
        hparam = self.hparam
        if hparam.choices:
            return hparam.help
        off = f"0: {hparam.zero}" if hparam.zero else hparam.range_text
        usual = f"usual {hparam.typical_text}" if hparam.typical else off
        return f"{usual} · {hparam.help}"

    @property
    def explanation(self) -> str:
        """All that is known of the hyperparameter, in one line."""
        hparam = self.hparam
        usual = f"; usual {hparam.typical_text}" if hparam.typical else ""
        zero = f"; 0: {hparam.zero}" if hparam.zero else ""
        return f"{hparam.name}: {hparam.help} ({hparam.range_text}{usual}{zero})"

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(self.hparam.name, event.value))

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(self.hparam.name, str(event.value)))


def scaled(text: str, factor: float, whole: bool) -> str:
    """Return the number in ``text`` times ``factor``, as a person would choose it: 0.1 -> 0.03 -> 0.1.

    What is no number stays as it is; a ``whole`` one is 1 at least.
    """
    try:
        value = nice(float(text) * factor)
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    if value and factor in FACTORS.values() and abs(value) / 10 ** math.floor(math.log10(abs(value))) >= _NEARLY_TEN:
        value = nice(10 * 10 ** math.floor(math.log10(abs(value))))
    return str(max(1, round(value))) if whole else as_text(value)
