"""One run, live or over: its curves, how far it is, its hyperparameters, its machine and what it printed."""

import time
from dataclasses import replace
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Footer, Static

from dltui.charts.of_run import run_charts, whole_span
from dltui.charts.run_view import PAN, ZOOM, RunView
from dltui.errors import ControlError
from dltui.messages import RunChanged, RunLeft
from dltui.screens.confirm import ConfirmStop
from dltui.screens.followed_run import FollowedRun
from dltui.screens.output import OutputScreen
from dltui.services import Services
from dltui.widgets.chart_view import ChartView
from dltui.widgets.facts_panel import FactsPanel
from dltui.widgets.output_panel import OutputPanel
from dltui.widgets.run_facts import run_facts
from dltui.widgets.run_header import RunHeader
from dltui.widgets.run_notice import run_notice

REDRAW_EVERY_S = 0.2
"""At most five drawings a second: an eye follows no more, and a slow line carries no more."""
SMALL_CHARTS = 4
ROOMY_COLUMNS = 80


class RunScreen(Screen[None]):
    """Follows the run in ``folder`` for as long as the screen lives."""

    BINDINGS = [
        Binding("escape", "back", "Runs", tooltip="Put the cursor away, then the zoom, then go to the runs"),
        Binding("s", "smooth(1)", "Smooth", tooltip="Smooth the training loss more"),
        Binding("S", "smooth(-1)", "Smooth less", show=False),
        Binding("y", "toggle_log", "Log", tooltip="Logarithmic or linear y axis"),
        Binding("x", "next_axis", "Axis", tooltip="X axis: step, epoch or time"),
        Binding("plus,equals_sign", "zoom_in", "Zoom", key_display="+", tooltip="Zoom in, at the cursor or the end"),
        Binding("minus", "zoom_out", "Zoom out", show=False),
        Binding("0", "zoom_all", "The whole run", show=False),
        Binding("left", "move_cursor(-1)", "Cursor", key_display="←→", tooltip="Value cursor: a cell to the left"),
        Binding("right", "move_cursor(1)", "Value cursor: a cell to the right", show=False),
        Binding("ctrl+left", "move_cursor(-10)", "Value cursor: ten cells to the left", show=False),
        Binding("ctrl+right", "move_cursor(10)", "Value cursor: ten cells to the right", show=False),
        Binding("c", "clear_cursor", "Put the value cursor away", show=False),
        Binding("shift+left,comma", "pan(-1)", "Zoomed: move to the left", show=False),
        Binding("shift+right,full_stop", "pan(1)", "Zoomed: move to the right", show=False),
        *(
            Binding(str(number), f"enlarge({number - 1})", f"Chart {number} large", show=False)
            for number in range(1, SMALL_CHARTS + 2)
        ),
        Binding("f", "toggle_alone", "The large chart alone, or everything", show=False),
        Binding("o", "show_output", "What the training printed", show=False),
        Binding("k", "stop_run", "Stop", tooltip="Stop the training"),
    ]

    view: reactive[RunView] = reactive(RunView(), init=False)

    def __init__(self, services: Services, folder: Path) -> None:
        super().__init__()
        self._services = services
        self.folder = folder
        self.followed: FollowedRun | None = None
        self._drawn_s = 0.0
        self._drawing_due = False

    def compose(self) -> ComposeResult:
        yield RunHeader()
        yield Static(id="notice")
        yield ChartView(id="big")
        with Horizontal(id="small"):
            for index in range(SMALL_CHARTS):
                yield ChartView(id=f"small-{index}", classes="small-chart")
        with Horizontal(id="info"):
            yield FactsPanel(id="facts")
            with Vertical(id="output-box"):
                yield OutputPanel()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.followed = FollowedRun(self._services, self.folder, self)

    def on_resize(self, event: events.Resize) -> None:
        """Let the keys move together where they would not fit otherwise."""
        self.query_one(Footer).compact = event.size.width < ROOMY_COLUMNS

    def on_unmount(self) -> None:
        if self.followed is not None:
            self.followed.close()

    @on(RunChanged)
    def _take(self, event: RunChanged) -> None:
        if self.followed is None:
            return
        self.followed.take(event.update)
        if event.update.status is not None:
            self.refresh_bindings()
        self._draw_soon()

    def _draw_soon(self) -> None:
        """Draw now if the last drawing is long enough ago, else as soon as it is."""
        if self._drawing_due:
            return
        wait = self._drawn_s + REDRAW_EVERY_S - time.monotonic()
        if wait <= 0:
            self._draw()
        else:
            self._drawing_due = True
            self.set_timer(wait, self._draw)

    def _draw(self) -> None:
        self._drawing_due = False
        self._drawn_s = time.monotonic()
        if self.followed is None or not self.is_mounted:
            return
        state = self.followed.state
        with self.app.batch_update():
            self.query_one(RunHeader).show(self.folder.name, state)
            self._show_notice(run_notice(self.folder, state))
            self._show_charts()
            self.query_one(FactsPanel).facts = run_facts(state)
            self.query_one(OutputPanel).lines = state.output

    def _show_notice(self, sentence: Content | None) -> None:
        notice = self.query_one("#notice", Static)
        notice.display = sentence is not None
        if sentence is not None and notice.visual != sentence:
            notice.update(sentence)

    def _show_charts(self) -> None:
        if self.followed is None:
            return
        specs = run_charts(self.followed.state, self.view)
        big = min(self.view.big, len(specs) - 1)
        self.query_one("#big", ChartView).show(specs[big])
        rest = specs[:big] + specs[big + 1 :]
        for index in range(SMALL_CHARTS):
            self.query_one(f"#small-{index}", ChartView).show(rest[index] if index < len(rest) else None)

    def watch_view(self, before: RunView, view: RunView) -> None:
        """Draw in the new way."""
        if self.followed is None:
            return
        self.set_class(view.alone, "-alone")
        if view.smoothing != before.smoothing:
            self.followed.state.smooth_with(view.smoothing)
        self._show_charts()

    @property
    def _whole(self) -> tuple[float, float]:
        assert self.followed is not None
        return whole_span(self.followed.state, self.view.axis)

    @on(ChartView.Pointed)
    def _point(self, event: ChartView.Pointed) -> None:
        self.view = self.view.with_cursor(event.x, self._whole)

    @on(ChartView.Wheeled)
    def _wheel(self, event: ChartView.Wheeled) -> None:
        self.view = self.view.zoomed(ZOOM if event.inward else 1 / ZOOM, self._whole, around=event.x)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A training that is over cannot be stopped, and its key is not offered."""
        return action != "stop_run" or (self.followed is not None and self.followed.state.status.alive)

    def action_back(self) -> None:
        """Put the cursor away, then the zoom, then leave for the runs."""
        if self.view.cursor is not None:
            self.action_clear_cursor()
        elif self.view.window is not None:
            self.action_zoom_all()
        else:
            self.post_message(RunLeft())

    def action_smooth(self, by: int) -> None:
        """Smooth more or less."""
        self.view = self.view.smoother(by)

    def action_toggle_log(self) -> None:
        """Logarithmic or linear y."""
        self.view = replace(self.view, y_log=not self.view.y_log)

    def action_next_axis(self) -> None:
        """Step, epoch, time."""
        self.view = self.view.with_next_axis()

    def action_zoom_in(self) -> None:
        """Half as wide."""
        self.view = self.view.zoomed(ZOOM, self._whole)

    def action_zoom_out(self) -> None:
        """Twice as wide."""
        self.view = self.view.zoomed(1 / ZOOM, self._whole)

    def action_zoom_all(self) -> None:
        """The whole run."""
        self.view = replace(self.view, window=None)

    def action_pan(self, direction: int) -> None:
        """Move the window."""
        self.view = self.view.panned(PAN * direction, self._whole)

    def action_move_cursor(self, cells: int) -> None:
        """Move the value cursor by cells of the large chart; it begins at the last step."""
        assert self.followed is not None
        lo, hi = self.view.window or self._whole
        if self.view.cursor is None:
            x = min(self.followed.state.last_x(self.view.axis), hi)
        else:
            x = self.view.cursor + cells * (hi - lo) / max(1, self.query_one("#big", ChartView).plot_columns - 1)
        self.view = self.view.with_cursor(x, self._whole)

    def action_clear_cursor(self) -> None:
        """Put the value cursor away."""
        self.view = replace(self.view, cursor=None)

    def action_enlarge(self, index: int) -> None:
        """Make that chart the large one."""
        self.view = replace(self.view, big=index)

    def action_toggle_alone(self) -> None:
        """The large chart alone, or everything."""
        self.view = replace(self.view, alone=not self.view.alone)

    def action_show_output(self) -> None:
        """All that is kept of the output."""
        if self.followed is not None:
            self.app.push_screen(OutputScreen(self.folder, self.followed.state.output))

    def action_stop_run(self) -> None:
        """Ask, then stop the training."""
        self.app.push_screen(ConfirmStop(self.folder.name), self._stop)

    def _stop(self, confirmed: bool | None) -> None:
        if not confirmed:
            return
        try:
            self._services.stop(self.folder)
        except ControlError as error:
            self.notify(str(error), severity="error", markup=False)
