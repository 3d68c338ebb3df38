"""A screen with charts: how they are looked at, by keys, by the mouse, and at which part."""

from dataclasses import replace

from textual import on
from textual.binding import Binding
from textual.reactive import reactive
from textual.screen import Screen

from dltui.charts.of_parent import ShownParent
from dltui.charts.of_run import Since, run_charts, whole_span
from dltui.charts.run_view import PAN, ZOOM, RunView, Span
from dltui.charts.spec import ChartSpec
from dltui.screens.followed_run import FollowedRun
from dltui.widgets.chart_view import ChartView

SMALL_CHARTS = 4
CHART_KEYS = (
    Binding("s", "smooth(1)", "Smooth", tooltip="Smooth the training loss more"),
    Binding("S", "smooth(-1)", "Smooth less", show=False),
    Binding("y", "toggle_log", "Log", tooltip="Logarithmic or linear y axis"),
    Binding("x", "next_axis", "Axis", tooltip="X axis: step, epoch or time"),
    Binding("plus,equals_sign", "zoom_in", "Zoom in, at the cursor or the end", key_display="+", show=False),
    Binding("minus", "zoom_out", "Zoom out", show=False),
    Binding("0", "zoom_all", "The whole run", show=False),
    Binding("left", "move_cursor(-1)", "Value cursor: a cell to the left", show=False),
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
)
"""What every screen with charts listens to."""


class ChartedScreen(Screen[None]):
    """Shows the run in ``followed``, as soon as there is one, in a large chart and small ones.

    It expects chart views with the ids ``big`` and ``small-0`` to ``small-3``. A screen that shows something else than
    one run says what by the four methods that follow.
    """

    view: reactive[RunView] = reactive(RunView(), init=False)

    followed: FollowedRun | None = None

    def found_marks(self) -> tuple[Since, ...]:
        """Return the marks of what was found in the run."""
        return ()

    def shown_parent(self) -> ShownParent | None:
        """Return the run that this one came from, None where there is none to draw."""
        return None

    def chart_specs(self) -> list[ChartSpec]:
        """Return the charts, none while there is nothing to show."""
        if self.followed is None:
            return []
        return run_charts(self.followed.state, self.view, self.found_marks(), self.shown_parent())

    def whole_span(self) -> Span:
        """Return the whole x axis."""
        assert self.followed is not None
        return whole_span(self.followed.state, self.view.axis)

    def last_x(self) -> float:
        """Return how far what is shown has come."""
        assert self.followed is not None
        return self.followed.state.last_x(self.view.axis)

    def smooth_with(self, weight: float) -> None:
        """Smooth the training loss with that weight."""
        assert self.followed is not None
        self.followed.state.smooth_with(weight)

    def show_charts(self) -> None:
        specs = self.chart_specs()
        if not specs:
            return
        big = min(self.view.big, len(specs) - 1)
        self.query_one("#big", ChartView).show(specs[big])
        rest = specs[:big] + specs[big + 1 :]
        for index in range(SMALL_CHARTS):
            small = self.query_one(f"#small-{index}", ChartView)
            small.set_class(index >= len(rest), "-empty")
            small.show(rest[index] if index < len(rest) else None)
        self.query_one("#small").set_class(not rest, "-empty")

    def watch_view(self, before: RunView, view: RunView) -> None:
        """Draw in the new way."""
        if not self.chart_specs():
            return
        self.set_class(view.alone, "-alone")
        if view.smoothing != before.smoothing:
            self.smooth_with(view.smoothing)
        self.show_charts()

    @on(ChartView.Pointed)
    def _point(self, event: ChartView.Pointed) -> None:
        self.view = self.view.with_cursor(event.x, self.whole_span())

    @on(ChartView.Wheeled)
    def _wheel(self, event: ChartView.Wheeled) -> None:
        self.view = self.view.zoomed(ZOOM if event.inward else 1 / ZOOM, self.whole_span(), around=event.x)

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
        self.view = self.view.zoomed(ZOOM, self.whole_span())

    def action_zoom_out(self) -> None:
        """Twice as wide."""
        self.view = self.view.zoomed(1 / ZOOM, self.whole_span())

    def action_zoom_all(self) -> None:
        """The whole run."""
        self.view = replace(self.view, window=None)

    def action_pan(self, direction: int) -> None:
        """Move the window."""
        self.view = self.view.panned(PAN * direction, self.whole_span())

    def action_move_cursor(self, cells: int) -> None:
        """Move the value cursor by cells of the large chart; it begins at the last step."""
        lo, hi = self.view.window or self.whole_span()
        if self.view.cursor is None:
            x = min(self.last_x(), hi)
        else:
            x = self.view.cursor + cells * (hi - lo) / max(1, self.query_one("#big", ChartView).plot_columns - 1)
        self.view = self.view.with_cursor(x, self.whole_span())

    def action_clear_cursor(self) -> None:
        """Put the value cursor away."""
        self.view = replace(self.view, cursor=None)

    def action_enlarge(self, index: int) -> None:
        """Make that chart the large one."""
        self.view = replace(self.view, big=index)

    def action_toggle_alone(self) -> None:
        """The large chart alone, or everything."""
        self.view = replace(self.view, alone=not self.view.alone)

    def action_toggle_findings(self) -> None:
        """Mark on the chart since when a finding holds, or not."""
        self.view = replace(self.view, findings=not self.view.findings)
