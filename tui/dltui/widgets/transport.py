"""The transport bar of a replay: whether it plays, how fast, where it stands, and the bar that the mouse drags."""

from dataclasses import dataclass

from rich.cells import cell_len
from textual.reactive import reactive

from dltui.widgets.rail import HEAD, Cells, Rail

PLAYING, PAUSED, AT_END = "▶ playing", "▮▮ paused", "■ at the end"
DONE, AHEAD, HEAD_SIGN, BEST_SIGN = "━", "─", "●", "▼"
_SEPARATOR = " · "


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How a replay stands. ``sign`` and ``pace`` tell how it goes, ``facts`` where it is, what matters most first.

    ``best``: where the validation loss was lowest, as a share of the whole; None where none is known yet.
    """

    sign: str = PAUSED
    pace: str = ""
    facts: tuple[str, ...] = ()
    best: float | None = None


class TransportBar(Rail):
    """One line that tells, and below it the bar."""

    stand: reactive[Stand] = reactive(Stand(), repaint=False)

    def watch_stand(self) -> None:
        """It stands otherwise."""
        self.redraw()

    def rows(self) -> list[Cells]:
        """Lay it out for the present width."""
        width = self.size.width
        return [self._told(width), self._bar(width)] if width > 0 else []

    def _told(self, width: int) -> Cells:
        stand, cells = self.stand, Cells(width)
        column = 1
        for text, style in ((f"{stand.sign}  ", "bold $text-accent"), (stand.pace, "bold")):
            cells.write(column, text, style)
            column += cell_len(text)
        for fact in stand.facts:
            if column + cell_len(_SEPARATOR) + cell_len(fact) <= width:
                cells.write(column, _SEPARATOR, "$chart-label")
                cells.write(column + cell_len(_SEPARATOR), fact, "$foreground")
                column += cell_len(_SEPARATOR) + cell_len(fact)
        return cells

    def _bar(self, width: int) -> Cells:
        cells, columns = Cells(width), self.columns
        head = columns.left + columns.at(self.head)
        cells.fill(columns.left, head, DONE, "$primary")
        cells.fill(head, columns.left + columns.count, AHEAD, "$chart-frame")
        if self.stand.best is not None:
            cells.write(columns.left + columns.at(self.stand.best), BEST_SIGN, "bold $chart-best")
        cells.write(head, HEAD_SIGN, HEAD)
        return cells
