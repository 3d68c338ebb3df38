"""What a person can ask of the guide that a screen shows: pause, skip, repeat, edit, accept, go on, stop.

A wish is one line in the guide's folder. Its engine answers in the guide's state, which is followed anyhow.
"""

from collections.abc import Mapping
from pathlib import Path

from textual.binding import Binding
from textual.screen import Screen

from dltui.errors import DltuiError
from dltui.guide.follow import GuideSeen
from dltui.guide.standing import halted_at
from dltui.guide.state import Guide, GuideStatus, StepState
from dltui.messages import RunChosen
from dltui.runs.status import RunStatus
from dltui.screens.confirm import StopChoice
from dltui.screens.edit_guide import EditGuideScreen
from dltui.screens.guide_confirm import ConfirmRepeat, ConfirmStopGuide, RepeatChoice
from dltui.screens.output import OutputScreen
from dltui.services import Services
from dltui.text import safe_text
from dltui_trainers.runlog import Value

GUIDE_KEYS = (
    Binding("space", "pause", "Pause", tooltip="Pause the guide and its trials"),
    Binding("space", "resume", "Resume", tooltip="Let the guide go on that is paused"),
    Binding("c", "go_on", "Go on", tooltip="Go on with a guide that was stopped, killed or halted"),
    Binding("a", "accept", "Accept", tooltip="Accept the fault that was found, and go on"),
    Binding("s", "skip", "Skip", tooltip="Skip the selected step"),
    Binding("r", "repeat", "Repeat", tooltip="Do the selected step, and those after it, anew"),
    Binding("e", "edit", "Edit", tooltip="Change budget, ranges and the like for the steps to come"),
    Binding("f", "open_final", "Final run", tooltip="Open the final run"),
    Binding("o", "show_output", "What the engine of the guide printed", show=False),
    Binding("k", "stop", "Stop", tooltip="Stop the guide; it can go on later"),
)
"""What a person can do to a guide, by the keys that the screen of a run has for the like."""
_ENDED_BY_ITSELF = (RunStatus.STOPPED, RunStatus.FAILED, RunStatus.KILLED)


class AskedGuideScreen(Screen[None]):
    """Shows the guide in ``folder`` and tells it what to do."""

    def __init__(self, services: Services, folder: Path) -> None:
        super().__init__()
        self._services = services
        self.folder = folder
        self.seen: GuideSeen | None = None
        self._asked: dict[int, tuple[str, str]] = {}
        self._offered: tuple[bool | None, ...] = ()

    @property
    def guide(self) -> Guide | None:
        """The guide, None while nothing of it could be read."""
        return self.seen.guide if self.seen is not None else None

    @property
    def is_at_work(self) -> bool:
        """Whether an engine works on it, or is about to."""
        return self.seen is not None and self.seen.status.alive and not self.seen.trouble

    @property
    def selected(self) -> int:
        """The step that is shown."""
        return 0

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The commands that the engine has not heard yet."""
        return tuple(command for command, _ in self._asked.values())

    def draw_soon(self) -> None:
        """See to it that what is new is drawn."""

    def forget_asked(self) -> None:
        """Nobody is there any more who could answer."""
        self._asked.clear()

    def take_answers(self) -> None:
        """Tell what was refused, and what was done that is not plain to see."""
        for answer in self.guide.answers if self.guide is not None else ():
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
        actions = ("pause", "resume", "go_on", "accept", "skip", "repeat", "edit", "open_final", "stop")
        offered = tuple(self.check_action(each, ()) for each in actions)
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done is not offered, or shown dim where it depends on the step."""
        guide = self.guide
        if guide is None or self.seen is None:
            return action not in {binding.action for binding in GUIDE_KEYS}
        entry = guide.steps[self.selected]
        match action:
            case "pause" | "resume":
                return self.is_at_work and (guide.status is GuideStatus.PAUSED) == (action == "resume")
            case "go_on":
                return self.seen.status in _ENDED_BY_ITSELF and not self.seen.trouble
            case "accept":
                return halted_at(guide) is not None
            case "stop":
                return self.is_at_work
            case "skip":
                return entry.state in (StepState.WAITING, StepState.RUNNING) or None
            case "repeat":
                return entry.state is not StepState.WAITING or None
            case "open_final":
                return bool(guide.final)
        return True

    def ask(self, command: str, told: str, *, step: int | None = None, also: Mapping[str, Value] | None = None) -> bool:
        """Ask the guide for something; return whether that could be written. ``told``: what it comes to."""
        try:
            id = self._services.ask(self.folder, command, value=step, also=also)
        except DltuiError as error:
            self.notify(safe_text(str(error)), severity="error", timeout=10, markup=False)
            return False
        self._asked[id] = (command, told)
        self.draw_soon()
        return True

    def ask_and_go_on(
        self, command: str, told: str, *, step: int | None = None, also: Mapping[str, Value] | None = None
    ) -> None:
        """Ask for it; where no engine is at work one is started, which does it first of all."""
        if self.ask(command, told, step=step, also=also) and not self.is_at_work:
            self.action_go_on()

    def action_pause(self) -> None:
        """Let it stand still."""
        self.ask("pause", "The guide is paused.")

    def action_resume(self) -> None:
        """Let it go on."""
        self.ask("resume", "The guide goes on.")

    def action_go_on(self) -> None:
        """Start an engine that goes on where the last one ended."""
        try:
            self._services.go_on_with_guide(self.folder)
        except DltuiError as error:
            self.notify(safe_text(str(error)), severity="error", timeout=10, markup=False)

    def action_accept(self) -> None:
        """Go on although a step found a fault."""
        step = halted_at(self.guide) if self.guide is not None else None
        if step is not None:
            self.ask_and_go_on("accept", f"The fault of step {step} is accepted.", step=step)

    def action_skip(self) -> None:
        """Leave the selected step out."""
        self.ask_and_go_on("skip", f"Step {self.selected} is skipped.", step=self.selected)

    def action_repeat(self) -> None:
        """Do the selected step anew, and with it those after it."""
        step = self.selected

        def answer(choice: RepeatChoice | None) -> None:
            if choice is RepeatChoice.REPEAT:
                self.ask_and_go_on("repeat", f"Step {step} is done anew.", step=step)

        self.app.push_screen(ConfirmRepeat(step), answer)

    def action_stop(self) -> None:
        """Ask whether it shall end."""

        def answer(choice: StopChoice | None) -> None:
            if choice is StopChoice.STOP:
                self.ask("stop", "The guide is stopped.")

        self.app.push_screen(ConfirmStopGuide(self.folder.name), answer)

    def action_edit(self) -> None:
        """Change the options."""

        def answer(changes: dict[str, Value] | None) -> None:
            if changes:
                told = ", ".join(f"{name} = {value}" for name, value in changes.items())
                self.ask_and_go_on("edit", f"Changed: {told}.", also=changes)

        if self.guide is not None:
            self.app.push_screen(EditGuideScreen(self.guide, goes_on=not self.is_at_work), answer)

    def action_open_final(self) -> None:
        """Open the run that all of it leads to."""
        if self.guide is not None and self.guide.final:
            self.open_run(self.guide.final)

    def open_run(self, name: str) -> None:
        """Open a trial. Its name comes from a file: it names a folder beside that file, or nothing."""
        if name in ("", ".", "..") or Path(name).name != name:
            return
        self.post_message(RunChosen(self.folder / name))

    def action_show_output(self) -> None:
        """What the engine printed."""
        self.app.push_screen(OutputScreen(self.folder, self._services.guide_output(self.folder), "engine.log"))
