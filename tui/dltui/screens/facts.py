"""All that is known of a run, to scroll through: what has no room below its charts."""

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from dltui.text import safe_text
from dltui.widgets.facts_panel import Fact

_MOST_NAME = 24  # cells; a longer name is cut, so that the values have room


class FactsScreen(ModalScreen[None]):
    """Shows ``facts`` as they were when it was opened, one a line."""

    BINDINGS = [Binding("escape,i,q", "dismiss", "Close")]

    def __init__(self, folder: Path, facts: tuple[Fact, ...]) -> None:
        super().__init__()
        self._folder = folder
        self._facts = facts

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="output-screen") as scroll:
            scroll.border_title = Content(safe_text(self._folder.name))
            scroll.border_subtitle = Content("Esc closes")
            yield Static(Content("\n").join(map(self._line, self._facts)) if self._facts else "Nothing is known yet.")

    def _line(self, fact: Fact) -> Content:
        widest = min(_MOST_NAME, max(Content(safe_text(each.name)).cell_length for each in self._facts))
        name = Content.styled(safe_text(fact.name), "$chart-label").truncate(widest, ellipsis=True)
        style = "bold $accent" if fact.changed else "$foreground"
        return name.pad_right(widest + 2 - name.cell_length) + Content.styled(
            safe_text(fact.whole or fact.value), style
        )
