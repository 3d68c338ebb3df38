"""The families of a form in one line: which is being edited, and in which something was changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from textual import events
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from dltui.widgets.hparam_field import CHANGED
from dltui_trainers.hparam import Family


class FamilyTab(Static):
    """One family of the strip."""

    def __init__(self, family: Family) -> None:
        super().__init__(classes="strip--family")
        self.family = family

    def tell(self, changed: int, is_here: bool) -> None:
        """Show the family, how many of its values were changed, and whether one is in it."""
        count = f" {CHANGED}{changed}" if changed else ""
        self.update(f"{'▸' if is_here else ' '}{self.family}{count} ")
        self.set_class(is_here, "-here")

    def on_click(self, event: events.Click) -> None:
        """Ask to go there."""
        event.stop()
        self.post_message(FamilyStrip.Chosen(self.family))


class FamilyStrip(Horizontal):
    """Posts :class:`Chosen` when a family is clicked."""

    @dataclass
    class Chosen(Message):
        """Somebody wants to go to that family."""

        family: Family

    def tell(self, families: Mapping[Family, int], here: Family | None) -> None:
        """Show the families with their numbers of changed values, and which of them one is in."""
        tabs = list(self.query(FamilyTab))
        if [tab.family for tab in tabs] != list(families):
            self.remove_children()
            tabs = [FamilyTab(family) for family in families]
            self.mount(*tabs)
        for tab in tabs:
            tab.tell(families[tab.family], tab.family == here)
