"""Bars as SVG: lying on their side, those of the groups below each other, with their numbers."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from rich.cells import cell_len

from dltui.guide.drawing.bars import NONE, Row, Scale, ends_of, number_of, rows_of
from dltui.guide.result import Bars
from dltui.guide.telling.words import told, word
from dltui.report.paths import number
from dltui.report.plot import CELL
from dltui.texts.guide import GuideTexts

MOST_ROWS = 96
_MOST_A_BLOCK = 24
_LEAST_BLOCK = 260.0
_TOP, _BAR, _BETWEEN, _GAP, _BOTTOM = 44.0, 11.0, 6.0, 28.0, 8.0
_GROUPS = 4


def bars_height(plot: Bars, width: float) -> float:
    """Return how high the bars are in that width."""
    rows = min(len(rows_of(plot)), MOST_ROWS)
    note = 20.0 if len(rows_of(plot)) > MOST_ROWS else 0.0
    return _TOP + max(1, math.ceil(rows / _blocks(rows, width))) * _row_height(plot) + note + _BOTTOM


def draw_bars(plot: Bars, width: float, texts: GuideTexts) -> str:
    """Return the bars as the inside of an ``svg``; of very many the largest and the smallest."""
    rows, note = rows_of(plot), ""
    if not rows:
        return _heading(plot, texts) + _text("muted", 0, _TOP + 14, word(texts, "plot.empty"))
    if len(rows) > MOST_ROWS:
        rows, note = ends_of(rows, MOST_ROWS, texts)
    shapes = [_heading(plot, texts), *_legend(plot, texts)]
    blocks = _blocks(len(rows), width)
    tall = math.ceil(len(rows) / blocks)
    scale = Scale.of(plot, rows)
    block_width = (width - _GAP * (blocks - 1)) / blocks
    for block in range(blocks):
        part = rows[block * tall : (block + 1) * tall]
        shapes += _block(plot, part, block * (block_width + _GAP), block_width, scale)
    if note:
        shapes.append(_text("note", 0, _TOP + tall * _row_height(plot) + 14, note))
    return "".join(shapes)


def describe_bars(plot: Bars, texts: GuideTexts) -> str:
    """Return the numbers in words; of many the largest and the smallest."""
    rows, note = rows_of(plot), ""
    if len(rows) > _MOST_A_BLOCK:
        rows, note = ends_of(rows, _MOST_A_BLOCK, texts)
    told_rows = [f"{row.label}: {', '.join(map(number_of, row.values))}" for row in rows]
    return "; ".join(told_rows + ([note] if note else [])) or told(texts, plot.title)


def _blocks(rows: int, width: float) -> int:
    return max(1, min(math.ceil(rows / _MOST_A_BLOCK), int((width + _GAP) // (_LEAST_BLOCK + _GAP))))


def _row_height(plot: Bars) -> float:
    return _BAR * max(len(plot.groups), 1) + _BETWEEN


def _heading(plot: Bars, texts: GuideTexts) -> str:
    return _text("title", 0, 14, told(texts, plot.title))


def _legend(plot: Bars, texts: GuideTexts) -> Iterator[str]:
    x = 0.0
    for at, group in enumerate(plot.groups):
        name = told(texts, group)
        yield f'<rect class="bar b{at % _GROUPS + 1}" x="{number(x)}" y="24" width="12" height="10"/>'
        yield _text("legend", x + 18, 33, name)
        x += 36 + cell_len(name) * CELL
    if plot.level is not None:
        name = f"{told(texts, plot.level.name)} {number_of(plot.level.y)}"
        yield f'<path class="level" d="M{number(x + 6)} 23v12"/>' + _text("legend", x + 18, 33, name)


def _block(plot: Bars, rows: Sequence[Row], left: float, width: float, scale: Scale) -> Iterator[str]:
    label = max((cell_len(row.label) for row in rows), default=0) * CELL + 8
    numbers = max((len(number_of(value)) for row in rows for value in row.values), default=1) * CELL + 8
    longest = max(width - label - numbers, 1.0)
    for line, row in enumerate(rows):
        top = _TOP + line * _row_height(plot)
        middle = top + _BAR * len(row.values) / 2 + 4
        yield _text("tick", left + label - 8, middle, row.label, "end")
        for at, value in enumerate(row.values):
            y = top + at * _BAR
            long = scale.share(value) * longest
            finite = math.isfinite(value)
            size = f'width="{number(long)}" height="{number(_BAR - 1.5)}"'
            yield f'<rect class="bar b{at % _GROUPS + 1}" x="{number(left + label)}" y="{number(y)}" {size}/>'
            written = number_of(value) if finite else f"{NONE} {number_of(value)}"
            yield _text("tick" if finite else "value found", left + label + long + 5, y + _BAR - 2, written)
    if scale.level is not None and rows:
        x = number(left + label + scale.share(scale.level) * longest)
        yield f'<path class="level" d="M{x} {number(_TOP - 4)}V{number(_TOP + len(rows) * _row_height(plot))}"/>'


def _text(name: str, x: float, y: float, text: str, anchor: str = "") -> str:
    place = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{name}" x="{number(x)}" y="{number(y)}"{place}>{escape(text)}</text>'
