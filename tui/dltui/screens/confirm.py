"""Questions that stand over a screen and answer with a value."""

from enum import Enum

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from dltui.text import safe_text


class QuitChoice(Enum):
    """What to do with trainings that are still running."""

    LEAVE = "leave"
    STOP = "stop"
    CANCEL = "cancel"


class ConfirmQuit(ModalScreen[QuitChoice]):
    """Asks what becomes of the running trainings; Enter leaves them running."""

    BINDINGS = [
        Binding("l", "choose('leave')", "Leave it running"),
        Binding("s", "choose('stop')", "Stop it"),
        Binding("escape,c", "choose('cancel')", "Cancel"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, running: list[str]) -> None:
        super().__init__()
        self._names = running

    def compose(self) -> ComposeResult:
        one = len(self._names) == 1
        first = safe_text(self._names[0])
        what = f"{first} is still training." if one else f"{len(self._names)} trainings are still running."
        them = "it" if one else "them"
        with Vertical(classes="dialog"):
            yield Static(Content(what), classes="dialog--question")
            yield Static(Content(f"Left running, {them} can be watched again with 'dltui'."), classes="dialog--hint")
            with Horizontal(classes="dialog--buttons"):
                yield Button(Content(f"Leave {them} running"), id="leave", variant="primary")
                yield Button(Content(f"Stop {them}"), id="stop", variant="error")
                yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        self.query_one("#leave", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(QuitChoice(event.button.id))

    def action_choose(self, choice: str) -> None:
        """Answer with ``choice``."""
        self.dismiss(QuitChoice(choice))


class ConfirmStop(ModalScreen[bool]):
    """Asks whether a training shall be stopped; Enter keeps it going."""

    BINDINGS = [
        Binding("escape,n", "choose(False)", "Keep it going"),
        Binding("y", "choose(True)", "Stop it"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name_of_run = name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(f"Stop {safe_text(self._name_of_run)}?"), classes="dialog--question")
            yield Static(
                Content("It ends after the current step and keeps its best and last checkpoints."),
                classes="dialog--hint",
            )
            with Horizontal(classes="dialog--buttons"):
                yield Button("Keep it going", id="keep", variant="primary")
                yield Button("Stop it", id="stop", variant="error")

    def on_mount(self) -> None:
        self.query_one("#keep", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "stop")

    def action_choose(self, stop: bool) -> None:
        """Answer."""
        self.dismiss(stop)


class BesideChoice(Enum):
    """What becomes of the running training when a changed one is started."""

    BESIDE = "beside"
    STOP = "stop"
    CANCEL = "cancel"


class ConfirmBeside(ModalScreen[BesideChoice]):
    """Asks whether a running training shall go on beside the changed one; Enter lets it."""

    BINDINGS = [
        Binding("l", "choose('beside')", "Let it run on"),
        Binding("s", "choose('stop')", "Stop it"),
        Binding("escape,c", "choose('cancel')", "Cancel"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name_of_run = name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(f"{safe_text(self._name_of_run)} is still training."), classes="dialog--question")
            yield Static(
                Content("The changed training starts beside it. Both share the machine while both run."),
                classes="dialog--hint",
            )
            with Horizontal(classes="dialog--buttons"):
                yield Button("Let it run on", id="beside", variant="primary")
                yield Button("Stop it", id="stop", variant="error")
                yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        self.query_one("#beside", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(BesideChoice(event.button.id))

    def action_choose(self, choice: str) -> None:
        """Answer with ``choice``."""
        self.dismiss(BesideChoice(choice))
