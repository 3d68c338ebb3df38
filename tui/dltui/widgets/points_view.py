"""A chart of a study on the screen: points, or bars."""

from dltui.charts.canvas import Canvas
from dltui.search.drawing.bars import BarChart, draw_bar_chart
from dltui.search.drawing.points import PointChart, draw_points
from dltui.widgets.canvas_view import CanvasView


class PointsView(CanvasView):
    """Shows the chart given to :meth:`show`, at the widget's own size."""

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._chart: PointChart | BarChart | None = None

    def show(self, chart: PointChart | BarChart | None) -> None:
        """Draw ``chart`` where it differs from what is shown; None: nothing."""
        if chart != self._chart:
            self._chart = chart
            self.draw()

    def drawing(self, width: int, height: int) -> Canvas:
        """The chart, or nothing."""
        match self._chart:
            case PointChart():
                return draw_points(self._chart, width, height)
            case BarChart():
                return draw_bar_chart(self._chart, width, height)
        return Canvas(width, height)
