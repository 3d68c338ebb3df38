"""A screen of something that a process of its own works on: a search, a guide. It follows it, and asks for things.

A wish is one line in the folder. The process answers in its state, which is followed anyhow.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from dltui.errors import DltuiError
from dltui.following import FolderFollower
from dltui.messages import RunChosen
from dltui.runs.status import RunStatus
from dltui.screens.confirm import ConfirmStop, StopChoice
from dltui.screens.paced import Paced
from dltui.services import Services
from dltui.text import safe_text
from dltui_trainers.runlog import Value

_ENDED_BY_ITSELF = (RunStatus.STOPPED, RunStatus.FAILED, RunStatus.KILLED)


class Standing(Protocol):
    """How it stands: what it is doing, and why nothing new can come, if that is so."""

    @property
    def status(self) -> RunStatus: ...

    @property
    def trouble(self) -> str: ...


class Answer(Protocol):
    """What became of a wish, by its id; ``refused``: why it was not carried out, empty if it was."""

    @property
    def id(self) -> int: ...

    @property
    def refused(self) -> str: ...


Seen = TypeVar("Seen", bound=Standing)


class AskedScreen(Screen[None], Generic[Seen]):
    """Shows what is in ``folder`` and tells it what to do. It is drawn once in ``redraw_every_s`` at most."""

    called: ClassVar[str]
    """What it is, in a word."""
    offered: ClassVar[tuple[str, ...]]
    """The actions that are not always possible: the keys are laid out anew when that changes."""

    def __init__(self, services: Services, folder: Path, redraw_every_s: float) -> None:
        super().__init__()
        self._services = services
        self.folder = folder
        self.seen: Seen | None = None
        self._drawing = Paced(self, redraw_every_s, self.draw)
        self._follower: FolderFollower[Seen] | None = None
        self._asked: dict[int, tuple[str, str]] = {}
        self._possible: tuple[bool | None, ...] = ()

    def draw(self) -> None:
        """Draw what was seen last, once something was."""
        raise NotImplementedError

    @property
    def answers(self) -> Sequence[Answer]:
        """What was answered lately."""
        raise NotImplementedError

    @property
    def is_paused(self) -> bool:
        """Whether it stands still because somebody wants that."""
        raise NotImplementedError

    def go_on(self) -> None:
        """Start a process that goes on where the last one ended. Raises :class:`DltuiError`."""
        raise NotImplementedError

    def stop_question(self) -> ConfirmStop:
        """Return what is asked before it is stopped."""
        raise NotImplementedError

    def follow(self, follower: FolderFollower[Seen]) -> None:
        """Begin to follow it, until the screen is closed."""
        self._follower = follower
        follower.start()

    def on_unmount(self) -> None:
        if self._follower is not None:
            self._follower.close()

    def take(self, seen: Seen) -> None:
        """Show how it stands now. What was asked for is forgotten once nobody is there any more who could answer."""
        was_at_work = self.is_at_work
        self.seen = seen
        self._take_answers()
        self.offer_what_can_be_done()
        if was_at_work and not self.is_at_work:
            self._asked.clear()
            self._drawing.now()
        else:
            self._drawing.soon()

    @property
    def is_at_work(self) -> bool:
        """Whether a process works on it, or is about to."""
        return self.seen is not None and self.seen.status.alive and not self.seen.trouble

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The commands that its process has not heard yet."""
        return tuple(command for command, _ in self._asked.values())

    def _take_answers(self) -> None:
        """Tell what was refused, and what was done that is not plain to see."""
        for answer in self.answers if self._asked else ():
            asked = self._asked.pop(answer.id, None)
            if asked is None:
                continue
            told = asked[1]
            if answer.refused:
                self.notify(safe_text(f"{told}: {answer.refused}"), severity="warning", timeout=10, markup=False)
            else:
                self.notify(told, markup=False)

    def offer_what_can_be_done(self) -> None:
        """Lay out the keys anew if others can be used now."""
        possible = tuple(self.check_action(each, ()) for each in self.offered)
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done is not offered."""
        match action:
            case "pause" | "resume":
                return self.is_at_work and self.is_paused == (action == "resume")
            case "go_on":
                return self.seen is not None and self.seen.status in _ENDED_BY_ITSELF and not self.seen.trouble
            case "stop":
                return self.is_at_work
        return True

    def ask(self, command: str, told: str, *, value: Value = None, also: Mapping[str, Value] | None = None) -> bool:
        """Ask for something; return whether that could be written. ``told``: what it comes to."""
        try:
            id = self._services.ask(self.folder, command, value=value, also=also)
        except DltuiError as error:
            self._complain(error)
            return False
        self._asked[id] = (command, told)
        self._drawing.soon()
        return True

    def ask_and_go_on(
        self, command: str, told: str, *, value: Value = None, also: Mapping[str, Value] | None = None
    ) -> None:
        """Ask for it; where no process is at work one is started, which does it first of all."""
        if self.ask(command, told, value=value, also=also) and not self.is_at_work:
            self.action_go_on()

    def _complain(self, error: DltuiError) -> None:
        self.notify(safe_text(str(error)), severity="error", timeout=10, markup=False)

    def tell(self, id: str, content: Content | None) -> None:
        """Write a line, which is not there without a content."""
        line = self.query_one(id, Static)
        line.display = content is not None
        if content is not None and line.visual != content:
            line.update(content)

    def open_run(self, name: str) -> None:
        """Open a trial. Its name comes from a file: it names a folder beside that file, or nothing."""
        if name in ("", ".", "..") or Path(name).name != name:
            return
        self.post_message(RunChosen(self.folder / name))

    def action_pause(self) -> None:
        """Let it stand still."""
        self.ask("pause", f"The {self.called} is paused.")

    def action_resume(self) -> None:
        """Let it go on."""
        self.ask("resume", f"The {self.called} goes on.")

    def action_go_on(self) -> None:
        """Start what goes on where the last process ended."""
        try:
            self.go_on()
        except DltuiError as error:
            self._complain(error)

    def action_stop(self) -> None:
        """Ask whether it shall end."""

        def answer(choice: StopChoice | None) -> None:
            if choice is StopChoice.STOP:
                self.ask("stop", f"The {self.called} is stopped.")

        self.app.push_screen(self.stop_question(), answer)
