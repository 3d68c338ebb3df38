"""A heat map as SVG: a shaded cell for each pair, with its value and a sign for what became of it."""

from collections.abc import Iterator, Sequence
from html import escape

from rich.cells import cell_len

from dltui.guide.drawing.heat_map import SIGNS, Cell, cells_of, names_of, states_in
from dltui.guide.result import HeatMap
from dltui.guide.telling.words import bounded, told, word
from dltui.report.paths import number
from dltui.report.plot import CELL
from dltui.texts.guide import GuideTexts

MOST_ROWS, MOST_COLUMNS = 60, 40
_TOP, _CELL_HEIGHT, _BOTTOM = 68.0, 34.0, 46.0
_LEGEND_ROW = 17.0
_LEAST_VALUED = 54.0
_LONGEST_NAME = 40


def heat_map_height(plot: HeatMap) -> float:
    """Return how high the heat map is."""
    return _TOP + max(1, min(len(plot.rows), MOST_ROWS)) * _CELL_HEIGHT + _BOTTOM


def draw_heat_map(plot: HeatMap, width: float, texts: GuideTexts) -> str:
    """Return the heat map as the inside of an ``svg``."""
    heading = _text("title", 0, 14, told(texts, plot.title))
    cells = [line[:MOST_COLUMNS] for line in cells_of(plot)[:MOST_ROWS]]
    if not cells or not cells[0]:
        return heading + _text("muted", 0, _TOP, word(texts, "plot.empty"))
    left_out = len(plot.rows) * len(plot.columns) - len(cells) * len(cells[0])
    return heading + "".join(_shapes(plot, cells, width)) + "".join(_legend(cells, width, texts, left_out))


def describe_heat_map(plot: HeatMap, texts: GuideTexts) -> str:
    """Return which pair is the best, and what became of the others, in words."""
    rows, columns = names_of(plot)
    told_cells = [
        f"{word(texts, f'plot.{cell.state}')}: {_name(plot.row_name)} {rows[row]}, {_name(plot.column_name)}"
        f" {columns[column]}: {cell.text}"
        for row, line in enumerate(cells_of(plot))
        for column, cell in enumerate(line)
        if cell.state
    ]
    return "; ".join(told_cells[:MOST_COLUMNS]) or told(texts, plot.title)


def _shapes(plot: HeatMap, cells: Sequence[Sequence[Cell]], width: float) -> Iterator[str]:
    rows, columns = names_of(plot)
    row_name = _name(plot.row_name)
    label = max(map(cell_len, [*rows, row_name])) * CELL + 12
    each = (width - label) / len(cells[0])
    yield _text("legend", label - 12, _TOP - 26, row_name, "end")
    yield _text("legend", label, _TOP - 26, f"{_name(plot.column_name)} →")
    for at in range(len(cells[0])):
        yield _text("tick", label + (at + 0.5) * each, _TOP - 8, columns[at], "middle")
    best = ""
    for line, row in enumerate(cells):
        top = _TOP + line * _CELL_HEIGHT
        yield _text("tick", label - 12, top + _CELL_HEIGHT / 2 + 4, rows[line], "end")
        for at, cell in enumerate(row):
            shape = _cell(cell, label + at * each, top, each)
            if cell.state == "best":
                best += shape  # over the others, for its edge
            else:
                yield shape
    yield best


def _cell(cell: Cell, x: float, y: float, width: float) -> str:
    shade = "empty" if cell.shade is None else f"h{cell.shade + 1}"
    best = " best" if cell.state == "best" else ""
    size = f'width="{number(width - 3)}" height="{number(_CELL_HEIGHT - 3)}"'
    name = "value found" if cell.state in ("diverged", "failed") else "value"
    text = f"{cell.text} {cell.sign}".strip() if width >= _LEAST_VALUED else cell.sign
    written = _text(name, x + width / 2 - 1.5, y + _CELL_HEIGHT / 2 + 3, text, "middle")
    return f'<rect class="cell {shade}{best}" x="{number(x)}" y="{number(y)}" {size} rx="2"/>{written}'


def _legend(cells: Sequence[Sequence[Cell]], width: float, texts: GuideTexts, left_out: int) -> Iterator[str]:
    x, y = 0.0, _TOP + len(cells) * _CELL_HEIGHT + 16
    for at in range(5, 0, -1):
        yield f'<rect class="cell h{at}" x="{number(x)}" y="{number(y - 10)}" width="12" height="11"/>'
        x += 14
    entries = [word(texts, "plot.shades", shades="").strip()]
    entries += [f"{SIGNS[state]} {word(texts, f'plot.{state}')}" for state in states_in(cells)]
    entries += [word(texts, "plot.cells_left_out", count=float(left_out))] if left_out else []
    for entry in entries:
        wide = cell_len(entry) * CELL
        if x + wide > width:
            x, y = 0.0, y + _LEGEND_ROW
        yield _text("legend", x + 4, y, entry)
        x += wide + 18


def _name(text: str) -> str:
    return bounded(text, _LONGEST_NAME)


def _text(name: str, x: float, y: float, text: str, anchor: str = "") -> str:
    place = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{name}" x="{number(x)}" y="{number(y)}"{place}>{escape(text)}</text>'
