"""The runs, newest first: a table that keeps itself up to date, a filter, and a look at the one under the cursor."""

import time
from pathlib import Path

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.theme import Theme
from textual.timer import Timer
from textual.widgets import DataTable, Footer, Input, Static
from textual.worker import get_current_worker

from dltui.formatting import ago, known, percent, seconds_of
from dltui.messages import CatalogChanged, NewRunWanted, RunChanged, RunChosen
from dltui.runs.catalog import RunSummary
from dltui.screens.followed_run import FollowedRun
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.run_header import STATUS_COLOURS, STATUS_SIGNS
from dltui.widgets.run_preview import RunPreview

REFRESH_EVERY_S = 1.0
PREVIEW_AFTER_S = 0.15
"""The cursor rests this long on a run before its log is opened: holding an arrow key opens none on the way."""
DRAW_EVERY_S = 0.3
NO_RUNS = "No runs here yet. Press n to start a training."
NO_MATCH = "No run matches. Esc clears the filter."

COLUMNS = ("state", "run", "epoch", "best val", "accuracy", "age")


class RunsScreen(Screen[None]):
    """Lists the runs of ``services.root``."""

    TITLE = "runs"
    BINDINGS = [
        Binding("enter", "open_selected", "Open", priority=True),
        Binding("n", "new_run", "New run"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("escape", "clear_filter", "Clear filter", show=False),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._lister = services.lister()
        self._runs: tuple[RunSummary, ...] = ()
        self._listed: list[Path] = []
        self._followed: FollowedRun | None = None
        self._preview_timer: Timer | None = None
        self._refresh_timer: Timer | None = None
        self._drawn_s = 0.0

    def compose(self) -> ComposeResult:
        yield Static(id="where")
        yield Input(placeholder="words that a run's name, task or state must have", id="filter", compact=True)
        with Horizontal(id="runs"):
            table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=False, id="table")
            yield table
            yield RunPreview()
        yield Static(id="nothing")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        table = self._table
        for name in COLUMNS:
            table.add_column(name, key=name)
        self.query_one("#filter", Input).display = False
        table.focus()
        self._refresh_timer = self.set_interval(REFRESH_EVERY_S, self.list_runs)
        self.list_runs()

    def on_screen_suspend(self) -> None:
        if self._refresh_timer is not None:
            self._refresh_timer.pause()
        self._unfollow()

    def on_screen_resume(self) -> None:
        if self._refresh_timer is not None:
            self._refresh_timer.resume()
            self.list_runs()
            self._preview_soon()

    def on_unmount(self) -> None:
        self._unfollow()

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#table", DataTable)

    @work(thread=True, exclusive=True, group="catalog")
    def list_runs(self) -> None:
        """Read the list again, in a thread."""
        worker = get_current_worker()
        runs = self._lister.refresh()
        if not worker.is_cancelled:
            self.post_message(CatalogChanged(runs))

    @on(CatalogChanged)
    def _take_list(self, event: CatalogChanged) -> None:
        self._runs = event.runs
        self._show_list()

    @on(Input.Changed, "#filter")
    def _narrow(self) -> None:
        self._show_list()

    def _show_list(self) -> None:
        words = self.query_one("#filter", Input).value.lower().split()
        shown = [run for run in self._runs if all(word in _searchable(run) for word in words)]
        folders = [run.folder for run in shown]
        if folders != self._listed:
            self._relist(shown)
        else:
            self._update_cells(shown)
        self._say_where(len(shown))

    def _relist(self, shown: list[RunSummary]) -> None:
        """Fill the table anew; the cursor stays on its run."""
        table = self._table
        selected = self._selected
        self._listed = [run.folder for run in shown]
        table.clear()
        for run in shown:
            table.add_row(*_cells(run, self.app.current_theme), key=str(run.folder))
        if selected in self._listed:
            table.move_cursor(row=self._listed.index(selected), animate=False)
        self._preview_soon()

    def _update_cells(self, shown: list[RunSummary]) -> None:
        table = self._table
        for run in shown:
            row = str(run.folder)
            for column, cell in zip(COLUMNS, _cells(run, self.app.current_theme), strict=True):
                if table.get_cell(row, column) != cell:
                    table.update_cell(row, column, cell, update_width=True)

    def _say_where(self, shown: int) -> None:
        total = len(self._runs)
        of = f"{shown} of {total}" if shown != total else f"{total}"
        running = sum(run.status.alive for run in self._runs)
        at_work = f", {running} at work" if running else ""
        noun = "run" if total == 1 else "runs"
        where = Content.assemble(
            ("dltui", "bold $primary"),
            f"  {of} {noun}{at_work} in ",
            (safe_text(str(self._services.root)), "$text-muted"),
        )
        self.query_one("#where", Static).update(where)
        nothing = self.query_one("#nothing", Static)
        nothing.display = shown == 0
        self.query_one("#runs").display = shown > 0
        empty = (
            "No runs here yet. Press n to start a training." if not total else "No run matches. Esc clears the filter."
        )
        nothing.update(Content(empty))

    @property
    def _selected(self) -> Path | None:
        row = self._table.cursor_row
        return self._listed[row] if 0 <= row < len(self._listed) else None

    @on(DataTable.RowHighlighted)
    def _preview_soon(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(PREVIEW_AFTER_S, self.preview_selected)

    def preview_selected(self) -> None:
        """Open the run under the cursor for a look."""
        folder = self._selected
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
        moment = time.monotonic()
        if not followed.state.loading or moment - self._drawn_s > DRAW_EVERY_S:
            self._drawn_s = moment
            self.query_one(RunPreview).show(followed.folder, followed.state)

    @on(DataTable.RowSelected)
    def _open_clicked(self) -> None:
        self.action_open_selected()

    def action_open_selected(self) -> None:
        """Open the run under the cursor; while a filter is typed, go on to what it left."""
        if self.query_one("#filter", Input).has_focus:
            self._table.focus()
        elif self._selected is not None:
            self.post_message(RunChosen(self._selected))

    def action_filter(self) -> None:
        """Begin to type a filter."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    def action_clear_filter(self) -> None:
        """Show all runs again."""
        field = self.query_one("#filter", Input)
        field.value = ""
        field.display = False
        self._table.focus()

    def action_new_run(self) -> None:
        """Open the form; what it starts is opened."""
        self.post_message(NewRunWanted())


def now() -> float:
    """Unix seconds."""
    return time.time()


def _searchable(run: RunSummary) -> str:
    return f"{run.name} {run.task} {run.status}".lower()


def _cells(run: RunSummary, theme: Theme) -> tuple[Text, ...]:
    """The row of a run. The table measures rich's Text only, so this is where a theme's colour is named by hand."""
    planned = f"/{run.manifest.epochs}" if run.manifest else ""
    started = seconds_of(run.manifest.created) if run.manifest else run.changed
    colour = getattr(theme, STATUS_COLOURS[run.status])
    return (
        Text.assemble((f"{STATUS_SIGNS[run.status]} {run.status}", colour or "")),
        Text(safe_text(run.name)),
        Text(f"{run.epoch // 1:.0f}{planned}", justify="right"),
        Text(known(run.best_val_loss), justify="right"),
        Text(percent(run.val_accuracy), justify="right"),
        Text(ago(now() - started), justify="right"),
    )
