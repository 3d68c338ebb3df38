"""One parameter at large: what it is, what its health means, and its numbers over time."""

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from dltui.charts.canvas import Canvas
from dltui.formatting import UNKNOWN, count
from dltui.model.cells import SIGNS, mark_tone, shape_text
from dltui.model.curves import History, parameter_charts
from dltui.model.rows import ModelRow
from dltui.model.spread import Spread, draw_spreads, spreads_of
from dltui.text import safe_text
from dltui.texts.model import ModelTexts
from dltui.widgets.canvas_view import CanvasView
from dltui.widgets.chart_view import ChartView
from dltui.widgets.model_line import STYLES

CHARTS = ("ratio", "gradient", "norm", "share", "outputs")


class SpreadView(CanvasView):
    """Shows how the values of a parameter are spread."""

    def __init__(self, texts: ModelTexts, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self._spreads: list[Spread] = []

    def show(self, spreads: list[Spread]) -> None:
        """Draw them where they differ from what is shown."""
        self._spreads = spreads
        self.draw()

    def drawing(self, width: int, height: int) -> Canvas:
        """The histograms, or why there is none."""
        return draw_spreads(self._spreads, self._texts, width, height)


class ParameterDetail(Vertical):
    """Shows the parameter given to :meth:`show`."""

    def __init__(self, texts: ModelTexts, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts

    def compose(self) -> ComposeResult:
        yield Static(id="about-parameter")
        with Container(id="parameter-charts"):
            for name in CHARTS[:2]:
                yield ChartView(id=f"parameter-{name}")
            yield SpreadView(self._texts, id="parameter-spread")
            for name in CHARTS[2:]:
                yield ChartView(id=f"parameter-{name}")

    def show(self, row: ModelRow, history: History, until: int, cursor: float | None) -> None:
        """Show it. The moment is that of the first ``until`` records of its ``history``, ``cursor`` their last step."""
        about = Content("\n").join(self._about(row))
        line = self.query_one("#about-parameter", Static)
        if line.visual != about:
            line.update(about)
        for name, spec in zip(CHARTS, parameter_charts(history, self._texts, cursor), strict=True):
            self.query_one(f"#parameter-{name}", ChartView).show(spec)
        self.query_one(SpreadView).show(spreads_of(history.steps[:until], history.stats[:until], self._texts))

    def _kind(self, row: ModelRow) -> str:
        """``Linear weight``; what the kind of the module says already is not said twice."""
        kind, part = safe_text(row.parameter.kind), self._texts.ui(f"part_{row.parameter.part}")
        return kind if part.lower() in kind.lower() else f"{kind} {part}".strip()

    def _about(self, row: ModelRow) -> Iterator[Content]:
        parameter, texts = row.parameter, self._texts
        facts = [
            self._kind(row),
            shape_text(parameter.shape, texts),
            "" if parameter.count is None else texts.ui("parameters", count=count(parameter.count)),
        ]
        name = safe_text(row.name) or UNKNOWN
        yield Content.assemble((name, "bold"), (f"  {' · '.join(filter(None, facts))}", "$text-muted"))
        sign = f"{SIGNS[row.mark]} {texts.mark(row.mark)}".strip()
        yield Content.assemble((f"{sign}: ", STYLES[mark_tone(row.mark)]), texts.about_mark(row.mark))
