"""Names and values in columns: the hyperparameters of a run, and what it runs on."""

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from dltui.text import safe_text

_GAP = 2


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value. ``changed``: differs from the default, and is shown strong.

    ``whole``: the value where there is room for all of it, if it was shortened.
    """

    name: str
    value: str
    changed: bool = False
    whole: str = ""


class FactsPanel(Widget):
    """Fills its rows from top to bottom, then the next column; what has no room is counted in the last cell."""

    facts: reactive[tuple[Fact, ...]] = reactive(())

    def render(self) -> Content:
        """Lay the facts out for the present size."""
        rows, width = self.size.height, self.size.width
        if not rows or not self.facts:
            return Content()
        cells = [_cell(fact) for fact in self.facts]
        columns = [cells[start : start + rows] for start in range(0, len(cells), rows)]
        shown, used = 0, 0
        for column in columns:
            need = max(cell.cell_length for cell in column)
            if shown and used + need > width:
                break
            shown, used = shown + 1, used + need + _GAP
        hidden = sum(len(column) for column in columns[shown:])
        lines = [
            _line([column[row] for column in columns[:shown] if row < len(column)], columns) for row in range(rows)
        ]
        if hidden:
            lines[-1] = _with_note(lines[-1], f"+{hidden}", width)
        return Content("\n").join(lines)


def _cell(fact: Fact) -> Content:
    style = "bold $accent" if fact.changed else "$foreground"
    return Content.assemble((f"{safe_text(fact.name)} ", "$chart-label"), (safe_text(fact.value), style))


def _line(cells: list[Content], columns: list[list[Content]]) -> Content:
    line = Content()
    for cell, column in zip(cells, columns, strict=False):
        width = max(each.cell_length for each in column)
        line += cell + " " * (width - cell.cell_length + _GAP)
    return line


def _with_note(line: Content, note: str, width: int) -> Content:
    room = max(0, width - len(note) - 1)
    return line.truncate(room, ellipsis=True).pad_right(max(0, room - line.cell_length)) + Content.styled(
        f" {note}", "$text-muted"
    )
