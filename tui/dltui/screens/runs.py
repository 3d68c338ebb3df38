"""The runs: a table that keeps itself up to date, sorted, filtered, as a tree, and a look at one of them."""

import time
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import DataTable, Input, Static
from textual.worker import get_current_worker

from dltui.catalog.family import Member, Parents, flat, parents_of, tree
from dltui.catalog.filter import EVERYTHING, parse_filter
from dltui.catalog.order import COLUMNS, Order, ordered
from dltui.catalog.summary import GUIDE, STUDIES, RunSummary
from dltui.charts.run_colours import run_look
from dltui.diagnosis.finding import Verdict
from dltui.errors import FilterError
from dltui.messages import (
    CatalogChanged,
    CompareWanted,
    GpusLookedAt,
    GuideChosen,
    NewGuideWanted,
    NewRunWanted,
    NewSearchWanted,
    RunChanged,
    RunChosen,
    StudyChosen,
)
from dltui.screens.followed_run import FollowedRun
from dltui.screens.paced import Paced
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.gpu_users import gpu_users_text
from dltui.widgets.run_footer import RunFooter
from dltui.widgets.run_preview import RunPreview
from dltui.widgets.runs_line import runs_line
from dltui.widgets.runs_table import RunsTable

REFRESH_EVERY_S = 1.0
GPUS_EVERY_S = 5.0
PREVIEW_AFTER_S = 0.15
"""The cursor rests this long on a run before its log is opened: holding an arrow key opens none on the way."""
DRAW_EVERY_S = 0.5
NO_RUNS = "No runs here yet. Press n to start a training."
NO_LOGS = "Nothing here yet. A log is shown as soon as there is one."
NO_MATCH = "No run matches. Esc clears the filter."
FEW_MARKS = "Mark two or more runs with space, then c compares them."
LEFT_OUT_FIRST = ("sort(1)", "compare", "toggle_mark")
FILTER_HINT = "words  -not  a|b  *glob*  /regex/  state:running format:csv verdict:overfitting"


class RunsScreen(Screen[None]):
    """Lists the trainings that ``services`` lists."""

    TITLE = "runs"
    AUTO_FOCUS = "#table"
    BINDINGS = [
        Binding("enter", "open_selected", "Open", priority=True),
        Binding("n", "new_run", "New run"),
        Binding("g", "new_guide", "Guide", tooltip="Let the guide tune a task in six steps"),
        Binding("s", "new_search", "Search", tooltip="Search hyperparameters, or let the doctor tune a task"),
        Binding(
            "slash",
            "filter",
            "Filter",
            key_display="/",
            tooltip="Filter: words, globs, /regex/, state:running",
            priority=True,  # at once: what is typed right behind it is for the filter
        ),
        Binding("space", "toggle_mark", "Mark", tooltip="Mark the run under the cursor for a comparison, or not"),
        Binding("c", "compare", "Compare", tooltip="Compare the marked runs"),
        Binding("u", "unmark_all", "Unmark all", show=False),
        Binding("less_than_sign", "sort(-1)", "Sort by the column before", key_display="<", show=False),
        Binding("greater_than_sign", "sort(1)", "Sort", key_display="< >", tooltip="Sort by the next column"),
        Binding("r", "reverse", "Reverse the order", show=False),
        Binding("t", "toggle_tree", "Runs beneath the run that they came from, or each by itself", show=False),
        Binding("escape", "clear_filter", "Clear the filter", show=False),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._lister = services.lister()
        self._runs: tuple[RunSummary, ...] = ()
        self._filter = EVERYTHING
        self._order = Order()
        self._parents: Parents = {}
        self._is_tree = True
        self._marks: list[Path] = []
        self._is_listing = False
        self._has_listed = False
        self._followed: FollowedRun | None = None
        self._preview_timer: Timer | None = None
        self._refresh_timer: Timer | None = None
        self._gpu_timer: Timer | None = None
        self._drawing = Paced(self, DRAW_EVERY_S, self._draw_preview)

    def compose(self) -> ComposeResult:
        yield Static(id="where")
        yield Static(id="gpus")
        with Horizontal(id="filter-line"):
            yield Input(placeholder=FILTER_HINT, id="filter", compact=True)
            yield Static(id="filter-trouble")
        with Horizontal(id="runs"):
            yield RunsTable(id="table")
            yield RunPreview()
        yield Static(id="nothing")
        yield RunFooter(left_out_first=LEFT_OUT_FIRST)

    def on_mount(self) -> None:
        self._show_filter(False)
        texts = self._services.texts()
        self._table.words = {str(verdict): texts.verdict(verdict) for verdict in Verdict}
        self._table.focus()
        self.query_one("#gpus").display = False
        self._refresh_timer = self.set_interval(REFRESH_EVERY_S, self.list_runs)
        self._gpu_timer = self.set_interval(GPUS_EVERY_S, self.look_at_gpus)
        self.list_runs()

    def on_screen_suspend(self) -> None:
        for timer in (self._refresh_timer, self._gpu_timer):
            if timer is not None:
                timer.pause()
        self._unfollow()

    def on_screen_resume(self) -> None:
        if self._gpu_timer is not None:
            self._gpu_timer.resume()
        if self._refresh_timer is not None:
            self._refresh_timer.resume()
            self.list_runs()
            self._preview_soon()

    def on_unmount(self) -> None:
        self._unfollow()

    @property
    def _table(self) -> RunsTable:
        return self.query_one("#table", RunsTable)

    @property
    def _selected_run(self) -> RunSummary | None:
        """What is under the cursor."""
        selected = self._table.selected
        return next((run for run in self._runs if run.folder == selected), None)

    def list_runs(self) -> None:
        """Read the list again, in a thread; a slow disk is not asked a second time before it has answered."""
        if not self._is_listing:
            self._is_listing = True
            self._list_runs()

    @work(thread=True, exclusive=True, group="catalog")
    def _list_runs(self) -> None:
        worker = get_current_worker()
        try:
            runs = self._lister.refresh()
        finally:
            self._is_listing = False
        if not worker.is_cancelled:
            self.post_message(CatalogChanged(runs))

    @on(CatalogChanged)
    def _take_list(self, event: CatalogChanged) -> None:
        self._runs = event.runs
        if not self._has_listed:  # before, no process could be told which run it belongs to
            self._has_listed = True
            self.look_at_gpus()
        self._parents = parents_of(event.runs, self._services.places.runs)
        self._show_list()

    @work(thread=True, exclusive=True, group="gpus")
    def look_at_gpus(self) -> None:
        """See who is on the GPUs, in a thread: a driver may take its time."""
        worker = get_current_worker()
        users = self._services.gpu_users(self._runs)
        if not worker.is_cancelled:
            self.post_message(GpusLookedAt(users))

    @on(GpusLookedAt)
    def _take_gpus(self, event: GpusLookedAt) -> None:
        if event.users is None and self._gpu_timer is not None:
            self._gpu_timer.stop()  # none will come
            self._gpu_timer = None
        line = self.query_one("#gpus", Static)
        line.display = bool(event.users)
        if event.users:
            line.update(gpu_users_text(event.users))

    @on(Input.Changed, "#filter")
    def _narrow(self, event: Input.Changed) -> None:
        """Take the filter that is typed; while it makes no sense the one before it stays."""
        trouble = ""
        try:
            self._filter = parse_filter(event.value)
        except FilterError as error:
            trouble = str(error)
        self.query_one("#filter-trouble", Static).update(Content(safe_text(trouble)))
        self._show_list()

    def _show_list(self) -> None:
        shown = ordered(filter(self._filter.matches, self._runs), self._order)
        marks = {path: run_look(at) for at, path in enumerate(self._marks)}
        self._table.show(self._placed(shown), self._order, marks, now())
        where = str(self._services.places)
        line = runs_line(self._runs, len(shown), len(self._marks), where, self._lister.limit)
        self.query_one("#where", Static).update(line)
        self._show_nothing(not shown)
        self._follow_guide()

    def _follow_guide(self) -> None:
        """Look at the trial that stands for the guide, or the search, under the cursor now."""
        run = self._selected_run
        shown = self._followed.folder if self._followed is not None else None
        if run is not None and run.format in (GUIDE, *STUDIES) and run.curve != shown:
            self._preview_soon()

    def _placed(self, shown: list[RunSummary]) -> list[Member]:
        return (tree if self._is_tree else flat)(shown, self._parents)

    def _show_nothing(self, is_empty: bool) -> None:
        nothing = self.query_one("#nothing", Static)
        nothing.display = is_empty
        self.query_one("#runs").display = not is_empty
        if not is_empty and self.focused is None:  # it was hidden, and lost the focus by that
            self._table.focus()
        none_yet = NO_RUNS if self._services.places.runs is not None else NO_LOGS
        nothing.update(Content(NO_MATCH if self._runs else none_yet))

    @on(RunsTable.CursorMoved)
    def _preview_soon(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(PREVIEW_AFTER_S, self.preview_selected)

    def preview_selected(self) -> None:
        """Open the run under the cursor for a look."""
        run = self._selected_run
        folder = run.curve if run is not None else self._table.selected
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
            parent = self._parents.get(self._followed.folder)
            before = parent.manifest.hparams if parent is not None and parent.manifest is not None else None
            self.query_one(RunPreview).show(self._followed.folder, self._followed.state, before)

    def _tell_list(self, followed: FollowedRun) -> None:
        """Let the list know of a log that it did not read itself, because it is long."""
        run = next((run for run in self._runs if run.folder == followed.folder), None)
        if run is not None and not run.verdict and followed.is_readable and followed.diagnosed is None:
            followed.diagnose()
            if followed.diagnosed is not None:
                self._services.note(followed.folder, followed.state, str(followed.diagnosed.diagnosis.verdict))

    @on(DataTable.RowSelected)
    def _open_clicked(self) -> None:
        self.action_open_selected()

    @on(RunsTable.ColumnChosen)
    def _sort_by(self, event: RunsTable.ColumnChosen) -> None:
        self._sort(self._order.by("epoch" if event.key == "step" else event.key))

    def _sort(self, order: Order) -> None:
        self._order = order
        self._show_list()

    def action_sort(self, by: int) -> None:
        """Sort by the column beside the present one."""
        names = list(COLUMNS)
        self._sort(Order(names[(names.index(self._order.column) + by) % len(names)]))

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._sort(Order(self._order.column, not self._order.reverse))

    def action_toggle_tree(self) -> None:
        """As a tree, or each run by itself."""
        self._is_tree = not self._is_tree
        self._show_list()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter a slash is a slash."""
        return not (action == "filter" and self.focused is self.query_one("#filter", Input))

    def action_open_selected(self) -> None:
        """Open the run under the cursor; while a filter is typed, go on to what it left."""
        if self.focused is self.query_one("#filter", Input):
            self._table.focus()
        elif self._table.selected is not None:
            self._table.keep_cursor()
            run = self._selected_run
            format = run.format if run is not None else ""
            chosen = GuideChosen if format == GUIDE else StudyChosen if format in STUDIES else RunChosen
            self.post_message(chosen(self._table.selected))

    def action_toggle_mark(self) -> None:
        """Mark the run under the cursor, or take its mark away, and go on to the next."""
        path = self._table.selected
        if path is None:
            return
        self._table.keep_cursor()
        if path in self._marks:
            self._marks.remove(path)
        else:
            self._marks.append(path)
        self._show_list()
        self._table.action_cursor_down()

    def action_unmark_all(self) -> None:
        """Take all marks away."""
        self._marks = []
        self._show_list()

    def action_compare(self) -> None:
        """Compare the marked runs that are still there."""
        there = {run.folder: run.curve for run in self._runs}
        marked = tuple(curve for path in self._marks if (curve := there.get(path)) is not None)
        if len(marked) < 2:
            self.notify(FEW_MARKS, severity="warning")
        else:
            self.post_message(CompareWanted(marked))

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self._show_filter(True)
        self.set_focus(self.query_one("#filter", Input))

    def action_clear_filter(self) -> None:
        """Show all runs again."""
        self.query_one("#filter", Input).value = ""
        self._show_filter(False)
        self._table.focus()

    def _show_filter(self, is_shown: bool) -> None:
        self.query_one("#filter-line").display = self.query_one("#filter", Input).display = is_shown

    def action_new_guide(self) -> None:
        """Open the dialog; the guide that it starts is shown."""
        self.post_message(NewGuideWanted())

    def action_new_search(self) -> None:
        """Open the dialog; the search that it starts is shown."""
        self.post_message(NewSearchWanted())

    def action_new_run(self) -> None:
        """Open the form; what it starts is opened."""
        self.post_message(NewRunWanted())


def now() -> float:
    """Unix seconds."""
    return time.time()
