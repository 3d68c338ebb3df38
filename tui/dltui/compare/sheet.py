"""A table as a value, and how it is fitted into so many cells: for a widget and for plain text alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dltui.charts.canvas import cell_text, cell_width

GAP = 2
BEST = "★"
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell. ``colour``: the name of a colour of the theme, empty for the usual one. ``best``: of its column."""

    text: str
    colour: str = ""
    best: bool = False
    dim: bool = False

    @property
    def shown(self) -> str:
        """The text as it is written: harmless, and with the sign of the best."""
        return f"{cell_text(self.text)} {BEST}" if self.best else cell_text(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. ``worth``: where there is no room the column with the least is left out first.

    ``least``: so many cells are enough for it, where it may be cut at all; ``cut``: the cells that it was cut to.
    """

    heading: Cell
    cells: tuple[Cell, ...]
    worth: int = 0
    right: bool = False
    least: int | None = None
    cut: int | None = None

    @property
    def width(self) -> int:
        """The cells that it takes."""
        widest = max(cell_width(text) for text, _ in self._texts())
        return widest if self.cut is None else min(widest, self.cut)

    @property
    def spare(self) -> int:
        """How many of them it can do without."""
        return 0 if self.least is None else max(0, self.width - self.least)

    def lines(self) -> list[tuple[str, Cell]]:
        """Return the heading and the cells, each as wide as the column."""
        return [(_pad(text, self.width, self.right), cell) for text, cell in self._texts()]

    def _texts(self) -> list[tuple[str, Cell]]:
        """What is written, unpadded. Beside the sign of a best value the other numbers keep clear: they align."""
        marked = self.right and any(cell.best for cell in self.cells)
        clear = " " * (len(BEST) + 1) if marked else ""
        return [(cell.shown if cell.best else cell.shown + clear, cell) for cell in (self.heading, *self.cells)]


def fit(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns that have room in ``width`` cells: the widest are cut as far as they may, the least worth go.

    One column is always left.
    """
    kept = list(columns)
    while len(kept) > 1 and _width_of(kept, least=True) > width:
        kept.remove(min(reversed(kept), key=lambda column: column.worth))
    while (over := _width_of(kept) - width) > 0:
        at = max(range(len(kept)), key=lambda at: (kept[at].spare > 0, kept[at].width))
        if kept[at].spare <= 0:
            return [replace(column, cut=max(width, 1)) for column in kept]
        second = max((column.width for column in kept if column is not kept[at] and column.spare > 0), default=0)
        by = min(over, kept[at].spare, max(1, kept[at].width - second))
        kept[at] = replace(kept[at], cut=kept[at].width - by)
    return kept


def _width_of(columns: Sequence[Column], least: bool = False) -> int:
    widths = [column.width - column.spare if least else column.width for column in columns]
    return sum(widths) + GAP * (len(columns) - 1)


def _pad(text: str, width: int, right: bool) -> str:
    text = shorten_middle(text, width)
    blanks = " " * (width - cell_width(text))
    return blanks + text if right else text + blanks


def shorten_middle(text: str, width: int) -> str:
    """Return ``text`` without its middle where it is too wide: names of runs differ at their ends."""
    if cell_width(text) <= width:
        return text
    head, tail = "", ""
    room = width - 1
    for front, back in zip(text, reversed(text), strict=True):
        if cell_width(head + front + tail) > room:
            break
        head += front
        if cell_width(head + back + tail) > room:
            break
        tail = back + tail
    return f"{head}{_ELLIPSIS}{tail}" if width > 0 else ""
