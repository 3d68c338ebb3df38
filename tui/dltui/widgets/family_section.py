"""The fields of one family beneath its heading; a family that is seldom touched can be folded away."""

from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from dltui.widgets.hparam_field import HparamField
from dltui_trainers.hparam import Family


class FamilyHeading(Static):
    """Says which family it is. One that can be folded takes the focus: Enter or a click folds and unfolds it."""

    BINDINGS = [Binding("enter,space", "fold", "Show or hide", show=False)]

    def __init__(self, family: Family, names: Sequence[str], foldable: bool) -> None:
        super().__init__(classes="form--family")
        self._family = family
        self._names = names
        self.can_focus = foldable

    def tell(self, folded: bool) -> None:
        """Show the name, and of what is folded away what is in it."""
        sign = ("▸ " if folded else "▾ ") if self.can_focus else ""
        hint = f"  {', '.join(self._names)}" if folded else ""
        self.update(Content.assemble(f"{sign}{self._family}", (hint, "not bold $chart-label")))

    def on_click(self, event: events.Click) -> None:
        """Fold or unfold."""
        event.stop()
        self.action_fold()

    def action_fold(self) -> None:
        """Fold or unfold."""
        section = self.parent
        if self.can_focus and isinstance(section, FamilySection):
            section.fold(not section.is_folded)


class FamilySection(Vertical):
    """One family of the form. Posts :class:`Folded`; what of its fields is to be seen, the form decides."""

    class Folded(Message):
        """Its fields are to be hidden, or shown again."""

    def __init__(self, family: Family, fields: Sequence[HparamField], folded: bool = False) -> None:
        self._heading = FamilyHeading(family, [each.hparam.name for each in fields], foldable=folded)
        super().__init__(self._heading, *fields, classes="form--section")
        self.family = family
        self.fields = tuple(fields)
        self.is_folded = folded
        self._heading.tell(folded)

    @property
    def rows(self) -> int:
        """How high it is, with the line above it."""
        return 2 if self.is_folded else 2 + len(self.fields)

    def fold(self, folded: bool) -> None:
        """Leave the heading alone, or show the fields too."""
        if folded != self.is_folded:
            self.is_folded = folded
            self._heading.tell(folded)
            self.post_message(self.Folded())
