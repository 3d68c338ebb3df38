"""Several runs laid over each other: their curves in one chart, their numbers, and where their settings differ."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Footer, Static

from dltui.charts.of_runs import Metric, ShownRun, drawn_runs, known_metrics, runs_charts, runs_span
from dltui.charts.run_colours import MOST_CURVES
from dltui.charts.run_view import Span
from dltui.charts.spec import ChartSpec
from dltui.compare.differences import differing, hparam_rows, remarks, summary
from dltui.compare.tables import ComparedRun, hparams_table, runs_table
from dltui.messages import RunChanged, RunChosen, RunLeft
from dltui.screens.charted import CHART_KEYS, SMALL_CHARTS, ChartedScreen
from dltui.screens.compared_runs import ComparedRuns
from dltui.screens.paced import Paced
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.chart_view import ChartView
from dltui.widgets.sheet_view import SheetView

REDRAW_EVERY_S = 0.2
DIAGNOSE_EVERY_S = 1.0
ROOMY_COLUMNS = 100
ALL_HIDDEN = "every run is hidden or cannot be read; h shows the one under the cursor"


class CompareScreen(ChartedScreen):
    """Follows the logs at ``paths`` while the screen lives; one that is named twice is shown once."""

    TITLE = "compare"
    BINDINGS = [
        Binding("escape", "back", "Back", tooltip="Put the cursor away, then the zoom, then go back"),
        Binding("enter", "open_run", "Open", tooltip="Open the run under the cursor"),
        Binding("h", "toggle_hidden", "Hide", tooltip="Hide the run under the cursor, or show it again"),
        Binding("b", "toggle_baseline", "Hold the losses against that of the run under the cursor, or not", show=False),
        Binding("a", "toggle_all", "Settings", tooltip="All hyperparameters, or those that differ"),
        Binding("tab", "next_chart(1)", "The next metric in the large chart", show=False),
        Binding("shift+tab", "next_chart(-1)", "The metric before", show=False),
        Binding("up", "move_row(-1)", "The run above", show=False),
        Binding("down", "move_row(1)", "The run below", show=False),
        Binding("pageup", "scroll_settings(-4)", "Scroll the hyperparameters up", show=False),
        Binding("pagedown", "scroll_settings(4)", "Scroll the hyperparameters down", show=False),
        *CHART_KEYS,
    ]

    all_settings: reactive[bool] = reactive(False, init=False)

    def __init__(self, services: Services, paths: Sequence[Path]) -> None:
        super().__init__()
        self._services = services
        self._paths = tuple(paths)
        self._runs: ComparedRuns | None = None
        self._baseline: int | None = None
        self._drawing = Paced(self, REDRAW_EVERY_S, self._draw)

    def compose(self) -> ComposeResult:
        yield Static(classes="first-line", id="compared")
        yield Static(id="notice")
        yield ChartView(id="big")
        with Horizontal(id="small"):
            for index in range(SMALL_CHARTS):
                yield ChartView(id=f"small-{index}", classes="small-chart")
        with Container(id="tables"):
            yield SheetView(id="runs-sheet")
            with Vertical(id="settings"):
                yield Static(id="settings-title")
                yield SheetView(id="settings-sheet", counts_columns=True)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._runs = ComparedRuns(self._services, self._paths, self, DIAGNOSE_EVERY_S, self._drawing.soon)
        self.query_one("#runs-sheet", SheetView).cursor = 0
        self._draw()

    def on_unmount(self) -> None:
        if self._runs is not None:
            self._runs.close()

    def on_resize(self, event: events.Resize) -> None:
        """Let the keys move together where they would not fit otherwise."""
        self.query_one(Footer).compact = event.size.width < ROOMY_COLUMNS

    def on_screen_resume(self) -> None:
        self._drawing.soon()

    @on(RunChanged)
    def _take(self, event: RunChanged) -> None:
        if self._runs is not None and self._runs.take(event):
            self._drawing.soon()

    def _draw(self) -> None:
        """Draw everything, unless another screen lies over this one."""
        if not self.is_mounted or not self.is_current:
            return
        with self.app.batch_update():
            self.show_charts()

    def show_charts(self) -> None:
        super().show_charts()
        metrics = self._metrics
        for index in range(SMALL_CHARTS):
            _show_if(self.query_one(f"#small-{index}", ChartView), index < len(metrics) - 1)
        _show_if(self.query_one("#small"), len(metrics) > 1)
        self._show_tables()

    @property
    def _shown(self) -> list[ShownRun]:
        return self._runs.shown if self._runs is not None else []

    @property
    def _metrics(self) -> tuple[Metric, ...]:
        return known_metrics(self._shown)

    @property
    def _metric(self) -> Metric:
        metrics = self._metrics
        return metrics[min(self.view.big, len(metrics) - 1)]

    def chart_specs(self) -> list[ChartSpec]:
        """Return a chart for each metric that a run has, with all runs that are not hidden."""
        if self._runs is None:
            return []
        shown = self._shown
        specs = runs_charts(shown, self.view, known_metrics(shown))
        return specs if shown else [replace(spec, empty=ALL_HIDDEN) for spec in specs]

    def whole_span(self) -> Span:
        """Return the x axis that has room for all of them."""
        return runs_span(drawn_runs(self._shown), self.view.axis)

    def last_x(self) -> float:
        """Return how far the longest of them has come."""
        return self._runs.last_x(self.view.axis) if self._runs is not None else 0.0

    def smooth_with(self, weight: float) -> None:
        """Smooth all training losses with that weight."""
        if self._runs is not None:
            self._runs.smooth_with(weight)

    def _show_tables(self) -> None:
        if self._runs is None:
            return
        runs, x = self._runs.compared, self.view.cursor
        at_cursor = None if x is None else self._runs.at_cursor(self._metric, self.view.axis, x)
        columns = runs_table(runs, self._services.texts(), at_cursor, self._baseline)
        unread = {at: run.trouble for at, run in enumerate(runs) if run.trouble and run.facts is None}
        self._say("#compared", self._first_line(len(runs)))
        self._show_notice([*remarks([run.facts for run in runs]), *self._not_drawn(), *_troubles(runs)])
        self.query_one("#runs-sheet", SheetView).show(lambda width: columns, len(runs), unread)
        self._show_settings(runs)

    def _first_line(self, runs: int) -> Content:
        """How many runs, and the metrics with the keys that make them large."""
        line = Content.assemble(("compare", "bold $primary"), f"  {runs} runs ")
        for number, metric in enumerate(self._metrics, start=1):
            chosen = metric is self._metric
            line += Content.assemble(
                "  ",
                (f"{number}", "bold $accent"),
                (f" {metric.short}", "bold underline" if chosen else "$foreground 70%"),
            )
        return line

    def _not_drawn(self) -> list[str]:
        """The sentence that tells which run to hide in order to see another one, where there are too many."""
        shown = self._shown
        drawn = drawn_runs(shown)
        left_out = [run.look for run in shown if run not in drawn]
        if not left_out:
            return []
        instead = next(run.look.letter for run in drawn if run.look.style is left_out[0].style)
        return [f"The charts show at most {MOST_CURVES} runs: hide {instead} (h) to see {left_out[0].letter}."]

    def _show_notice(self, sentences: list[str]) -> None:
        self.query_one("#notice", Static).display = bool(sentences)
        self._say("#notice", Content.styled(safe_text("! " + "  ".join(sentences)), "$text-warning"))

    def _say(self, where: str, line: Content) -> None:
        """Write a line, unless it stands there: a terminal is sent nothing that it shows already."""
        static = self.query_one(where, Static)
        if not (isinstance(static.visual, Content) and static.visual.is_same(line)):
            static.update(line)

    def _show_settings(self, runs: list[ComparedRun]) -> None:
        told = [run.facts.hparams if run.facts else {} for run in runs]
        every = hparam_rows(told)
        rows = every if self.all_settings else differing(every)
        title = summary([run.look.letter for run in runs], told, every)
        self._say("#settings-title", Content.styled(safe_text(title), "$text-muted"))
        sheet = self.query_one("#settings-sheet", SheetView)
        sheet.display = bool(rows)
        sheet.show(partial(hparams_table, runs, rows), len(rows))

    @property
    def _cursor(self) -> int:
        return self.query_one("#runs-sheet", SheetView).cursor or 0

    def action_move_row(self, by: int) -> None:
        """The run above or below."""
        self.query_one("#runs-sheet", SheetView).cursor = min(max(self._cursor + by, 0), len(self._runs or ()) - 1)

    @on(SheetView.RowPointed)
    def _point_row(self, event: SheetView.RowPointed) -> None:
        sheet = self.query_one("#runs-sheet", SheetView)
        if event.sheet is not sheet:
            return
        sheet.cursor = event.row
        if event.chosen:
            self.action_open_run()

    def action_open_run(self) -> None:
        """Open the run under the cursor."""
        if self._runs is not None:
            self.post_message(RunChosen(self._runs.path(self._cursor)))

    def action_toggle_hidden(self) -> None:
        """Take the run under the cursor off the charts, or put it back."""
        if self._runs is not None:
            self._runs.toggle(self._cursor)
            self.show_charts()

    def action_toggle_baseline(self) -> None:
        """Tell how far the losses are from that of the run under the cursor, or no longer."""
        self._baseline = None if self._baseline == self._cursor else self._cursor
        self.show_charts()

    def action_toggle_all(self) -> None:
        """All hyperparameters, or those that differ."""
        self.all_settings = not self.all_settings

    def watch_all_settings(self) -> None:
        """Show the others."""
        self.query_one("#settings-sheet", SheetView).first = 0
        self.show_charts()

    def action_scroll_settings(self, by: int) -> None:
        """Show later hyperparameters, or earlier ones."""
        self.query_one("#settings-sheet", SheetView).scroll_rows(by)

    def action_next_chart(self, by: int) -> None:
        """The next metric in the large chart."""
        metrics = self._metrics
        self.view = replace(self.view, big=(metrics.index(self._metric) + by) % len(metrics))

    def action_back(self) -> None:
        """Put the cursor away, then the zoom, then leave."""
        if self.view.cursor is not None:
            self.action_clear_cursor()
        elif self.view.window is not None:
            self.action_zoom_all()
        else:
            self.post_message(RunLeft())


def _troubles(runs: list[ComparedRun]) -> list[str]:
    """What is no longer as it was with logs that could be read before."""
    return [f"{run.look.letter}: {run.trouble}" for run in runs if run.trouble and run.facts is not None]


def _show_if(widget: Widget, there_is: bool) -> None:
    """Take the widget away where there is nothing to show; else it is there as far as the style sheet has room."""
    if there_is:
        widget.styles.clear_rule("display")
    else:
        widget.display = False
