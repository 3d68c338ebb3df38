"""Fields for hyperparameters, by family. It keeps what was changed as it was typed, and hides what does not matter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList

from dltui.widgets.family_section import FamilySection
from dltui.widgets.hparam_field import HparamField
from dltui.widgets.hparam_values import idle_beside, is_open, offered
from dltui_trainers.hparam import Family
from dltui_trainers.hparams import FAMILIES
from dltui_trainers.registry import TaskInfo

FOLDED: tuple[Family, ...] = ("log",)
"""Seldom touched, and nothing in the training depends on it."""


class HparamForm(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Fields for hyperparameters of a task. Posts :class:`Changed`.

    ``initial``: what is there before anything is changed, name -> text; each gets a field. ``beside``: values that
    have none, but that decide which of the others matter. ``called``: what the initial values are called.

    A field is hidden while it has no effect. What was typed into it is kept, and it counts again when it is shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # A field scrolls by pages as well, though it has one line: without priority the footer would not show this.
        Binding("pagedown", "turn(1)", "Family", key_display="PgUp/PgDn", priority=True),
        Binding("pageup", "turn(-1)", "Family before", show=False, priority=True),
        Binding("ctrl+r", "reset", "As it was", key_display="^r"),
    ]

    @dataclass
    class Changed(Message):
        """Something was typed or chosen."""

        settings: dict[str, str]

    def __init__(
        self,
        task: TaskInfo | None = None,
        initial: Mapping[str, str] | None = None,
        beside: Mapping[str, str] | None = None,
        called: str = "default",
        id: str | None = None,
    ) -> None:
        self._called = called
        self._begin(task, initial or {}, beside or {})
        super().__init__(*self._columns(), id=id)

    def _begin(self, task: TaskInfo | None, initial: Mapping[str, str], beside: Mapping[str, str]) -> None:
        self._shown_task = task
        self._initial = dict(initial)
        self._beside = dict(beside)
        self._typed: dict[str, str] = {}
        self._reads = frozenset(task.reads if task else ())
        self._hidden = self._find_hidden()

    @property
    def settings(self) -> dict[str, str]:
        """What is not as it was and matters, name -> text."""
        return {name: text for name, text in self._typed.items() if name not in self._hidden}

    @property
    def aside(self) -> dict[str, str]:
        """What is not as it was, but does not matter beside the rest; and for each, because of what."""
        return {name: self._hidden[name] for name in self._typed if name in self._hidden}

    @property
    def families(self) -> dict[Family, int]:
        """The families that are shown, and how many values of each are not as they were."""
        counts = {section.family: 0 for section in self.query(FamilySection) if section.display}
        for field in self.query(HparamField):
            if field.hparam.name in self.settings and field.hparam.family in counts:
                counts[field.hparam.family] += 1
        return counts

    @property
    def family(self) -> Family | None:
        """The family that is being edited."""
        focused = self.screen.focused
        sections = focused.ancestors if focused else ()
        return next((each.family for each in sections if isinstance(each, FamilySection)), None)

    def on_mount(self) -> None:
        self._arrange()

    def on_resize(self) -> None:
        """Keep in view what is being edited."""
        focused = self.screen.focused
        if focused is not None and self in focused.ancestors:
            self.scroll_to_widget(focused, animate=False)

    def leave_rows(self, beside: int) -> None:
        """Grow no higher than leaves so many rows of the screen for what is ``beside``; the rest is scrolled to."""
        self.styles.max_height = max(1, self.screen.size.height - beside)

    async def show(self, task: TaskInfo, initial: Mapping[str, str], beside: Mapping[str, str] | None = None) -> None:
        """Show a field for each hyperparameter of ``initial`` in the place of the former ones."""
        self._begin(task, initial, beside or {})
        with self.app.batch_update():
            await self.remove_children()
            await self.mount(*self._columns())
            self._arrange()
            self.scroll_home(animate=False)

    def renew(self, initial: Mapping[str, str], beside: Mapping[str, str] | None = None) -> None:
        """Take ``initial`` for what was there before; what is being changed stays as it was typed."""
        self._beside = dict(beside or {})
        for field in self.query(HparamField):
            if field.hparam.name in initial:
                self._initial[field.hparam.name] = initial[field.hparam.name]
                field.renew(initial[field.hparam.name])
        self._arrange()

    def fill(self, settings: Mapping[str, str]) -> None:
        """Put these values into their fields, as if a person had typed them; one that no field can have is left out."""
        for field in self.query(HparamField):
            text = settings.get(field.hparam.name)
            if text is not None and field.can_have(text):
                field.box.value = text

    def edit(self, name: str) -> None:
        """Go to the field of a hyperparameter, if it is shown."""
        field = next((each for each in self.query(HparamField) if each.hparam.name == name and each.display), None)
        if field is not None:
            field.box.focus()

    def limit(self, reads: Sequence[str]) -> None:
        """Hide what the task turns out not to read."""
        if self._reads != frozenset(reads):
            self._reads = frozenset(reads)
            self._arrange()

    def offer(self, words: Mapping[str, Sequence[str]]) -> None:
        """Complete what is typed to these words, name of the hyperparameter -> words."""
        for field in self.query(HparamField):
            if field.hparam.name in words:
                field.offer(words[field.hparam.name])

    def jump(self, family: Family) -> None:
        """Go to the first field of a family, with its heading at the top if there is room."""
        section = next((each for each in self.query(FamilySection) if each.family == family and each.display), None)
        if section is None:
            return
        section.fold(False)
        self._arrange(keep_place=False)
        first = next(field for field in section.fields if field.display)
        self.screen.set_focus(first.box, scroll_visible=False)
        self.call_after_refresh(self.scroll_to_widget, section, top=True, animate=False)

    def action_turn(self, by: int) -> None:
        """Go to another family, from the last one to the first; from elsewhere to the first."""
        if isinstance(self.screen.focused, OptionList):  # choices are open, and scroll
            raise SkipAction
        families = list(self.families)
        if families:
            present = self.family
            at = families.index(present) + by if present in families else min(by, 0)
            self.jump(families[at % len(families)])

    def action_reset(self) -> None:
        """Put back what was in the field that is being edited."""
        focused = self.screen.focused
        for field in self.query(HparamField):
            if focused is not None and field in focused.ancestors:
                field.reset()

    @on(HparamField.Edited)
    def _edit(self, event: HparamField.Edited) -> None:
        event.stop()
        field, name = event.field, event.field.hparam.name
        if field not in self.query(HparamField):  # typed before the form became another one
            return
        before, text = self.settings, event.text.strip()
        if text == field.initial:
            self._typed.pop(name, None)
        else:
            self._typed[name] = text
        field.mark(name in self._typed)
        self._arrange()
        if self.settings != before:
            self.post_message(self.Changed(self.settings))

    @on(FamilySection.Folded)
    def _fold(self, event: FamilySection.Folded) -> None:
        event.stop()
        self._arrange()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Hide now what could not be while it was edited."""
        self.call_after_refresh(self._arrange_if_open)

    def _arrange_if_open(self) -> None:
        if self.is_attached:  # the dialog may be gone: what was edited lost the focus because it closed
            self._arrange()

    def _find_hidden(self) -> dict[str, str]:
        if self._shown_task is None:
            return {}
        idle = idle_beside(self._shown_task, {**self._initial, **self._beside, **self._typed})
        unread = {name: "these data" for name in self._initial if name not in self._reads}
        return {name: why for name, why in {**idle, **unread}.items() if name in self._initial}

    def _arrange(self, keep_place: bool = True) -> None:
        """Show what matters. What is being edited stays where it is on the screen, even if it matters no more."""
        self._hidden = self._find_hidden()
        focused = self.screen.focused
        edited = focused if focused is not None and self in focused.ancestors else None
        place = edited.region.y - self.region.y if edited else 0
        moved = False
        for section in self.query(FamilySection):
            shown = [each for each in section.fields if self._is_wanted(each, edited)]
            section.display = bool(shown)
            for field in section.fields:
                wanted = field in shown and not section.is_folded
                moved, field.display = moved or field.display != wanted, wanted
        if moved and edited is not None and keep_place:

            def hold() -> None:
                if edited.is_attached:
                    self.scroll_relative(y=edited.region.y - self.region.y - place, animate=False)

            self.call_after_refresh(hold)

    def _is_wanted(self, field: HparamField, edited: Widget | None) -> bool:
        return field.hparam.name not in self._hidden or (edited is not None and field in edited.ancestors)

    def _columns(self) -> Iterator[Vertical]:
        """Two columns of about the same height; which stand beside each other where the style sheet says so."""
        sections = list(self._sections())
        heights = [section.rows for section in sections]
        half = min(range(len(sections) + 1), key=lambda at: abs(sum(heights[:at]) - sum(heights[at:])), default=0)
        yield Vertical(*sections[:half], classes="form--column")
        yield Vertical(*sections[half:], classes="form--column")

    def _sections(self) -> Iterator[FamilySection]:
        task = self._shown_task
        if task is None:
            return
        # What somebody brings along has to be named before anything else can be decided, and is what they know best.
        first = "training" if task.is_script else "data" if task.resolver else "task"
        families = sorted(FAMILIES, key=lambda family: family != first)
        hparams = [offered(task, name) for name in task.hparams if name in self._initial]
        for family in families:
            members = [each for each in hparams if each.family == family and is_open(each)]
            if members:
                fields = [HparamField(each, self._initial[each.name], self._called) for each in members]
                yield FamilySection(family, fields, folded=family in FOLDED)
