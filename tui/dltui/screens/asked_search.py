"""What a person can ask of the search that a screen shows: pause, prune, more trials, stop, go on.

A wish is one line in the study's folder. Its supervisor answers in the study's file, which is followed anyhow.
"""

from collections.abc import Mapping
from pathlib import Path

from textual.binding import Binding
from textual.screen import Screen

from dltui.errors import DltuiError
from dltui.messages import RunChosen
from dltui.runs.status import RunStatus
from dltui.screens.confirm import StopChoice
from dltui.screens.output import OutputScreen
from dltui.screens.search_confirm import ConfirmPrune, ConfirmStopSearch, PruneChoice
from dltui.screens.search_limits import LimitsOfSearch, SearchLimitsScreen
from dltui.search.drawing.values import count_of
from dltui.search.study.follow import StudySeen
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.services import Services
from dltui.text import safe_text
from dltui_trainers.runlog import Value

SEARCH_KEYS = (
    Binding("space", "pause", "Pause", tooltip="Pause the search and its trials"),
    Binding("space", "resume", "Resume", tooltip="Let the search go on that is paused"),
    Binding("c", "go_on", "Go on", tooltip="Go on with a search that was stopped, killed or failed"),
    Binding("plus", "raise_limits", "More", key_display="+", tooltip="More trials, or more time"),
    Binding("p", "prune", "Prune", tooltip="Prune the selected trial, which is running"),
    Binding("o", "show_output", "What the supervisor of the search printed", show=False),
    Binding("k,x", "stop", "Stop", key_display="k", tooltip="Stop the search; it can go on later"),
)
"""What a person can do to a search, by the keys that the screens of a run and a guide have for the like."""
_ENDED_BY_ITSELF = (RunStatus.STOPPED, RunStatus.FAILED, RunStatus.KILLED)
_OFFERED = ("pause", "resume", "go_on", "raise_limits", "prune", "stop", "open", "train", "go_to_best")


class AskedSearchScreen(Screen[None]):
    """Shows the study in ``folder`` and tells it what to do."""

    def __init__(self, services: Services, folder: Path) -> None:
        super().__init__()
        self._services = services
        self.folder = folder
        self.seen: StudySeen | None = None
        self._asked: dict[int, tuple[str, str]] = {}
        self._offered: tuple[bool | None, ...] = ()

    @property
    def study(self) -> Study | None:
        """The study, None while nothing of it could be read."""
        return self.seen.study if self.seen is not None else None

    @property
    def is_at_work(self) -> bool:
        """Whether a supervisor works on it, or is about to."""
        return self.seen is not None and self.seen.status.alive and not self.seen.trouble

    @property
    def selected(self) -> TrialEntry | None:
        """The trial under the cursor."""
        return None

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The commands that the supervisor has not heard yet."""
        return tuple(command for command, _ in self._asked.values())

    def draw_soon(self) -> None:
        """See to it that what is new is drawn."""

    def forget_asked(self) -> None:
        """Nobody is there any more who could answer."""
        self._asked.clear()

    def take_answers(self) -> None:
        """Tell what was refused, and what was done that is not plain to see."""
        if not self._asked or self.study is None:
            return
        for answer in self.study.answers:
            asked = self._asked.pop(answer.id, None)
            if asked is None:
                continue
            if answer.refused:
                told = safe_text(f"{asked[1]}: {answer.refused}")
                self.notify(told, severity="warning", timeout=10, markup=False)
            else:
                self.notify(asked[1], markup=False)

    def offer_what_can_be_done(self) -> None:
        """Lay out the keys anew if others can be used now."""
        offered = tuple(self.check_action(each, ()) for each in _OFFERED)
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done is not offered, or shown dim where it depends on the trial."""
        study = self.study
        if study is None or self.seen is None:
            return action not in {binding.action for binding in SEARCH_KEYS}
        match action:
            case "pause" | "resume":
                is_paused = study.supervised is not None and study.supervised.status == "paused"
                return self.is_at_work and is_paused == (action == "resume")
            case "go_on":
                return self.seen.status in _ENDED_BY_ITSELF and not self.seen.trouble
            case "raise_limits":
                return not self.seen.trouble
            case "stop":
                return self.is_at_work
            case "prune":
                is_running = self.selected is not None and not self.selected.state.has_ended
                return (is_running or None) if self.is_at_work else False
        return True

    def ask(self, command: str, told: str, *, value: Value = None, also: Mapping[str, Value] | None = None) -> bool:
        """Ask the supervisor for something; return whether that could be written. ``told``: what it comes to."""
        try:
            id = self._services.ask(self.folder, command, value=value, also=also)
        except DltuiError as error:
            self.notify(safe_text(str(error)), severity="error", timeout=10, markup=False)
            return False
        self._asked[id] = (command, told)
        self.draw_soon()
        return True

    def action_pause(self) -> None:
        """Let it stand still."""
        self.ask("pause", "The search is paused.")

    def action_resume(self) -> None:
        """Let it go on."""
        self.ask("resume", "The search goes on.")

    def action_go_on(self) -> None:
        """Start a supervisor that goes on where the last one ended."""
        try:
            self._services.go_on_with_study(self.folder)
        except DltuiError as error:
            self.notify(safe_text(str(error)), severity="error", timeout=10, markup=False)

    def action_stop(self) -> None:
        """Ask whether it shall end."""
        if self.study is None:
            return

        def answer(choice: StopChoice | None) -> None:
            if choice is StopChoice.STOP:
                self.ask("stop", "The search is stopped.")

        running = count_of(self.study.trials, TrialState.RUNNING)
        self.app.push_screen(ConfirmStopSearch(self.folder.name, running), answer)

    def action_prune(self) -> None:
        """Ask whether the selected trial shall end early."""
        trial = self.selected
        if trial is None or trial.state.has_ended:
            return

        def answer(choice: PruneChoice | None) -> None:
            if choice is PruneChoice.PRUNE:
                self.ask("prune", f"Trial {trial.number} is pruned.", value=trial.number)

        self.app.push_screen(ConfirmPrune(trial.number), answer)

    def action_raise_limits(self) -> None:
        """Give it more trials, or more time; where nobody is at work on it, it goes on with them."""
        if self.study is None:
            return

        def answer(limits: LimitsOfSearch | None) -> None:
            if limits is None:
                return
            also: dict[str, Value] = {"budget_s": limits.budget_s}
            if self.ask("raise", "The limits are changed.", value=limits.trials, also=also) and not self.is_at_work:
                self.action_go_on()

        self.app.push_screen(SearchLimitsScreen(self.study, goes_on=not self.is_at_work), answer)

    def open_run(self, name: str) -> None:
        """Open a trial. Its name comes from a file: it names a folder beside that file, or nothing."""
        if name in ("", ".", "..") or Path(name).name != name:
            return
        self.post_message(RunChosen(self.folder / name))

    def action_show_output(self) -> None:
        """What the supervisor printed."""
        self.app.push_screen(OutputScreen(self.folder, self._services.study_output(self.folder), "supervisor.log"))
