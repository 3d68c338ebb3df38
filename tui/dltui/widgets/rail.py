"""What lies beneath a chart along the same columns: rows of cells, and a place in the run for each column."""

from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

HEAD = "bold $foreground"
_DOTS = 2  # a chart places by the two dots of a cell; so do we, and the two agree to the cell


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that stand beneath those of the chart: ``count`` of them from ``left``."""

    left: int = 7
    count: int = 1

    def at(self, share: float) -> int:
        """The column, counted from ``left``, of a share of the whole."""
        dot = round(min(max(share, 0.0), 1.0) * (self.count * _DOTS - 1))
        return min(max(dot // _DOTS, 0), self.count - 1)

    def share(self, column: int) -> float:
        """The share at a column of the widget; beside the chart it is the nearest end."""
        return min(max((column - self.left) / max(self.count - 1, 1), 0.0), 1.0)


class Cells:
    """One row: a character and a style a cell. A wide character takes two; whoever covers one half loses the other."""

    def __init__(self, width: int) -> None:
        self._chars = [" "] * width
        self._styles = [""] * width

    def fill(self, start: int, stop: int, char: str, style: str) -> None:
        """Put ``char`` into the cells from ``start`` to before ``stop``."""
        for column in range(max(start, 0), min(stop, len(self._chars))):
            self._put(column, char, style)

    def write(self, column: int, text: str, style: str) -> None:
        """Write ``text`` to the right; what has no room is left out."""
        for char in text:
            cells = cell_len(char)
            if column < 0 or column + cells > len(self._chars):
                return
            self._put(column, char, style)
            if cells == 2:
                self._put(column + 1, "", style)
                self._chars[column] = char  # its own right half has just covered it
            column += cells

    def changed(self, before: "Cells") -> range:
        """The cells from the first to the last that differ, and one more at either side for the halves of wide ones."""
        width = len(self._chars)
        if width != len(before._chars):
            return range(width)
        pairs = zip(self._chars, self._styles, before._chars, before._styles, strict=True)
        apart = [column for column, (char, style, old, worn) in enumerate(pairs) if char != old or style != worn]
        return range(max(apart[0] - 1, 0), min(apart[-1] + 2, width)) if apart else range(0)

    def content(self) -> Content:
        """The row as text."""
        runs = groupby(zip(self._chars, self._styles, strict=True), key=lambda cell: cell[1])
        return Content("").join(Content.styled("".join(char for char, _ in run), style) for style, run in runs)

    def _put(self, column: int, char: str, style: str) -> None:
        if self._chars[column] == "" and column:
            self._chars[column - 1] = " "
        if column + 1 < len(self._chars) and self._chars[column + 1] == "":
            self._chars[column + 1] = " "
        self._chars[column], self._styles[column] = char, style


class Rail(Widget):
    """A widget beneath a chart. A press of the mouse, or a drag, posts :class:`Sought`."""

    columns: reactive[Columns] = reactive(Columns(), repaint=False)
    head: reactive[float] = reactive(0.0, repaint=False)
    """Where the head stands, as a share of the whole."""

    @dataclass
    class Sought(Message):
        """The person wants to be there: at a share of the whole."""

        share: float

    _dragged = False
    _drawn: tuple[Cells, ...] = ()

    def rows(self) -> list[Cells]:
        """Return what the widget shows at its present size."""
        return []

    def render(self) -> Content:
        """All rows."""
        self._drawn = tuple(self.rows())
        return Content("\n").join(cells.content() for cells in self._drawn)

    def redraw(self) -> None:
        """Send the terminal the cells that changed: the head moves five times a second, perhaps over a slow line."""
        rows = self.rows()
        if len(rows) != len(self._drawn):
            self.refresh()
            return
        parts = (cells.changed(before) for cells, before in zip(rows, self._drawn, strict=True))
        regions = [Region(part.start, y, len(part), 1) for y, part in enumerate(parts) if part]
        if regions:
            self.refresh(*regions)

    def watch_columns(self) -> None:
        """The chart was laid out anew."""
        self.redraw()

    def watch_head(self) -> None:
        """The head has moved."""
        self.redraw()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin a drag; a click is a short one."""
        if event.button == 1:
            event.stop()
            self._dragged = True
            self.capture_mouse()
            self._seek(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the drag."""
        if self._dragged:
            event.stop()
            self._seek(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End the drag."""
        if self._dragged:
            event.stop()
            self._dragged = False
            self.release_mouse()

    def _seek(self, event: events.MouseEvent) -> None:
        at = event.get_content_offset_capture(self).x
        self.post_message(self.Sought(self.columns.share(at)))
