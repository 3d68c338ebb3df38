"""The list of runs as a table that changes only what is different: rows stand for places in the list, not for runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text
from textual import events, on
from textual.coordinate import Coordinate
from textual.message import Message
from textual.theme import Theme
from textual.widgets import DataTable

from dltui.catalog.family import Member
from dltui.catalog.order import Order
from dltui.charts.run_colours import RunLook
from dltui.formatting import ago
from dltui.widgets.run_cells import COLUMNS, Look, Notes, RunColumn, columns_for, name_cells_for

_SCROLLBAR = 1
_MARK = 4
_KEPT_ROWS = 2_000
"""Rows that are kept though they are not shown: a filter is often taken back."""


class RunsTable(DataTable[Text]):
    """Shows runs in rows; the cursor stays on its run wherever that moves, once a person has moved it."""

    @dataclass
    class CursorMoved(Message):
        """The cursor is on another run, or on none."""

        path: Path | None

    @dataclass
    class ColumnChosen(Message):
        """The header of a column was clicked."""

        key: str

    def __init__(self, id: str) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False, id=id)
        self.words: Mapping[str, str] = {}
        """A verdict in the present language."""
        self._moment = 0.0
        self._members: Sequence[Member] = ()
        self._notes = Notes()
        self._order = Order()
        self._marks: Mapping[Path, RunLook] = {}
        self._columns_shown: tuple[RunColumn, ...] = ()
        self._name_cells = 0
        self._rows_drawn: list[tuple[Text, ...]] = []
        self._drawn: dict[Path, tuple[object, tuple[Text, ...]]] = {}
        self._at: Path | None = None
        self._was_moved = False

    @property
    def selected(self) -> Path | None:
        """The run under the cursor."""
        row = self.cursor_row
        return self._members[row].run.folder if 0 <= row < len(self._members) else None

    def show(self, members: Sequence[Member], order: Order, marks: Mapping[Path, RunLook], moment: float) -> None:
        """Show these runs, which are in that order; ``moment``: the present, which their age counts to."""
        selected = self.selected if self._was_moved else None
        reordered = order != self._order
        self._members, self._order, self._marks, self._moment = members, order, marks, moment
        self._lay_out(anew=reordered)
        self._fill()
        row = next((at for at, each in enumerate(members) if each.run.folder == selected), None)
        if row is not None and row != self.cursor_row:
            self.move_cursor(row=row, animate=False)
        elif row is None and not self._was_moved and self.cursor_row > 0:
            self.move_cursor(row=0, animate=False)
        self._tell_cursor()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many columns as there is room for."""
        if self._lay_out():
            self._fill()

    def on_key(self, event: events.Key) -> None:
        self._was_moved = self._was_moved or event.key in ("up", "down", "pageup", "pagedown", "home", "end")

    def on_click(self) -> None:
        self._was_moved = True

    def keep_cursor(self) -> None:
        """The run under the cursor was chosen: from now on the cursor stays on it."""
        self._was_moved = True

    @on(DataTable.RowHighlighted)
    def _tell_cursor(self) -> None:
        if self.selected != self._at:
            self._at = self.selected
            self.post_message(self.CursorMoved(self._at))

    @on(DataTable.HeaderSelected)
    def _choose_column(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        if event.column_key.value is not None:
            self.post_message(self.ColumnChosen(event.column_key.value))

    def _lay_out(self, anew: bool = False) -> bool:
        """Set up the columns; return whether the rows are to be filled again."""
        cells = self.size.width - _SCROLLBAR
        longest, easy = self._notes.cells_of(self._members)
        columns = columns_for(cells, easy) if self.size.width else COLUMNS
        name_cells = name_cells_for(columns, cells, longest + _MARK)
        if not anew and (columns, name_cells) == (self._columns_shown, self._name_cells):
            return False
        row = self.cursor_row
        self._columns_shown, self._name_cells = columns, name_cells
        self._rows_drawn, self._drawn = [], {}
        self.clear(columns=True)
        for column in columns:
            width = name_cells if column.key == "run" else column.cells
            self.add_column(self._title(column, width), key=column.key, width=width)
        self._fill()
        self.move_cursor(row=row, animate=False)
        return True

    def _title(self, column: RunColumn, width: int) -> Text:
        title = column.title or column.key
        sorted_by = column.key == self._order.column
        if sorted_by:
            title = f"{title}{'▼' if self._order.reverse else '▲'}"
        text = Text(title.rjust(width) if column.number else title)
        if sorted_by:
            text.stylize("underline")
        return text

    def _fill(self) -> None:
        theme = self.app.current_theme
        rows = [self._row_of(member, theme) for member in self._members]
        if len(self._drawn) > _KEPT_ROWS + 2 * len(rows):  # of runs that are gone, or filtered out for long
            self._drawn = {each.run.folder: self._drawn[each.run.folder] for each in self._members}
        for _ in range(len(rows), len(self._rows_drawn)):
            self.remove_row(self.coordinate_to_cell_key(Coordinate(self.row_count - 1, 0)).row_key)
        for at, row in enumerate(rows):
            if at >= len(self._rows_drawn):
                self.add_row(*row)
            elif row is not self._rows_drawn[at]:
                self._update_row(at, self._rows_drawn[at], row)
        self._rows_drawn = rows

    def _update_row(self, at: int, before: tuple[Text, ...], now: tuple[Text, ...]) -> None:
        for column, (old, new) in enumerate(zip(before, now, strict=True)):
            if old != new:
                self.update_cell_at(Coordinate(at, column), new)

    def _row_of(self, member: Member, theme: Theme) -> tuple[Text, ...]:
        """The cells of a run; the same ones while nothing that they show is different."""
        run = member.run
        mark = self._marks.get(run.folder)
        before = member.parent.manifest if member.parent else None
        state = (run, member.stem, before, mark, ago(self._moment - run.began), theme.name)
        known = self._drawn.get(run.folder)
        if known is not None and known[0] == state:
            return known[1]
        look = Look(
            theme=theme,
            moment=self._moment,
            name_cells=self._name_cells,
            words=self.words,
            mark=mark,
            member=member,
            note=self._notes.of(member),
        )
        row = tuple(column.draw(run, look) for column in self._columns_shown)
        self._drawn[run.folder] = (state, row)
        return row
