"""One hyperparameter in a form: its name, a field for its value, and what it means."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Label, Select, Static

from dltui.advice.round import nice
from dltui.text import safe_text
from dltui.widgets.completing import PathSuggester, WordSuggester
from dltui_trainers.configure import as_text
from dltui_trainers.hparam import Hparam

FACTORS = {"/": 1 / 3, "*": 3.0, "<": 0.1, ">": 10.0}
"""What is tuned on a logarithmic scale moves by these: no number has such a sign in it."""
COUNT_FACTORS = {**FACTORS, "/": 0.5, "*": 2.0}
"""Samples and units are usually doubled."""
IN_NUMBERS = r"[-+.0-9eE]*"
CHANGED = "●"
_NEARLY_TEN = 8.5
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
"""A name that an id can have; a script's own may have dots."""


class NumberInput(Input):
    """A field for a number of ``hparam``; a few signs multiply and divide it where its scale is logarithmic."""

    def __init__(self, value: str, hparam: Hparam) -> None:
        super().__init__(value, compact=True, select_on_focus=True, restrict=IN_NUMBERS, classes="field--value")
        self._hparam = hparam

    def on_key(self, event: events.Key) -> None:
        """Multiply or divide."""
        factors = COUNT_FACTORS if self._hparam.type is int else FACTORS
        if self._hparam.scale != "log" or event.character not in factors:
            return
        event.stop()
        event.prevent_default()
        self.value = scaled(self.value, factors[event.character], whole=self._hparam.type is int)


class ChoiceSelect(Select[str], inherit_bindings=False):
    """A select that leaves the arrows to the form until it is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "show_overlay", "Show the choices", show=False)]


class HparamField(Horizontal):
    """Posts :class:`Edited` whenever its text changes.

    ``initial`` is what was there before, as a person would type it, and ``called`` what that is called: the default,
    or the present value.
    """

    @dataclass
    class Edited(Message):
        """The value of ``field`` was changed to ``text``."""

        field: "HparamField"
        text: str

    def __init__(self, hparam: Hparam, initial: str, called: str = "default") -> None:
        super().__init__(id=f"field-{hparam.name}" if _PLAIN.fullmatch(hparam.name) else None, classes="field")
        self.hparam = hparam
        self.initial = initial
        self._called = called

    def compose(self) -> ComposeResult:
        yield Label(Content(self.hparam.name), classes="field--name")
        yield self._box()
        if self.hparam.scale != "text":
            usual = self._usual()
            yield Static(Content(usual), classes="field--hint field--usual")
            yield Static(Content(f" · {self.hparam.help}" if usual else self.hparam.help), classes="field--hint")

    def _box(self) -> Widget:
        hparam = self.hparam
        if hparam.choices and not hparam.many:
            return ChoiceSelect(
                self._options(), value=self.initial, allow_blank=False, compact=True, classes="field--value"
            )
        if not hparam.many and hparam.scale != "text":
            return NumberInput(self.initial, hparam)
        kind = "-several" if hparam.many else "-text"
        text = Input(self.initial, compact=True, select_on_focus=hparam.many, classes=f"field--value {kind}")
        text.placeholder = hparam.help
        text.suggester = suggester_of(hparam)
        return text

    def _options(self) -> list[tuple[str, str]]:
        """The choices; and what is there though it is none, as in a run of another version."""
        return [(safe_text(choice), choice) for choice in dict.fromkeys((*self.hparam.choices, self.initial))]

    @property
    def box(self) -> Input | Select[str]:
        """What is typed or chosen in."""
        box = self.query_one(".field--value")
        assert isinstance(box, Input | Select)
        return box

    def can_have(self, text: str) -> bool:
        """Whether it can show that value: a choice has some alone."""
        return isinstance(self.box, Input) or text in dict.fromkeys((*self.hparam.choices, self.initial))

    def offer(self, words: Sequence[str]) -> None:
        """Complete to these words what is typed."""
        if isinstance(self.box, Input):
            self.box.suggester = suggester_of(self.hparam, words)

    def mark(self, changed: bool) -> None:
        """Show whether it is not as it was."""
        if changed != self.has_class("-changed"):
            self.set_class(changed, "-changed")
            mark = f" {CHANGED}" if changed else ""
            self.query_one(".field--name", Label).update(Content(f"{self.hparam.name}{mark}"))

    def reset(self) -> None:
        """Put back what was there before."""
        self.box.value = self.initial

    def renew(self, initial: str) -> None:
        """Show another value, unless this one is being changed."""
        box = self.box
        was_touched, self.initial = str(box.value).strip() != self.initial, initial
        if not was_touched and isinstance(box, Select):
            if initial not in self.hparam.choices:
                box.set_options(self._options())
            box.value = initial
        elif not was_touched:
            box.value = initial
        self.post_message(self.Edited(self, str(box.value)))

    def _usual(self) -> str:
        hparam = self.hparam
        if hparam.choices or hparam.many:
            return ""
        off = f"0: {hparam.zero}" if hparam.zero else hparam.range_text
        return f"usual {hparam.typical_text}" if hparam.typical else off

    @property
    def explanation(self) -> Content:
        """All that is known of the hyperparameter: what it means, and in a second line what it can be."""
        hparam = self.hparam
        facts = [hparam.range_text]
        facts += [f"usual {hparam.typical_text}"] if hparam.typical else []
        facts += [f"0: {hparam.zero}"] if hparam.zero else []
        facts += [f"{self._called} {safe_text(self.initial)}"] if self.initial else []
        facts += ["/ * < > scale it"] if hparam.scale == "log" else []
        return Content.assemble((hparam.name, "bold"), f"  {hparam.help}\n", " · ".join(facts))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(self, event.value))

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(self, str(event.value)))


def suggester_of(hparam: Hparam, words: Sequence[str] = ()) -> Suggester:
    """Return what completes a text of that hyperparameter; ``words`` are what it may be, as far as is known."""
    if hparam.name == "data":
        return PathSuggester(words)
    return WordSuggester(words or hparam.choices, many=hparam.many or hparam.name == "ignore")


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
