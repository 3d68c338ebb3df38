"""A drawing on the screen, of which the terminal is sent only the cells that changed."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from dltui.charts.canvas import CONTINUED, Canvas, StyleName

JOIN_CELLS = 8
"""Changed cells this near to each other are sent as one piece: moving the cursor costs about as many bytes."""

Cells = npt.NDArray[np.bool_]

_COMPONENTS = {style: f"chart--{style.name.lower().replace('_', '-')}" for style in StyleName}


class CanvasView(Widget):
    """Shows what :meth:`drawing` returns, at the widget's own size."""

    COMPONENT_CLASSES = set(_COMPONENTS.values())

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.canvas = Canvas(0, 0)
        self._strips: list[Strip] = []
        self._styles: dict[StyleName, Style] = {}

    def drawing(self, width: int, height: int) -> Canvas:
        """Return what is to be shown now, in that many cells."""
        return Canvas(width, height)

    def draw(self) -> None:
        """Show the drawing where it differs from what is shown; nothing before there is a size."""
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
        self.canvas = Canvas(0, 0)
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        canvas = self.drawing(width, height)
        before, self.canvas = self.canvas, canvas
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
        return Strip([Segment(text, self._style(name)) for text, name in runs], self.canvas.width)

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
