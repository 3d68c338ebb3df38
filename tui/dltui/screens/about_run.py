"""A dialog about a run that goes on beneath it: it may end, or be changed by somebody else, while it is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, Literal, TypeVar

from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from dltui.series.state import RunState
from dltui.text import safe_text

Result = TypeVar("Result")
Tone = Literal["-good", "-warning", "-error"]
TONES: tuple[Tone, ...] = ("-good", "-warning", "-error")


class AboutRun(ModalScreen[Result], Generic[Result]):
    """The run in ``folder``. ``why_not`` tells why it cannot be told what to do, and nothing while it can."""

    def __init__(self, folder: Path, state: RunState, why_not: Callable[[], str]) -> None:
        super().__init__()
        self.folder = folder
        self.state = state
        self.why_not = why_not

    @property
    def is_open(self) -> bool:
        """Whether it is there: what was asked for in a thread or a while ago may come when it is not any more."""
        return self.is_attached and self in self.app.screen_stack

    def news(self) -> None:
        """Something of the run is new; the screen beneath says so."""

    def say(self, line: Static, content: Content | str, tone: Tone) -> None:
        """Write to a line that has a tone."""
        line.update(Content(safe_text(content)) if isinstance(content, str) else content)
        for each in TONES:
            line.set_class(each == tone, each)
