"""A chart on the screen: draws a spec, and sends the terminal only the cells that changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from dltui.charts.canvas import CONTINUED, Canvas, StyleName
from dltui.charts.chart import ChartSpec, draw

JOIN_CELLS = 8
"""Changed cells this near to each other are sent as one piece: moving the cursor costs about as many bytes."""

Cells = npt.NDArray[np.bool_]

_COMPONENTS = {style: f"chart--{style.name.lower().replace('_', '-')}" for style in StyleName}


class ChartView(Widget):
    """Shows the :class:`ChartSpec` given to :meth:`show`, at the widget's own size.

    The mouse posts :class:`Pointed` (a click) and :class:`Wheeled`, both with the x under it.
    """

    COMPONENT_CLASSES = set(_COMPONENTS.values())

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
        self._canvas = Canvas(0, 0)
        self._strips: list[Strip] = []
        self._styles: dict[StyleName, Style] = {}

    def show(self, spec: ChartSpec | None) -> None:
        """Draw ``spec`` (its width and height are replaced by ours) where it differs from what is shown."""
        self._spec = spec
        if self.size.width and self.is_mounted:
            self._draw()

    def render_line(self, y: int) -> Strip:
        """One row of the last drawing."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip([Segment(" " * self.size.width, self.rich_style)], self.size.width)

    def on_resize(self) -> None:
        self._draw()

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.call_after_refresh(self._draw_anew))

    def _draw_anew(self) -> None:
        """The theme changed: every cell looks different."""
        self._styles = {}
        self._canvas = Canvas(0, 0)
        self._draw()

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
        area = self._canvas.area
        return area.x_at(column) if area else None

    @property
    def plot_span(self) -> tuple[int, int]:
        """The first column of the curves, and how many there are."""
        area = self._canvas.area
        return (area.left, area.width) if area else (0, self.size.width)

    @property
    def plot_columns(self) -> int:
        """How many cells wide the curves are."""
        area = self._canvas.area
        return area.width if area else 1

    def _draw(self) -> None:
        width, height = self.size
        canvas = draw(replace(self._spec, width=width, height=height)) if self._spec else Canvas(width, height)
        before, self._canvas = self._canvas, canvas
        if (before.width, before.height) != (width, height):
            self._strips = [self._strip(runs) for runs in canvas.rows()]
            self.refresh()
            return
        changed = changed_cells(before, canvas)
        rows = np.flatnonzero(changed.any(axis=1)).tolist()
        if not rows:
            return
        every = list(canvas.rows())
        for row in rows:
            self._strips[row] = self._strip(every[row])
        self.refresh(*(Region(start, row, stop - start, 1) for row in rows for start, stop in _pieces(changed[row])))

    def _strip(self, runs: list[tuple[str, StyleName]]) -> Strip:
        return Strip([Segment(text, self._style(name)) for text, name in runs], self._canvas.width)

    def _style(self, name: StyleName) -> Style:
        if not self._styles:
            self._styles = {each: self.get_component_rich_style(_COMPONENTS[each]) for each in StyleName}
        return self._styles[name]


def changed_cells(before: Canvas, after: Canvas) -> Cells:
    """The cells that look different now; a wide character changes in both of its cells or in none."""
    changed: Cells = (after.chars != before.chars) | (after.styles != before.styles)
    right = (after.chars == CONTINUED) | (before.chars == CONTINUED)
    if right.any():
        together = right[:, 1:] & (changed[:, 1:] | changed[:, :-1])
        changed[:, 1:] |= together
        changed[:, :-1] |= together
    return changed


def _pieces(changed: Cells) -> Iterator[tuple[int, int]]:
    """The [start, stop) of the changed cells of a row, near ones joined."""
    cells = np.flatnonzero(changed)
    breaks = np.flatnonzero(np.diff(cells) > JOIN_CELLS)
    starts = cells[np.concatenate([[0], breaks + 1])]
    stops = cells[np.concatenate([breaks, [len(cells) - 1]])] + 1
    return zip(starts.tolist(), stops.tolist(), strict=True)
