"""Questions that stand over a screen and answer with a value."""

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from dltui.advice.limits import Limits
from dltui.text import safe_text

Choice = TypeVar("Choice", bound=Enum)


@dataclass(frozen=True, slots=True)
class Answer:
    """One button: the text on it, and the choice that it stands for."""

    text: str
    choice: Enum
    stops: bool = False


class Question(ModalScreen[Choice], Generic[Choice]):
    """A question with a hint and buttons. The first answer has the focus; a key of its own belongs to each."""

    BINDINGS = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, choices: type[Choice], question: str, hint: str, *answers: Answer) -> None:
        super().__init__()
        self._choices = choices
        self._question = question
        self._hint = hint
        self._answers = answers

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content(self._question), classes="dialog--question")
            yield Static(Content(self._hint), classes="dialog--hint")
            with Horizontal(classes="dialog--buttons"):
                for place, answer in enumerate(self._answers):
                    button = Button(Content(answer.text), id=str(answer.choice.value))
                    button.variant = "error" if answer.stops else "default" if place else "primary"
                    yield button

    def on_mount(self) -> None:
        self.query(Button).first().focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_choose(event.button.id or "")

    def action_choose(self, choice: str) -> None:
        """Answer with ``choice``."""
        self.dismiss(self._choices(choice))


class QuitChoice(Enum):
    """What to do with trainings that are still running."""

    LEAVE = "leave"
    STOP = "stop"
    CANCEL = "cancel"


class ConfirmQuit(Question[QuitChoice]):
    """Asks what becomes of the running trainings; Enter leaves them running."""

    BINDINGS = [
        Binding("l", "choose('leave')", "Leave it running"),
        Binding("s", "choose('stop')", "Stop it"),
        Binding("escape,c", "choose('cancel')", "Cancel"),
    ]

    def __init__(self, running: list[str]) -> None:
        one = len(running) == 1
        them = "it" if one else "them"
        super().__init__(
            QuitChoice,
            f"{safe_text(running[0])} is still training." if one else f"{len(running)} trainings are still running.",
            f"Left running, {them} can be watched again with 'dltui'.",
            Answer(f"Leave {them} running", QuitChoice.LEAVE),
            Answer(f"Stop {them}", QuitChoice.STOP, stops=True),
            Answer("Cancel", QuitChoice.CANCEL),
        )


class StopChoice(Enum):
    """Whether a training shall end."""

    KEEP = "keep"
    STOP = "stop"


OURS_STOPS = "It ends after the current step and keeps its best and last checkpoints."


class ConfirmStop(Question[StopChoice]):
    """Asks whether a training shall be stopped; Enter keeps it going. ``becomes``: what becomes of it then."""

    BINDINGS = [
        Binding("escape,n", "choose('keep')", "Keep it going"),
        Binding("y", "choose('stop')", "Stop it"),
    ]

    def __init__(self, name: str, becomes: str = OURS_STOPS) -> None:
        super().__init__(
            StopChoice,
            f"Stop {safe_text(name)}?",
            becomes,
            Answer("Keep it going", StopChoice.KEEP),
            Answer("Stop it", StopChoice.STOP, stops=True),
        )


class UndoChoice(Enum):
    """Whether the last change shall be undone."""

    KEEP = "keep"
    UNDO = "undo"


class ConfirmUndo(Question[UndoChoice]):
    """Asks whether a training shall go back to before a change; Enter lets it."""

    BINDINGS = [
        Binding("escape,n", "choose('keep')", "Keep the change"),
        Binding("y", "choose('undo')", "Undo it"),
    ]

    def __init__(self, question: str, hint: str) -> None:
        super().__init__(
            UndoChoice,
            question,
            hint,
            Answer("Undo it", UndoChoice.UNDO),
            Answer("Keep the change", UndoChoice.KEEP),
        )


class AutoChoice(Enum):
    """Whether advice shall be followed unasked."""

    FOLLOW = "follow"
    LEAVE = "leave"


class ConfirmAuto(Question[AutoChoice]):
    """Asks whether live advice shall be followed unasked; Enter lets it."""

    BINDINGS = [
        Binding("escape,n", "choose('leave')", "Leave it to me"),
        Binding("y", "choose('follow')", "Follow it"),
    ]

    def __init__(self, limits: Limits) -> None:
        names = ", ".join(limits.hparams)
        super().__init__(
            AutoChoice,
            "Follow the advice for this training unasked?",
            f"While this screen is open: {names}; at most one change in {limits.every_epochs:g} epochs, never back and"
            " forth, and what hurts is undone. A switches it off again.",
            Answer("Follow it", AutoChoice.FOLLOW),
            Answer("Leave it to me", AutoChoice.LEAVE),
        )


class BesideChoice(Enum):
    """What becomes of the running training when a changed one is started."""

    BESIDE = "beside"
    STOP = "stop"
    CANCEL = "cancel"


class ConfirmBeside(Question[BesideChoice]):
    """Asks whether a running training shall go on beside the changed one; Enter lets it."""

    BINDINGS = [
        Binding("l", "choose('beside')", "Let it run on"),
        Binding("s", "choose('stop')", "Stop it"),
        Binding("escape,c", "choose('cancel')", "Cancel"),
    ]

    def __init__(self, name: str) -> None:
        super().__init__(
            BesideChoice,
            f"{safe_text(name)} is still training.",
            "The changed training starts beside it. Both share the machine while both run.",
            Answer("Let it run on", BesideChoice.BESIDE),
            Answer("Stop it", BesideChoice.STOP, stops=True),
            Answer("Cancel", BesideChoice.CANCEL),
        )
