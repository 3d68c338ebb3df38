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
    """Shows ``lines`` as they were when it was opened, the last ones first in view."""

    BINDINGS = [Binding("escape,o,q", "dismiss", "Close")]

    def __init__(self, folder: Path, lines: tuple[str, ...], file: str = STDOUT) -> None:
        super().__init__()
        self._folder = folder
        self._file = file
        self._lines = lines

    def compose(self) -> ComposeResult:
        text = "\n".join(safe_text(line) for line in self._lines) or "Nothing was printed."
        with VerticalScroll(classes="output-screen") as scroll:
            scroll.border_title = Content(safe_text(f"{self._folder.name}/{self._file}"))
            scroll.border_subtitle = Content("Esc closes")
            yield Static(Content(text))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).scroll_end(animate=False)
