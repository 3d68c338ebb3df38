"""What stands on the screen while the rest of the interface is imported: the first line of what will come."""

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from dltui.text import safe_text


class OpeningScreen(Screen[None]):
    """Shows ``title`` where the next screen will have it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._first_line = title

    def compose(self) -> ComposeResult:
        yield Static(Content.styled(safe_text(self._first_line), "bold"), classes="first-line")
