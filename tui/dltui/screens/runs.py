"""The runs as a table: sorted, filtered, as a tree, marked for a comparison; from here all others are opened."""

import time
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import DataTable, Input, Static

from dltui.catalog.family import Member, flat, tree
from dltui.catalog.filter import EVERYTHING, parse_filter
from dltui.catalog.order import COLUMNS, Order, ordered
from dltui.catalog.summary import GUIDE, STUDIES, RunSummary
from dltui.charts.run_colours import run_look
from dltui.diagnosis.finding import Verdict
from dltui.errors import FilterError
from dltui.messages import (
    CompareWanted,
    GuideChosen,
    NewGuideWanted,
    NewRunWanted,
    NewSearchWanted,
    RunChosen,
    StudyChosen,
)
from dltui.screens.previewed import PreviewedScreen
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.run_footer import RunFooter
from dltui.widgets.run_preview import RunPreview
from dltui.widgets.runs_line import runs_line
from dltui.widgets.runs_table import RunsTable

DRAW_EVERY_S = 0.5
NO_RUNS = "No runs here yet. Press n to start a training."
NO_LOGS = "Nothing here yet. A log is shown as soon as there is one."
NO_MATCH = "No run matches. Esc clears the filter."
FEW_MARKS = "Mark two or more runs with space, then c compares them."
LEFT_OUT_FIRST = ("sort(1)", "compare", "toggle_mark")
FILTER_HINT = "words  -not  a|b  *glob*  /regex/  state:running format:csv verdict:overfitting"


class RunsScreen(PreviewedScreen):
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
        super().__init__(services, DRAW_EVERY_S)
        self._filter = EVERYTHING
        self._order = Order()
        self._is_tree = True
        self._marks: list[Path] = []

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
        self.table.words = {str(verdict): texts.verdict(verdict) for verdict in Verdict}
        self.table.focus()

    @on(Input.Changed, "#filter")
    def _narrow(self, event: Input.Changed) -> None:
        """Take the filter that is typed; while it makes no sense the one before it stays."""
        trouble = ""
        try:
            self._filter = parse_filter(event.value)
        except FilterError as error:
            trouble = str(error)
        self.query_one("#filter-trouble", Static).update(Content(safe_text(trouble)))
        self.show_list()

    def show_list(self) -> None:
        """Show what the filter leaves, in order."""
        shown = ordered(filter(self._filter.matches, self.runs), self._order)
        marks = {path: run_look(at) for at, path in enumerate(self._marks)}
        self.table.show(self._placed(shown), self._order, marks, now())
        where = str(self._services.places)
        line = runs_line(self.runs, len(shown), len(self._marks), where, self._lister.limit)
        self.query_one("#where", Static).update(line)
        self._show_nothing(not shown)
        self.follow_trial()

    def _placed(self, shown: list[RunSummary]) -> list[Member]:
        return (tree if self._is_tree else flat)(shown, self.parents)

    def _show_nothing(self, is_empty: bool) -> None:
        nothing = self.query_one("#nothing", Static)
        nothing.display = is_empty
        self.query_one("#runs").display = not is_empty
        if not is_empty and self.focused is None:  # it was hidden, and lost the focus by that
            self.table.focus()
        none_yet = NO_RUNS if self._services.places.runs is not None else NO_LOGS
        nothing.update(Content(NO_MATCH if self.runs else none_yet))

    @on(DataTable.RowSelected)
    def _open_clicked(self) -> None:
        self.action_open_selected()

    @on(RunsTable.ColumnChosen)
    def _sort_by(self, event: RunsTable.ColumnChosen) -> None:
        self._sort(self._order.by("epoch" if event.key == "step" else event.key))

    def _sort(self, order: Order) -> None:
        self._order = order
        self.show_list()

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
        self.show_list()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter a slash is a slash."""
        return not (action == "filter" and self.focused is self.query_one("#filter", Input))

    def action_open_selected(self) -> None:
        """Open the run under the cursor; while a filter is typed, go on to what it left."""
        if self.focused is self.query_one("#filter", Input):
            self.table.focus()
        elif self.table.selected is not None:
            self.table.keep_cursor()
            run = self.selected_run
            format = run.format if run is not None else ""
            chosen = GuideChosen if format == GUIDE else StudyChosen if format in STUDIES else RunChosen
            self.post_message(chosen(self.table.selected))

    def action_toggle_mark(self) -> None:
        """Mark the run under the cursor, or take its mark away, and go on to the next."""
        path = self.table.selected
        if path is None:
            return
        self.table.keep_cursor()
        if path in self._marks:
            self._marks.remove(path)
        else:
            self._marks.append(path)
        self.show_list()
        self.table.action_cursor_down()

    def action_unmark_all(self) -> None:
        """Take all marks away."""
        self._marks = []
        self.show_list()

    def action_compare(self) -> None:
        """Compare the marked runs that are still there."""
        there = {run.folder: run.curve for run in self.runs}
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
        self.table.focus()

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
