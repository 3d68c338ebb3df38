"""What a person can ask of the search that a screen shows: pause, prune, more trials, stop, go on."""

from collections.abc import Sequence

from textual.binding import Binding

from dltui.screens.asked import AskedScreen
from dltui.screens.output import OutputScreen
from dltui.screens.search_confirm import ConfirmPrune, ConfirmStopSearch, PruneChoice
from dltui.screens.search_limits import LimitsOfSearch, SearchLimitsScreen
from dltui.search.drawing.values import count_of
from dltui.search.study.follow import StudySeen
from dltui.search.study.records import Answered
from dltui.search.study.study import Study, TrialEntry, TrialState
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


class AskedSearchScreen(AskedScreen[StudySeen]):
    """Shows the study in ``folder`` and tells it what to do."""

    called = "search"
    offered = ("pause", "resume", "go_on", "raise_limits", "prune", "stop", "open", "train", "go_to_best")

    @property
    def study(self) -> Study | None:
        """The study, None while nothing of it could be read."""
        return self.seen.study if self.seen is not None else None

    @property
    def selected(self) -> TrialEntry | None:
        """The trial under the cursor."""
        return None

    @property
    def answers(self) -> Sequence[Answered]:
        """What the supervisor answered."""
        return self.study.answers if self.study is not None else ()

    @property
    def is_paused(self) -> bool:
        """Whether the supervisor lets its trials stand still."""
        supervised = self.study.supervised if self.study is not None else None
        return supervised is not None and supervised.status == "paused"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done is not offered, or shown dim where it depends on the trial."""
        if self.study is None or self.seen is None:
            return action not in {binding.action for binding in SEARCH_KEYS}
        match action:
            case "raise_limits":
                return not self.seen.trouble
            case "prune":
                is_running = self.selected is not None and not self.selected.state.has_ended
                return (is_running or None) if self.is_at_work else False
        return super().check_action(action, parameters)

    def go_on(self) -> None:
        """Start a supervisor that goes on where the last one ended. Raises :class:`DltuiError`."""
        self._services.go_on_with_study(self.folder)

    def stop_question(self) -> ConfirmStopSearch:
        """Return what is asked before it is stopped, with what becomes of the trials at work."""
        trials = self.study.trials if self.study is not None else []
        return ConfirmStopSearch(self.folder.name, count_of(trials, TrialState.RUNNING))

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
            if limits is not None:
                also: dict[str, Value] = {"budget_s": limits.budget_s}
                self.ask_and_go_on("raise", "The limits are changed.", value=limits.trials, also=also)

        self.app.push_screen(SearchLimitsScreen(self.study, goes_on=not self.is_at_work), answer)

    def action_show_output(self) -> None:
        """What the supervisor printed."""
        self.app.push_screen(OutputScreen(self.folder, self._services.study_output(self.folder), "supervisor.log"))
