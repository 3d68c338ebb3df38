"""A list of runs with a look at the one under the cursor: its log is followed, and drawn beside the list."""

from textual import on
from textual.timer import Timer

from dltui.catalog.summary import GUIDE, STUDIES, RunSummary
from dltui.messages import RunChanged
from dltui.screens.followed_run import FollowedRun
from dltui.screens.listed import ListedScreen
from dltui.screens.paced import Paced
from dltui.services import Services
from dltui.widgets.run_preview import RunPreview
from dltui.widgets.runs_table import RunsTable

PREVIEW_AFTER_S = 0.15
"""The cursor rests this long on a run before its log is opened: holding an arrow key opens none on the way."""


class PreviewedScreen(ListedScreen):
    """Follows the run under the cursor while the screen is on top. It is drawn once in ``draw_every_s`` at most.

    It expects a :class:`RunsTable` with the id ``table``, and a :class:`RunPreview`.
    """

    def __init__(self, services: Services, draw_every_s: float) -> None:
        super().__init__(services)
        self._followed: FollowedRun | None = None
        self._preview_timer: Timer | None = None
        self._drawing = Paced(self, draw_every_s, self._draw_preview)

    def on_screen_suspend(self) -> None:
        self._unfollow()

    def on_screen_resume(self) -> None:
        if self.runs:
            self._preview_soon()

    def on_unmount(self) -> None:
        self._unfollow()

    @property
    def table(self) -> RunsTable:
        """The table of the runs."""
        return self.query_one("#table", RunsTable)

    @property
    def selected_run(self) -> RunSummary | None:
        """What is under the cursor."""
        selected = self.table.selected
        return next((run for run in self.runs if run.folder == selected), None)

    def follow_trial(self) -> None:
        """Look at the trial that stands for the guide, or the search, under the cursor now."""
        run = self.selected_run
        shown = self._followed.folder if self._followed is not None else None
        if run is not None and run.format in (GUIDE, *STUDIES) and run.curve != shown:
            self._preview_soon()

    @on(RunsTable.CursorMoved)
    def _preview_soon(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(PREVIEW_AFTER_S, self.preview_selected)

    def preview_selected(self) -> None:
        """Open the run under the cursor for a look."""
        run = self.selected_run
        folder = run.curve if run is not None else self.table.selected
        if self.app.screen is not self or (self._followed and self._followed.folder == folder):
            return
        self._unfollow()
        self.query_one(RunPreview).clear()
        if folder is not None:
            self._followed = FollowedRun(self._services, folder, self)

    def _unfollow(self) -> None:
        if self._followed is not None:
            self._followed.close()
            self._followed = None

    @on(RunChanged)
    def _take(self, event: RunChanged) -> None:
        followed = self._followed
        if followed is None or followed.folder != event.folder:
            return
        followed.take(event.update)
        self._drawing.soon()
        self._tell_list(followed)

    def _draw_preview(self) -> None:
        if self._followed is not None and self.is_mounted:
            parent = self.parents.get(self._followed.folder)
            before = parent.manifest.hparams if parent is not None and parent.manifest is not None else None
            self.query_one(RunPreview).show(self._followed.folder, self._followed.state, before)

    def _tell_list(self, followed: FollowedRun) -> None:
        """Let the list know of a log that it did not read itself, because it is long."""
        run = next((run for run in self.runs if run.folder == followed.folder), None)
        if run is not None and not run.verdict and followed.is_readable and followed.diagnosed is None:
            followed.diagnose()
            if followed.diagnosed is not None:
                self._services.note(followed.folder, followed.state, str(followed.diagnosed.diagnosis.verdict))
