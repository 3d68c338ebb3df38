"""Fields for hyperparameters, by family. It keeps what was changed, as it was typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from textual import on
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label

from dltui.widgets.hparam_field import HparamField
from dltui_trainers.configure import as_text
from dltui_trainers.hparams import CATALOGUE, FAMILIES
from dltui_trainers.registry import TaskInfo


class HparamForm(VerticalScroll, can_focus=False):
    """Shows what :meth:`show` tells. ``settings``: what is not as it was, name -> text. Posts :class:`Changed`."""

    @dataclass
    class Changed(Message):
        """Something was typed or chosen."""

        settings: dict[str, str]

    def __init__(self, initial: Mapping[str, str] | None = None, id: str | None = None) -> None:
        super().__init__(*form_fields(initial or {}), id=id)
        self.settings: dict[str, str] = {}

    def leave_rows(self, beside: int) -> None:
        """Grow no higher than leaves so many rows of the screen for what is ``beside``; the rest is scrolled to."""
        self.styles.max_height = max(1, self.screen.size.height - beside)

    async def show(self, initial: Mapping[str, str]) -> None:
        """Show a field for each hyperparameter of ``initial`` in the place of the former ones."""
        self.settings = {}
        with self.app.batch_update():
            await self.remove_children()
            await self.mount(*form_fields(initial))

    def renew(self, initial: Mapping[str, str]) -> None:
        """Take ``initial`` for what was there before; what is being changed stays as it was typed."""
        for field in self.query(HparamField):
            if field.hparam.name in initial:
                field.renew(initial[field.hparam.name])

    def mark_idle(self, names: Iterable[str]) -> None:
        """Show dim what has no effect beside the other values."""
        idle = frozenset(names)
        for field in self.query(HparamField):
            field.set_class(field.hparam.name in idle, "-idle")

    @on(HparamField.Edited)
    def _edit(self, event: HparamField.Edited) -> None:
        event.stop()
        field = next(iter(self.query(f"#field-{event.name}").results(HparamField)), None)
        if field is None:  # typed before the form became another one
            return
        before, text = dict(self.settings), event.text.strip()
        if text == field.initial:
            self.settings.pop(event.name, None)
        else:
            self.settings[event.name] = text
        field.set_class(event.name in self.settings, "-changed")
        if self.settings != before:
            self.post_message(self.Changed(dict(self.settings)))


def form_fields(initial: Mapping[str, str]) -> list[Widget]:
    """Return the fields with the headings of their families."""
    widgets: list[Widget] = []
    for family in FAMILIES:
        names = [name for name in CATALOGUE if name in initial and CATALOGUE[name].family == family]
        if names:
            widgets.append(Label(family, classes="form--family"))
            widgets += [HparamField(CATALOGUE[name], initial[name]) for name in names]
    return widgets


def default_text(task: TaskInfo, name: str) -> str:
    """Return what holds in the task where nothing is said, as a person would type it."""
    return as_text(task.defaults.get(name, CATALOGUE[name].default))
