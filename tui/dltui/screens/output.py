"""What a training printed, as much as is kept, to scroll through."""

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from dltui.text import safe_text
from dltui_trainers.runlog import STDOUT


class OutputScreen(ModalScreen[None]):
    """Shows ``lines``, the last ones first in view, and those that :meth:`show` brings while it is open."""

    BINDINGS = [Binding("escape,o,q", "dismiss", "Close")]

    def __init__(self, folder: Path, lines: tuple[str, ...], file: str = STDOUT) -> None:
        super().__init__()
        self._folder = folder
        self._file = file
        self._lines = lines

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="output-screen") as scroll:
            scroll.border_title = Content(safe_text(f"{self._folder.name}/{self._file}"))
            scroll.border_subtitle = Content("Esc closes")
            yield Static(self._text())

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).scroll_end(animate=False)

    def show(self, lines: tuple[str, ...]) -> None:
        """Show what is printed by now; who looks at the end goes on to see it."""
        if lines == self._lines or not self.is_mounted:
            return
        self._lines = lines
        scroll = self.query_one(VerticalScroll)
        was_at_end = scroll.is_vertical_scroll_end
        scroll.query_one(Static).update(self._text())
        if was_at_end:
            scroll.scroll_end(animate=False)

    def _text(self) -> Content:
        return Content("\n".join(safe_text(line) for line in self._lines) or "Nothing was printed.")
