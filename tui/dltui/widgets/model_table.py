"""The parameters as a table: only the rows in view are laid out, and only the cells that changed are sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from dltui.charts.canvas import Canvas, StyleName, cell_width
from dltui.model.cells import GAP, Cell, ModelColumn, Tone, columns_for, fitted, short_name
from dltui.model.rows import ModelRow
from dltui.texts.model import ModelTexts
from dltui.widgets.canvas_view import CanvasView

CURSOR = "▸ "
STYLES = {
    Tone.PLAIN: StyleName.BLANK,
    Tone.STRONG: StyleName.TITLE,
    Tone.ACCENT: StyleName.LEVEL,
    Tone.GOOD: StyleName.BEST,
    Tone.QUIET: StyleName.LABEL,
    Tone.SPREAD: StyleName.TRAIN_RAW,
    Tone.FROZEN: StyleName.LEVEL,
    Tone.WARNING: StyleName.NOTE,
    Tone.ERROR: StyleName.FINDING,
}
"""The colours of the charts serve for the table, too: they are chosen for both themes."""


class ModelTable(CanvasView, can_focus=True):
    """Shows rows; the cursor stays on its parameter wherever that moves."""

    @dataclass
    class Moved(Message):
        """The cursor is on another parameter, or on none."""

        name: str | None

    @dataclass
    class Chosen(Message):
        """The parameter under the cursor was clicked."""

    def __init__(self, texts: ModelTexts, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self._rows: Sequence[ModelRow] = ()
        self._cursor = 0
        self._first = 0
        self._columns: list[ModelColumn] = []
        self._laid_for: int | None = None

    @property
    def selected(self) -> ModelRow | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    @property
    def page(self) -> int:
        """So many rows are in view."""
        return max(self.size.height - 1, 1)

    def show(self, rows: Sequence[ModelRow]) -> None:
        """Show these rows. The cursor stays on its parameter; where that is gone, on its place."""
        name = self.selected.name if self.selected is not None else None
        self._rows, self._laid_for = rows, None
        there = next((at for at, row in enumerate(rows) if row.name == name), None)
        self._cursor = there if there is not None else max(min(self._cursor, len(rows) - 1), 0)
        self.draw()
        if self.selected is None or self.selected.name != name:
            self._tell()

    def move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self.go(self._cursor + by)

    def go(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest one that there is."""
        row = max(min(row, len(self._rows) - 1), 0)
        if row != self._cursor:
            self._cursor = row
            self.draw()
            self._tell()

    def drawing(self, width: int, height: int) -> Canvas:
        """The heading and the rows in view, the one under the cursor among them."""
        canvas = Canvas(width, height)
        shown = max(height - 1, 0)
        self._first = max(min(self._first, self._cursor, len(self._rows) - shown), 0)
        self._first = max(self._first, self._cursor - shown + 1)
        columns = self._columns_for(width - len(CURSOR))
        _put_row(canvas, 0, [(column.heading, Tone.QUIET) for column in columns], columns, is_under=False)
        for line, row in enumerate(self._rows[self._first : self._first + shown]):
            cells = [column.cell(row) for column in columns]
            _put_row(canvas, 1 + line, cells, columns, is_under=self._first + line == self._cursor)
        self._put_more(canvas, shown)
        return canvas

    def _columns_for(self, width: int) -> list[ModelColumn]:
        """The columns are found out anew only for other rows or another width."""
        if width != self._laid_for:
            self._columns = columns_for(self._texts, width, self._rows)
            self._laid_for = width
        return self._columns

    def _put_more(self, canvas: Canvas, shown: int) -> None:
        """Say how many rows lie above and below, where there is nothing else in the heading."""
        above, below = self._first, len(self._rows) - self._first - shown
        text = " ".join(f"{sign}{rows}" for sign, rows in (("↑", above), ("↓", below)) if rows > 0)
        if text:
            canvas.put(0, canvas.width - len(text) - 1, f" {text}", StyleName.LABEL)

    def _tell(self) -> None:
        self.post_message(self.Moved(self.selected.name if self.selected is not None else None))

    def on_click(self, event: events.Click) -> None:
        row = self._first + event.get_content_offset_capture(self).y - 1
        if self._first <= row < len(self._rows):
            event.stop()
            was_there = row == self._cursor
            self.go(row)
            if was_there:
                self.post_message(self.Chosen())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-3)


def _put_row(
    canvas: Canvas, line: int, cells: Sequence[Cell], columns: Sequence[ModelColumn], *, is_under: bool
) -> None:
    if is_under:
        canvas.put(line, 0, CURSOR + " " * canvas.width, StyleName.SELECTED)
    at = len(CURSOR)
    for (text, tone), column in zip(cells, columns, strict=True):
        shown = short_name(text, column.cells) if column.key == "name" else fitted(text, column.cells)
        start = at + (column.cells - cell_width(shown) if column.right else 0)
        canvas.put(line, start, shown, StyleName.SELECTED if is_under else STYLES[tone])
        at += column.cells + GAP
