"""One hyperparameter in a form: its name, a field for its value, and what it means."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Select, Static

from dltui_trainers.hparams import Hparam


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
            yield Select(options, value=self.initial, allow_blank=False, compact=True, classes="field--value")
        else:
            yield Input(self.initial, compact=True, select_on_focus=True, classes="field--value")
        yield Static(Content(self._hint()), classes="field--hint")

    def _hint(self) -> str:
        hparam = self.hparam
        if hparam.choices:
            return hparam.help
        usual = f"usual {hparam.typical_text}" if hparam.typical else hparam.range_text
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
