"""A chart on the screen: draws a spec, and tells what the mouse points at."""

from dataclasses import dataclass, replace

from textual import events
from textual.message import Message

from dltui.charts.canvas import Canvas
from dltui.charts.chart import ChartSpec, draw
from dltui.widgets.canvas_view import CanvasView


class ChartView(CanvasView):
    """Shows the :class:`ChartSpec` given to :meth:`show`, at the widget's own size.

    The mouse posts :class:`Pointed` (a click) and :class:`Wheeled`, both with the x under it.
    """

    @dataclass
    class Pointed(Message):
        """A click at ``x`` of the axis."""

        x: float

    @dataclass
    class Wheeled(Message):
        """The wheel turned over ``x``; ``inward`` zooms in."""

        x: float
        inward: bool

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._spec: ChartSpec | None = None

    def show(self, spec: ChartSpec | None) -> None:
        """Draw ``spec`` (its width and height are replaced by ours) where it differs from what is shown."""
        self._spec = spec
        self.draw()

    def drawing(self, width: int, height: int) -> Canvas:
        """The chart, or nothing."""
        return draw(replace(self._spec, width=width, height=height)) if self._spec else Canvas(width, height)

    def on_click(self, event: events.Click) -> None:
        x = self._x_at(event.x)
        if x is not None:
            self.post_message(self.Pointed(x))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, inward=True)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, inward=False)

    def _wheel(self, event: events.MouseEvent, inward: bool) -> None:
        x = self._x_at(event.x)
        if x is not None:
            event.stop()
            self.post_message(self.Wheeled(x, inward))

    def _x_at(self, column: int) -> float | None:
        area = self.canvas.area
        return area.x_at(column) if area else None

    @property
    def plot_span(self) -> tuple[int, int]:
        """The first column of the curves, and how many there are."""
        area = self.canvas.area
        return (area.left, area.width) if area else (0, self.size.width)

    @property
    def plot_columns(self) -> int:
        """How many cells wide the curves are."""
        area = self.canvas.area
        return area.width if area else 1
