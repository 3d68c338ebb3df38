"""What a person can ask of the guide that a screen shows: pause, skip, repeat, edit, accept, go on, stop."""

from collections.abc import Sequence

from textual.binding import Binding

from dltui.guide.follow import GuideSeen
from dltui.guide.standing import halted_at
from dltui.guide.state import Answer, Guide, GuideStatus, StepState
from dltui.screens.asked import AskedScreen
from dltui.screens.edit_guide import EditGuideScreen
from dltui.screens.guide_confirm import ConfirmRepeat, ConfirmStopGuide, RepeatChoice
from dltui.screens.output import OutputScreen
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


class AskedGuideScreen(AskedScreen[GuideSeen]):
    """Shows the guide in ``folder`` and tells it what to do."""

    called = "guide"
    offered = ("pause", "resume", "go_on", "accept", "skip", "repeat", "edit", "open_final", "stop")

    @property
    def guide(self) -> Guide | None:
        """The guide, None while nothing of it could be read."""
        return self.seen.guide if self.seen is not None else None

    @property
    def selected(self) -> int:
        """The step that is shown."""
        return 0

    @property
    def answers(self) -> Sequence[Answer]:
        """What the engine answered lately."""
        return self.guide.answers if self.guide is not None else ()

    @property
    def is_paused(self) -> bool:
        """Whether the engine lets its trials stand still."""
        return self.guide is not None and self.guide.status is GuideStatus.PAUSED

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done is not offered, or shown dim where it depends on the step."""
        guide = self.guide
        if guide is None:
            return action not in {binding.action for binding in GUIDE_KEYS}
        entry = guide.steps[self.selected]
        match action:
            case "accept":
                return halted_at(guide) is not None
            case "skip":
                return entry.state in (StepState.WAITING, StepState.RUNNING) or None
            case "repeat":
                return entry.state is not StepState.WAITING or None
            case "open_final":
                return bool(guide.final)
        return super().check_action(action, parameters)

    def go_on(self) -> None:
        """Start an engine that goes on where the last one ended. Raises :class:`DltuiError`."""
        self._services.go_on_with_guide(self.folder)

    def stop_question(self) -> ConfirmStopGuide:
        """Return what is asked before it is stopped."""
        return ConfirmStopGuide(self.folder.name)

    def action_accept(self) -> None:
        """Go on although a step found a fault."""
        step = halted_at(self.guide) if self.guide is not None else None
        if step is not None:
            self.ask_and_go_on("accept", f"The fault of step {step} is accepted.", value=step)

    def action_skip(self) -> None:
        """Leave the selected step out."""
        self.ask_and_go_on("skip", f"Step {self.selected} is skipped.", value=self.selected)

    def action_repeat(self) -> None:
        """Do the selected step anew, and with it those after it."""
        step = self.selected

        def answer(choice: RepeatChoice | None) -> None:
            if choice is RepeatChoice.REPEAT:
                self.ask_and_go_on("repeat", f"Step {step} is done anew.", value=step)

        self.app.push_screen(ConfirmRepeat(step), answer)

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

    def action_show_output(self) -> None:
        """What the engine printed."""
        self.app.push_screen(OutputScreen(self.folder, self._services.guide_output(self.folder), "engine.log"))
