"""Stands over everything while the terminal is too small to show it."""

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from dltui.terminal import LEAST_COLUMNS, LEAST_ROWS


class TooSmallScreen(ModalScreen[None]):
    """Goes by itself when the terminal is enlarged; the training does not notice any of it."""

    def compose(self) -> ComposeResult:
        yield Static(Content(f"Enlarge the terminal to {LEAST_COLUMNS}x{LEAST_ROWS} or more."))
