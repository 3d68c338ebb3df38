"""A table of the comparison on the screen: as many columns as there is room for, a cursor on a row, rows to scroll."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from dltui.compare.sheet import GAP, Cell, Column, fit
from dltui.text import safe_text

CURSOR, NO_CURSOR = "▸ ", "  "
"""Before the row under the cursor stands a sign: a background alone would be lost without colours."""

Laid = Callable[[int], Sequence[Column]]
"""The columns for so many cells of width."""


class SheetView(Widget):
    """Shows the table that :meth:`show` is given. ``cursor``: the row that it marks, None for none.

    A row with a sentence in ``sentences`` shows that from its third column on. ``counts_columns``: say how many columns
    found no room.
    """

    @dataclass
    class RowPointed(Message):
        """A click on a row of ``sheet``; ``chosen``: on the one under the cursor."""

        sheet: "SheetView"
        row: int
        chosen: bool

    cursor: reactive[int | None] = reactive(None)
    first: reactive[int] = reactive(0)

    def __init__(self, id: str | None = None, counts_columns: bool = False) -> None:
        super().__init__(id=id)
        self._counts_columns = counts_columns
        self._laid: Laid = lambda width: ()
        self._rows = 0
        self._sentences: dict[int, str] = {}
        self._table: tuple[tuple[Column, ...], dict[int, str]] = ((), {})

    def show(self, laid: Laid, rows: int, sentences: dict[int, str] | None = None) -> None:
        """Show a table of so many rows; where it is the one that is shown, nothing is drawn."""
        table = (tuple(laid(self._width)), sentences or {})
        if self._rows == rows and self._table == table:
            return
        layout = rows != self._rows
        self._laid, self._rows, self._sentences, self._table = laid, rows, sentences or {}, table
        self.refresh(layout=layout)

    @property
    def _width(self) -> int:
        return max(self.size.width - len(CURSOR), 1)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line for the heading and one for each row; where they stand by run and not by hyperparameter, fewer."""
        columns = self._laid(max(width - len(CURSOR), 1))
        return 1 + max((len(column.cells) for column in columns), default=0)

    def render(self) -> Content:
        """Lay the table out for the present size."""
        width, height = self._width, self.size.height
        laid = self._laid(width)
        columns = fit(laid, width)
        if not columns or height < 1:
            return Content()
        heading, *rows = zip(*(column.lines() for column in columns), strict=True)
        shown = max(height - 1, 0)
        first = self._first(len(rows), shown)
        lines = [self._line(heading, None, width)]
        lines += [self._line(row, at, width) for at, row in enumerate(rows) if first <= at < first + shown]
        beside = len(laid) - len(columns) if self._counts_columns else 0
        notes = [_more("→", beside), _more("↑", first), _more("↓", len(rows) - first - shown)]
        if any(notes):
            lines[0] = _noted(lines[0], " ".join(filter(None, notes)), width)
        return Content("\n").join(lines)

    def scroll_rows(self, by: int) -> None:
        """Show later rows, or earlier ones."""
        last = max(self.get_content_height(self.size, self.size, self.size.width) - self.size.height, 0)
        self.first = min(max(self.first + by, 0), last)

    def _first(self, rows: int, shown: int) -> int:
        """The first row in view: the one under the cursor is."""
        first = min(self.first, max(rows - shown, 0))
        if self.cursor is not None and shown:
            first = min(max(first, self.cursor - shown + 1), self.cursor)
        self.set_reactive(SheetView.first, first)
        return first

    def _line(self, cells: Sequence[tuple[str, Cell]], row: int | None, width: int) -> Content:
        under = row is not None and row == self.cursor
        line = Content.styled(CURSOR if under else NO_CURSOR, "bold $accent")
        sentence = self._sentences.get(row) if row is not None else None
        shown = cells if sentence is None else cells[:2]
        line += Content(" " * GAP).join(_content(text, cell) for text, cell in shown)
        if sentence is not None:
            line += Content.styled(" " * GAP + safe_text(sentence), "$text-error")
        line = line.truncate(width + len(CURSOR), ellipsis=True)
        return line.pad_right(width + len(CURSOR) - line.cell_length).stylize("on $panel") if under else line

    def on_click(self, event: events.Click) -> None:
        line = event.get_content_offset_capture(self).y
        row = self.first + line - 1
        if line > 0 and row < self._rows:
            self.post_message(self.RowPointed(self, row, chosen=row == self.cursor))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-1)


def _content(text: str, cell: Cell) -> Content:
    if cell.best:
        return Content.styled(text, "bold $text-success")
    colour = f"${cell.colour}" if cell.colour else "$foreground"
    return Content.styled(text, f"{colour} 50%" if cell.dim and not cell.colour else colour)


def _more(sign: str, rows: int) -> str:
    return f"{sign}{rows}" if rows > 0 else ""


def _noted(line: Content, note: str, width: int) -> Content:
    room = max(0, width + len(CURSOR) - len(note) - 1)
    line = line.truncate(room, ellipsis=True)
    return line.pad_right(room - line.cell_length) + Content.styled(f" {note}", "$text-muted")
