"""Which screen opens which, and where one is left to. What a screen wants comes as a message.

A message may come twice, from a key that was pressed twice: each is heard only over the screen that can have sent it.
A screen is imported when it is opened first.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App
from textual.screen import Screen

from dltui.messages import (
    CompareWanted,
    GuideChosen,
    GuideLeft,
    NewGuideWanted,
    NewRunWanted,
    NewSearchWanted,
    ReplayLeft,
    ReplayWanted,
    RunChosen,
    RunLeft,
    RunStarted,
    StudyChosen,
    StudyLeft,
    TrainLongWanted,
)
from dltui.services import Services
from dltui.text import safe_text

if TYPE_CHECKING:
    from dltui.replay.player import ReplayStart
    from dltui.runs.launch import Launched


class NavigatedApp(App[None]):
    """Opens what screens ask for, over them or in their place."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self._seen: set[Path] = set()
        """The runs, guides and studies that were shown."""
        self._launched: list[Launched] = []
        """The trainings that were started here, with their processes."""

    @property
    def _is_at_runs(self) -> bool:
        """Whether the list of runs is on top."""
        from dltui.screens.runs import RunsScreen

        return isinstance(self.screen, RunsScreen)

    def open_run(self, folder: Path, instead: bool = False, origin: Path | None = None) -> None:
        """Show a run; ``instead``: in the place of the one that is shown. ``origin``: what it came from, if known."""
        from dltui.screens.run import RunScreen

        self._seen.add(folder)
        screen = RunScreen(self.services, folder, origin)
        if instead and isinstance(self.screen, RunScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def open_comparison(self, paths: Sequence[Path]) -> None:
        """Show runs laid over each other."""
        from dltui.screens.compare import CompareScreen

        self.push_screen(CompareScreen(self.services, paths))

    def open_guide(self, folder: Path) -> None:
        """Show a guide."""
        from dltui.screens.guide import GuideScreen

        self._seen.add(folder)
        self.push_screen(GuideScreen(self.services, folder))

    def open_study(self, folder: Path) -> None:
        """Show a search, or a tuning."""
        from dltui.screens.search import SearchScreen

        self._seen.add(folder)
        self.push_screen(SearchScreen(self.services, folder))

    def open_replay(self, path: Path, start: "ReplayStart | None" = None) -> None:
        """Play a run again."""
        from dltui.screens.replay import ReplayScreen

        self.push_screen(ReplayScreen(self.services, path, start))

    def warn(self, launched: "Launched") -> None:
        """Tell what is doubtful about a training that was started."""
        for warning in launched.warnings:
            self.notify(warning, severity="warning", timeout=10, markup=False)

    @on(RunChosen)
    def _open_chosen(self, event: RunChosen) -> None:
        """Open it; a run gives way to the one that it came from."""
        from dltui.screens.run import RunScreen

        if lists_runs(self.screen):
            self.open_run(event.folder)
        elif isinstance(self.screen, RunScreen) and self.screen.folder != event.folder:
            self.open_run(event.folder, instead=True)

    @on(RunStarted)
    def _open_started(self, event: RunStarted) -> None:
        """Show the training that was started, in the place of the run that it came from."""
        self._launched.append(event.launched)
        self.open_run(event.launched.folder, instead=True, origin=event.origin)
        self.warn(event.launched)

    @on(RunLeft)
    def _leave_run(self) -> None:
        """Go back to the list of runs, which was not opened yet if a run was shown first, or to the comparison, the
        guide or the search.

        A key that comes twice asks again before the run is gone; then there is nothing left to leave.
        """
        from dltui.screens.run import RunScreen
        from dltui.screens.runs import RunsScreen

        if self._is_at_runs or not (isinstance(self.screen, RunScreen) or lists_runs(self.screen)):
            return
        if any(lists_runs(screen) for screen in self.screen_stack[:-1]):
            self.pop_screen()
        else:
            self.switch_screen(RunsScreen(self.services))

    @on(CompareWanted)
    def _open_compared(self, event: CompareWanted) -> None:
        """Lay the marked runs over each other."""
        if self._is_at_runs:
            self.open_comparison(event.paths)

    @on(GuideChosen)
    def _open_chosen_guide(self, event: GuideChosen) -> None:
        if self._is_at_runs:
            self.open_guide(event.folder)

    @on(GuideLeft)
    def _leave_guide(self) -> None:
        """Go back to the list of runs."""
        from dltui.screens.guide import GuideScreen

        if isinstance(self.screen, GuideScreen):
            self._leave_run()

    @on(StudyChosen)
    def _open_chosen_study(self, event: StudyChosen) -> None:
        if self._is_at_runs:
            self.open_study(event.folder)

    @on(StudyLeft)
    def _leave_study(self) -> None:
        """Go back to the list of runs."""
        from dltui.screens.search import SearchScreen

        if isinstance(self.screen, SearchScreen):
            self._leave_run()

    @on(ReplayWanted)
    def _play_again(self, event: ReplayWanted) -> None:
        """Play the run again that is shown."""
        from dltui.screens.replay import ReplayScreen
        from dltui.screens.run import RunScreen

        if isinstance(self.screen, RunScreen) and not isinstance(self.screen, ReplayScreen):
            self.open_replay(event.folder)

    @on(ReplayLeft)
    def _leave_replay(self) -> None:
        """Go back to the run that was played again; to the list of runs if a replay was shown first."""
        from dltui.screens.replay import ReplayScreen
        from dltui.screens.run import RunScreen

        if not isinstance(self.screen, ReplayScreen):
            return
        if isinstance(self.screen_stack[-2], RunScreen):
            self.pop_screen()
        else:
            self._leave_run()

    @on(NewRunWanted)
    def _open_form(self) -> None:
        from dltui.screens.new_run import NewRunScreen

        if self._is_at_runs:
            self.push_screen(NewRunScreen(self.services), self._started)

    @on(TrainLongWanted)
    def _open_long_form(self, event: TrainLongWanted) -> None:
        """Open the form for a training with what a trial had; what it starts is opened over the search."""
        from dltui.screens.new_run import NewRunScreen
        from dltui.screens.search import SearchScreen
        from dltui.search.space.rules import as_settings
        from dltui_trainers.errors import TrainerError

        if not isinstance(self.screen, SearchScreen):
            return
        try:
            form = NewRunScreen(self.services, event.task, as_settings(event.settings), event.source)
        except TrainerError as error:
            self.notify(safe_text(str(error)), severity="error", timeout=10, markup=False)
        else:
            self.push_screen(form, self._started)

    def _started(self, launched: "Launched | None") -> None:
        if launched is not None:
            self._launched.append(launched)
            self.open_run(launched.folder)
            self.warn(launched)

    @on(NewGuideWanted)
    def _open_guide_form(self) -> None:
        from dltui.screens.new_guide import NewGuideScreen

        if self._is_at_runs:
            self.push_screen(NewGuideScreen(self.services), self._guide_started)

    def _guide_started(self, folder: Path | None) -> None:
        if folder is not None:
            self.open_guide(folder)

    @on(NewSearchWanted)
    def _open_search_form(self) -> None:
        from dltui.screens.new_search import NewSearchScreen

        if self._is_at_runs:
            self.push_screen(NewSearchScreen(self.services), self._search_started)

    def _search_started(self, folder: Path | None) -> None:
        if folder is not None:
            self.open_study(folder)


def lists_runs(screen: Screen[Any]) -> bool:
    """Return whether runs are opened from that screen: the list, a comparison, a guide or a search."""
    from dltui.screens.compare import CompareScreen
    from dltui.screens.guide import GuideScreen
    from dltui.screens.runs import RunsScreen
    from dltui.screens.search import SearchScreen

    return isinstance(screen, RunsScreen | CompareScreen | GuideScreen | SearchScreen)
