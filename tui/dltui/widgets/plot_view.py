"""The plot of a step of the guide on the screen."""

from dltui.charts.canvas import Canvas
from dltui.guide.drawing import draw_plot
from dltui.guide.result import Plot
from dltui.texts.guide import GuideTexts
from dltui.widgets.canvas_view import CanvasView


class PlotView(CanvasView):
    """Shows the :class:`~dltui.guide.result.Plot` given to :meth:`show`, at the widget's own size."""

    def __init__(self, texts: GuideTexts, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._texts = texts
        self._plot: Plot | None = None

    def show(self, plot: Plot | None) -> None:
        """Draw ``plot`` where it differs from what is shown; None: nothing."""
        if plot != self._plot:
            self._plot = plot
            self.draw()

    def drawing(self, width: int, height: int) -> Canvas:
        """The plot, or nothing."""
        return draw_plot(self._plot, self._texts, width, height) if self._plot else Canvas(width, height)
