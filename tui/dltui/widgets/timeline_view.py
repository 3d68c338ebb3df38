"""The timeline of a replay: what the verdict was, and when each finding came and went, along the chart's columns."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from rich.cells import cell_len
from textual.geometry import Size
from textual.reactive import reactive

from dltui.widgets.rail import HEAD, Cells, Columns, Rail

JUDGED, DONE = "judged", "done"
WAITING = "looking for what was found, and when"
HEAD_SIGN, FRAME_SIGN = "│", "│"
AHEAD = "$chart-label"
"""What is still to come has no colour yet."""


@dataclass(frozen=True, slots=True)
class Bar:
    """From one share of the whole to another: drawn with ``sign`` in the theme's colour ``tone``."""

    start: float
    stop: float
    sign: str
    tone: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of bars. ``name`` is written beside them, or each bar's own name into it. ``lead`` stands at the left."""

    lead: str
    tone: str
    name: str = ""
    bars: tuple[Bar, ...] = ()


class TimelineView(Rail):
    """Shows as many of ``lines`` as there is room for, the first ones; says how many are hidden."""

    lines: reactive[tuple[Line, ...]] = reactive((), layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A row a line."""
        return max(1, len(self.lines))

    def rows(self) -> list[Cells]:
        """Lay it out for the present size."""
        width, height = self.size
        if width < 1 or height < 1:
            return []
        if not self.lines:
            waiting = Cells(width)
            waiting.write(1, WAITING, AHEAD)
            return [waiting]
        shown = [self._row(line, width) for line in self.lines[:height]]
        hidden = len(self.lines) - height
        if hidden > 0:
            last = self.lines[height - 1]
            shown[-1] = self._row(replace(last, lead=f"+{hidden} {last.lead}"), width)
        return shown

    def _row(self, line: Line, width: int) -> Cells:
        cells, columns = Cells(width), self.columns
        lead = f"{line.lead} " if cell_len(line.lead) < columns.left - 1 else line.lead
        cells.write(columns.left - 1 - cell_len(lead), lead, f"$text-{line.tone}" if line.tone else AHEAD)
        cells.fill(columns.left - 1, columns.left, FRAME_SIGN, "$chart-frame")
        head = columns.at(self.head)
        taken = [_taken(bar, columns) for bar in line.bars]
        for bar, (start, stop) in zip(line.bars, taken, strict=True):
            cells.fill(columns.left + start, columns.left + stop, bar.sign, _colour(bar.tone, start, head))
            cells.fill(columns.left + max(start, head + 1), columns.left + stop, bar.sign, AHEAD)
        cells.fill(columns.left + head, columns.left + head + 1, HEAD_SIGN, HEAD)
        for where, name, tone, start in _names(line, taken, columns.count):
            cells.write(columns.left + where, name, _colour(tone, start, head))
        return cells


def _taken(bar: Bar, columns: Columns) -> tuple[int, int]:
    """The first column of a bar and the one after its last; never none at all."""
    start = columns.at(bar.start)
    stop = columns.count if bar.stop >= 1 else columns.at(bar.stop)
    return start, max(stop, start + 1)


def _names(line: Line, taken: list[tuple[int, int]], count: int) -> Iterator[tuple[int, str, str, int]]:
    """The names of the line: at which column, the name, its tone, and the column where what it names begins."""
    for bar, (start, stop) in zip(line.bars, taken, strict=True):
        if bar.name and cell_len(bar.name) + 3 <= stop - start:
            yield start + 1, f" {bar.name} ", bar.tone, start
    if line.name and taken:
        name = f" {line.name} "
        yield _room_for(cell_len(name), taken, count), name, line.tone, taken[0][0]


def _colour(tone: str, start: int, head: int) -> str:
    return AHEAD if start > head or not tone else f"$text-{tone}"


def _room_for(width: int, taken: list[tuple[int, int]], count: int) -> int:
    """Where a name of ``width`` cells stands: before the first bar, else after the last, else in a gap, else on one."""
    if taken[0][0] >= width:
        return taken[0][0] - width
    if count - taken[-1][1] >= width:
        return taken[-1][1]
    widest, where = max(((after[0] - before[1], before[1]) for before, after in pairwise(taken)), default=(0, 0))
    if widest >= width:
        return where
    longest = max(taken, key=lambda each: each[1] - each[0])
    return max(0, min(longest[0] + 1, count - width))
