"""A heat map in characters: a cell for each pair, shaded by rank, with its value and a sign for what became of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from dltui.charts.canvas import HEAT_STYLES, Canvas, StyleName, cell_text, cell_width
from dltui.charts.legend import Entry, fit, shorten
from dltui.guide.result import HeatMap
from dltui.guide.telling.words import told, word
from dltui.texts.guide import GuideTexts

SHADES = " ░▒▓█"
"""From worst to best: what is dark stands out, and nothing rests on colour alone."""
SIGNS = {"best": "★", "kept": "●", "stopped": "■", "diverged": "✕", "failed": "!"}
_MISSING = "–"
Found = TypeVar("Found")
_LONGEST_LABEL = 14
_MOST_WIDTH, _MOST_ROWS = 18, 3
_SMALL = 3
"""Cells of a column where values have no room: a shade and a sign are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One pair. ``shade`` counts from 0, the worst; None where there is no value to rank."""

    text: str
    sign: str
    shade: int | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """``label``: columns for the names of rows; ``width`` and ``height`` of a cell, and whether it has its value."""

    label: int
    width: int
    height: int
    valued: bool
    columns: int
    rows: int


def draw_heat_map(plot: HeatMap, texts: GuideTexts, width: int, height: int) -> Canvas:
    """Return the heat map. What has no room is said to be missing."""
    canvas = Canvas(width, height)
    cells = cells_of(plot)
    _put(canvas, 0, [(told(texts, plot.title), StyleName.TITLE), *_best(plot, cells)])
    if not cells or not cells[0]:
        canvas.put(height // 2, 0, shorten(word(texts, "plot.empty"), width), StyleName.NOTE)
        return canvas
    rows, columns = names_of(plot)
    layout = _layout(cells, rows, columns, width, height)
    label = layout.label
    corner = shorten(_name(plot.row_name), label)
    canvas.put(1, label - cell_width(corner), corner, StyleName.LABEL)
    canvas.put(1, label + 1, shorten(f"{_name(plot.column_name)} →", width - label - 1), StyleName.LABEL)
    for at in range(layout.columns):
        name = shorten(columns[at], layout.width)
        left = label + 1 + at * (layout.width + 1)
        canvas.put(2, left + (layout.width - cell_width(name)) // 2, name, StyleName.LABEL)
    for line in range(layout.rows):
        top = 3 + line * layout.height
        name = shorten(rows[line], label)
        canvas.put(top + (layout.height - 1) // 2, label - cell_width(name), name, StyleName.LABEL)
        for at in range(layout.columns):
            _put_cell(canvas, top, label + 1 + at * (layout.width + 1), cells[line][at], layout)
    left_out = len(rows) * len(columns) - layout.rows * layout.columns
    _put(canvas, min(height - 1, 3 + layout.rows * layout.height), _legend(cells, texts, left_out))
    return canvas


def cells_of(plot: HeatMap) -> list[list[Cell]]:
    """Return the cells, row by row; where the folder lacks some, they have no value."""
    values = [
        [_value(plot.values, row, column) for column in range(len(plot.columns))] for row in range(len(plot.rows))
    ]
    ranked = sorted({value for line in values for value in line if value is not None and math.isfinite(value)})
    return [
        [_cell(value, _at(plot.states, row, column) or "", ranked) for column, value in enumerate(line)]
        for row, line in enumerate(values)
    ]


def names_of(plot: HeatMap) -> tuple[list[str], list[str]]:
    """Return the names of the rows and of the columns."""
    return [_name(each) for each in plot.rows], [_name(each) for each in plot.columns]


def states_in(cells: Sequence[Sequence[Cell]]) -> list[str]:
    """Return the states that some cell has, in the order of the legend."""
    found = {cell.state for line in cells for cell in line}
    return [state for state in SIGNS if state in found]


def three_digits(value: float) -> str:
    """Return a value in as few cells as three digits need: ``0.126``, ``12.6``, ``126``, ``1.26e-4``."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if value and not 1e-3 <= abs(value) < 1e4:
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    places = 2 - max(math.floor(math.log10(abs(value))), -1) if value else 2
    return f"{value:.{max(places, 0)}f}"


def _value(values: Sequence[Sequence[object]], row: int, column: int) -> float | None:
    found = _at(values, row, column)
    return float(found) if isinstance(found, (int, float, str)) else None


def _at(table: Sequence[Sequence[Found]], row: int, column: int) -> Found | None:
    return table[row][column] if row < len(table) and column < len(table[row]) else None


def _cell(value: float | None, state: str, ranked: list[float]) -> Cell:
    shade = None
    if value is not None and math.isfinite(value) and state not in ("diverged", "failed"):
        worse = len(ranked) - 1 - ranked.index(value)
        shade = len(SHADES) - 1 if len(ranked) == 1 else worse * (len(SHADES) - 1) // (len(ranked) - 1)
    text = _MISSING if value is None else three_digits(value)
    return Cell(text=text, sign=SIGNS.get(state, ""), shade=shade, state=state)


def _name(text: str) -> str:
    return shorten(cell_text(text), _LONGEST_LABEL)


def _layout(cells: list[list[Cell]], rows: list[str], columns: list[str], width: int, height: int) -> _Layout:
    label = max(2, min(max(map(cell_width, rows)), max(2, width // 4)))
    room = (width - label) // len(columns) - 1
    needed = max(len(cell.text) for line in cells for cell in line) + 2  # a blank, and the sign
    valued = room >= needed
    wide = min(max(room, _SMALL), max(_MOST_WIDTH, needed)) if valued else max(_SMALL, min(room, needed))
    tall = (height - 4) // len(rows)
    return _Layout(
        label=label,
        width=wide,
        height=max(1, min(_MOST_ROWS, tall)),
        valued=valued,
        columns=min(len(columns), (width - label) // (wide + 1)),
        rows=min(len(rows), max(height - 4, 0)),
    )


def _put_cell(canvas: Canvas, top: int, left: int, cell: Cell, layout: _Layout) -> None:
    """The shade in all of the cell, and over its middle the value and the sign."""
    style = _style(cell)
    if cell.shade is not None:
        for row in range(layout.height):
            canvas.put(top + row, left, SHADES[cell.shade] * layout.width, style)
    text = _text(cell, layout)
    at = left + (layout.width - len(text)) // 2
    canvas.put(top + (layout.height - 1) // 2, at, text, style)


def _text(cell: Cell, layout: _Layout) -> str:
    """The value and the sign, with as much room as leaves some shade on both sides."""
    if not layout.valued:
        return cell.sign or (cell.text[:1] if cell.shade is None else "")
    told = f"{cell.text} {cell.sign}".rstrip()
    return f" {told} " if len(told) + 4 <= layout.width else f"{cell.text}{cell.sign}"


def _style(cell: Cell) -> StyleName:
    if cell.state in ("diverged", "failed") or cell.text in ("nan", "inf", "-inf"):
        return StyleName.FINDING
    if cell.shade is None:
        return StyleName.LABEL
    return StyleName.BEST if cell.state == "best" else HEAT_STYLES[cell.shade]


def _best(plot: HeatMap, cells: list[list[Cell]]) -> list[Entry]:
    """Which pair is the best: the first thing that one looks for."""
    rows, columns = names_of(plot)
    for row, line in enumerate(cells):
        for column, cell in enumerate(line):
            if cell.state == "best":
                where = f"{_name(plot.row_name)} {rows[row]}, {_name(plot.column_name)} {columns[column]}"
                return [(f"{SIGNS['best']} {cell.text}: {where}", StyleName.BEST)]
    return []


def _legend(cells: list[list[Cell]], texts: GuideTexts, left_out: int) -> list[Entry]:
    missing = [(word(texts, "plot.cells_left_out", count=float(left_out)), StyleName.NOTE)] if left_out else []
    shades = word(texts, "plot.shades", shades=SHADES[:0:-1])
    states = [(f"{SIGNS[state]} {word(texts, f'plot.{state}')}", _legend_style(state)) for state in states_in(cells)]
    return [*missing, (shades, StyleName.LABEL), *states]


def _legend_style(state: str) -> StyleName:
    if state in ("diverged", "failed"):
        return StyleName.FINDING
    return StyleName.BEST if state == "best" else StyleName.LABEL


def _put(canvas: Canvas, row: int, entries: Sequence[Entry]) -> None:
    column = 0
    for text, style in fit([(cell_text(text), style) for text, style in entries], canvas.width):
        canvas.put(row, column, text, style)
        column += cell_width(text)
