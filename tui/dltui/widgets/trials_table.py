"""The trials of a study as a table: only the rows in view are laid out, and only the cells that changed are sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from dltui.charts.canvas import Canvas, StyleName, cell_width
from dltui.widgets.canvas_view import CanvasView
from dltui.widgets.trials_cells import GAP, Shown, TrialColumn, columns_for, fitted
from dltui.widgets.trials_order import TREE, Order, Row

CURSOR = "▸ "
_MORE = 7
"""Cells at the right that tell how many rows lie above and below."""


class TrialsTable(CanvasView, can_focus=True):
    """Shows trials; the cursor stays on its trial wherever that moves, once a person has moved it."""

    @dataclass
    class Moved(Message):
        """The cursor is on another trial, or on none."""

        number: int | None

    @dataclass
    class ColumnChosen(Message):
        """The heading of a column was clicked."""

        key: str

    class Chosen(Message):
        """The trial under the cursor was clicked."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.was_moved = False
        """Whether a person chose the trial under the cursor."""
        self._rows: Sequence[Row] = ()
        self._shown: Shown | None = None
        self._names: Sequence[str] = ()
        self._order = Order()
        self._cursor = 0
        self._first = 0
        self._columns: list[TrialColumn] = []
        self._laid_for: tuple[object, ...] = ()
        self._told: int | None = None

    @property
    def selected(self) -> int | None:
        """The number of the trial under the cursor."""
        return self._rows[self._cursor].trial.number if self._cursor < len(self._rows) else None

    @property
    def page(self) -> int:
        """So many rows are in view."""
        return max(self.size.height - 1, 1)

    def show(self, rows: Sequence[Row], shown: Shown, order: Order, names: Sequence[str]) -> None:
        """Show these rows. ``names``: the hyperparameters that are worth a column, the first ones most."""
        number = self.selected if self.was_moved else None
        self._rows, self._shown, self._order, self._names = rows, shown, order, names
        there = next((at for at, row in enumerate(rows) if row.trial.number == number), None)
        last = max(len(rows) - 1, 0)
        self._cursor = there if there is not None else min(self._cursor, last) if self.was_moved else 0
        self.draw()
        self._tell()

    def move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self.go(self._cursor + by)

    def go(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest one that there is."""
        self.was_moved = True
        self._cursor = max(min(row, len(self._rows) - 1), 0)
        self.draw()
        self._tell()

    def go_to(self, number: int) -> bool:
        """Put the cursor on a trial; return whether it is in the table."""
        row = next((at for at, each in enumerate(self._rows) if each.trial.number == number), None)
        if row is not None:
            self.go(row)
        return row is not None

    def drawing(self, width: int, height: int) -> Canvas:
        """The heading and the rows in view, the one under the cursor among them."""
        canvas = Canvas(width, height)
        if self._shown is None:
            return canvas
        in_view = max(height - 1, 0)
        self._first = max(min(self._first, self._cursor, len(self._rows) - in_view), 0)
        self._first = max(self._first, self._cursor - in_view + 1)
        room = _MORE if len(self._rows) > in_view else 1
        columns = self._columns_for(self._shown, width - len(CURSOR) - room)
        self._put_heading(canvas, columns)
        for line, row in enumerate(self._rows[self._first : self._first + in_view]):
            cells = [column.cell(row, self._shown) for column in columns]
            _put_row(canvas, 1 + line, cells, columns, is_under=self._first + line == self._cursor)
        self._put_more(canvas, in_view)
        return canvas

    def _columns_for(self, shown: Shown, width: int) -> list[TrialColumn]:
        """The columns are found out anew only for other trials or another width: their widths need every row."""
        ended = sum(row.trial.state.has_ended for row in self._rows)
        laid_for = (width, len(self._rows), ended, tuple(self._names))
        if laid_for != self._laid_for:
            self._laid_for = laid_for
            self._columns = columns_for(shown, self._rows, self._names, width)
        return self._columns

    def _put_heading(self, canvas: Canvas, columns: Sequence[TrialColumn]) -> None:
        at = len(CURSOR)
        for column in columns:
            is_sorted = bool(column.key) and column.key == self._order.column
            downwards = "" if column.key == TREE else "▼"
            sign = ("▲" if self._order.reverse else downwards) if is_sorted else ""
            text = fitted(column.heading, column.cells - len(sign)) + sign
            start = at + (column.cells - cell_width(text) if column.right else 0)
            canvas.put(0, start, text, StyleName.TITLE if is_sorted else StyleName.LABEL)
            at += column.cells + GAP

    def _put_more(self, canvas: Canvas, in_view: int) -> None:
        """Say how many rows lie above and below, at the right end of the heading."""
        above, below = self._first, len(self._rows) - self._first - in_view
        text = " ".join(f"{sign}{rows}" for sign, rows in (("↑", above), ("↓", below)) if rows > 0)
        if text:
            canvas.put(0, canvas.width - len(text) - 1, f" {text}", StyleName.LABEL)

    def _tell(self) -> None:
        if self.selected != self._told:
            self._told = self.selected
            self.post_message(self.Moved(self._told))

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset_capture(self)
        event.stop()
        if place.y == 0:
            self._choose_column(place.x)
            return
        row = self._first + place.y - 1
        if self._first <= row < len(self._rows):
            was_there = row == self._cursor and self.was_moved
            self.go(row)
            if was_there:
                self.post_message(self.Chosen())

    def _choose_column(self, x: int) -> None:
        at = len(CURSOR)
        for column in self._columns:
            if at <= x < at + column.cells + GAP and column.key:
                self.post_message(self.ColumnChosen(column.key))
            at += column.cells + GAP

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-3)


def _put_row(
    canvas: Canvas,
    line: int,
    cells: Sequence[tuple[str, StyleName]],
    columns: Sequence[TrialColumn],
    *,
    is_under: bool,
) -> None:
    if is_under:
        canvas.put(line, 0, CURSOR + " " * canvas.width, StyleName.SELECTED)
    at = len(CURSOR)
    for (text, style), column in zip(cells, columns, strict=True):
        text = fitted(text, column.cells)
        start = at + (column.cells - cell_width(text) if column.right else 0)
        canvas.put(line, start, text, StyleName.SELECTED if is_under else style)
        at += column.cells + GAP
