"""A screen with the charts of one run: how they are looked at, by keys, by the mouse, and at which part."""

from dataclasses import replace

from textual import on
from textual.reactive import reactive
from textual.screen import Screen

from dltui.charts.of_run import Since, run_charts, whole_span
from dltui.charts.run_view import PAN, ZOOM, RunView
from dltui.screens.followed_run import FollowedRun
from dltui.widgets.chart_view import ChartView

SMALL_CHARTS = 4


class ChartedScreen(Screen[None]):
    """Shows the run in ``followed``, as soon as there is one, in a large chart and small ones.

    It expects chart views with the ids ``big`` and ``small-0`` to ``small-3``.
    """

    view: reactive[RunView] = reactive(RunView(), init=False)

    followed: FollowedRun | None = None

    def found_marks(self) -> tuple[Since, ...]:
        """Return the marks of what was found in the run."""
        return ()

    def show_charts(self) -> None:
        if self.followed is None:
            return
        specs = run_charts(self.followed.state, self.view, self.found_marks())
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
        self.show_charts()

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

    def action_toggle_findings(self) -> None:
        """Mark on the chart since when a finding holds, or not."""
        self.view = replace(self.view, findings=not self.view.findings)
